"""A model whose answers are so large that no buffer on the way holds them."""

import asyncio
import json
import random
import string
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import count

from aiohttp import web

from tests.fakes import OUTLINE

LONG = 32_000  # characters


def chatter(seed: str, characters: int) -> str:
    """Words that are no language's, none of which comes again."""
    rng = random.Random(seed)
    words = ("".join(rng.choices(string.ascii_lowercase, k=rng.randint(3, 9))) for _ in range(characters // 4))
    ends = (". " if n % 12 == 11 else " " for n in count())
    return "".join(word + end for word, end in zip(words, ends, strict=False))[:characters]


CHUNK = chatter("bees", LONG)


def _data(content: str, finish: str | None = None) -> bytes:
    choice = {"delta": {"content": content}, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


@asynccontextmanager
async def torrent(chunks: int, pause: float, chunk: str | None = None) -> AsyncGenerator[str]:
    """All but outlines of `chunks` times 32 kB, one chunk each `pause` seconds, whatever limit was asked for."""

    async def answer(request: web.Request) -> web.StreamResponse:
        asked = (await request.json())["messages"][-1]["content"]
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        if "```yaml" in asked:
            await response.write(_data(OUTLINE))
        else:
            said = chunk or chatter(asked, LONG)
            for _ in range(chunks):
                await response.write(_data(said))
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
