"""The usual stack: openai's iterator, an asyncio.Queue, sse-starlette, uvicorn as it comes."""

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from fastapi import FastAPI
from openai import AsyncOpenAI
from sse_starlette import EventSourceResponse

app = FastAPI()
tasks: set[asyncio.Task[None]] = set()


@app.post("/stream")
async def stream(asked: dict[str, Any]) -> EventSourceResponse:
    queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
    task = asyncio.create_task(write(asked, queue))
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    return EventSourceResponse(events(queue))


async def write(asked: dict[str, Any], queue: asyncio.Queue[dict[str, Any] | None]) -> None:
    async for chunk in await app.state.client.chat.completions.create(**asked):
        if chunk.choices and chunk.choices[0].delta.content:
            await queue.put({"type": "token", "text": chunk.choices[0].delta.content})
    await queue.put(None)


async def events(queue: asyncio.Queue[dict[str, Any] | None]) -> AsyncIterator[dict[str, str]]:
    while (event := await queue.get()) is not None:
        yield {"event": "token", "data": json.dumps(event)}


def main() -> None:
    app.state.client = AsyncOpenAI(base_url=f"{sys.argv[1]}/v1", api_key="none", max_retries=0)
    listener = socket.create_server(("127.0.0.1", 0))
    print("http://{}:{}".format(*listener.getsockname()), flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run([listener])


if __name__ == "__main__":
    main()
