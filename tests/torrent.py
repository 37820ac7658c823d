"""A model whose answers are so large that no buffer on the way holds them."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiohttp import web

from tests.fakes import OUTLINE

CHUNK = "All the bees of the valley hum. " * 1_000


def _data(content: str, finish: str | None = None) -> bytes:
    choice = {"delta": {"content": content}, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


@asynccontextmanager
async def torrent(chunks: int, pause: float, chunk: str = CHUNK) -> AsyncGenerator[str]:
    """All but outlines of `chunks` times 32 kB, one chunk each `pause` seconds."""

    async def answer(request: web.Request) -> web.StreamResponse:
        asked = (await request.json())["messages"][-1]["content"]
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        if "```yaml" in asked:
            await response.write(_data(OUTLINE))
        else:
            for _ in range(chunks):
                await response.write(_data(chunk))
                await asyncio.sleep(pause)
        await response.write(_data("", "stop") + b"data: [DONE]\n\n")
        return response

    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post("/v1/chat/completions", answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()
