"""One request over a bare socket, and what came back: pieces with their times, so cheap that readers are no brake."""

import asyncio
import json
from time import monotonic_ns
from typing import cast
from urllib.parse import urlsplit

from tests.bench.processes import address

Received = list[tuple[int, bytes]]  # when, on the clock that all processes share, and what


def get(url: str, path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\nConnection: close\r\n\r\n".encode()


def post(url: str, path: str, content: object) -> bytes:
    body = json.dumps(content).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\nConnection: close\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


class Viewer(asyncio.Protocol):
    def __init__(self, request: bytes) -> None:
        loop = asyncio.get_running_loop()
        self.received: Received = []
        self.begun: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self._request = request

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        self.received.append((monotonic_ns(), data))
        if not self.begun.done():
            self.begun.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        for future in (self.begun, self.ended):
            if not future.done():
                future.set_result(None)


async def connect(url: str, request: bytes) -> Viewer:
    loop = asyncio.get_running_loop()
    _, viewer = await loop.create_connection(lambda: Viewer(request), *address(url))
    return viewer


async def exchange(url: str, request: bytes) -> Received:
    """Everything until the server closes."""
    viewer = await connect(url, request)
    await viewer.ended
    return viewer.received


async def start_article(url: str, topic: str) -> str:
    received = await exchange(url, post(url, "/start-job", {"topic": topic}))
    _, _, body = b"".join(data for _, data in received).partition(b"\r\n\r\n")
    return json.loads(body)["job_id"]
