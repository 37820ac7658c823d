"""A socket that is read once a frame, while a body comes."""

import asyncio
import os
import select
import socket
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx2
import pytest

from service.core.pace import steady
from service.models import by_frames
from service.models.transport import PUSH, PushTransport

HOUR = 3600.0
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class Streaming:
    """An answer that a test sends piece by piece, and what has arrived of it."""

    def __init__(self, frame: float) -> None:
        self.pace = steady(frame)
        self.pieces: list[bytes] = []
        self.way = PushTransport(connect_timeout=1, pace=self.pace)
        self._asked = asyncio.Event()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self._writer = writer
        self._asked.set()

    def send(self, piece: bytes) -> None:
        self._writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))

    def end(self) -> None:
        self._writer.write(b"0\r\n\r\n")

    def reset(self) -> None:
        there = self._writer.get_extra_info("socket")
        there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    @property
    def connection(self) -> asyncio.Transport:
        (connection,) = self.way._open
        return connection._transport

    async def arrived(self, count: int) -> None:
        """So many pieces."""
        async with asyncio.timeout(60):
            while len(self.pieces) < count:
                await asyncio.sleep(0.001)

    async def there(self) -> None:
        """Something waits in the socket."""
        file = self.connection.get_extra_info("socket").fileno()
        async with asyncio.timeout(60):
            while not select.select([file], [], [], 0)[0]:
                await asyncio.sleep(0.001)
        for _ in range(5):
            await asyncio.sleep(0)

    def beat(self) -> None:
        self.pace._beat(asyncio.get_running_loop())


@asynccontextmanager
async def streaming(frame: float = HOUR, head: bytes = HEAD) -> AsyncGenerator[tuple[Streaming, asyncio.Task[None]]]:
    """An answer whose first piece has arrived, and the task that reads it."""
    answer = Streaming(frame)

    async def read() -> None:
        async with client.stream("GET", "/") as response:
            await response.extensions[PUSH](lambda piece: answer.pieces.append(piece) is not None)

    async with await asyncio.start_server(answer._connected, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with httpx2.AsyncClient(transport=answer.way, base_url=url, timeout=None) as client:
            task = asyncio.create_task(read())
            await answer._asked.wait()
            answer._writer.write(head)
            answer.send(b"one")
            await answer.arrived(1)
            yield answer, task
            task.cancel()
            await asyncio.wait([task])
            answer._writer.close()


async def test_the_first_piece_comes_at_once_and_what_follows_with_the_frame() -> None:
    async with streaming() as (answer, task):
        answer.send(b" two")
        answer.send(b" three")
        await answer.there()
        assert answer.pieces == [b"one"]
        answer.beat()
        assert answer.pieces == [b"one", b" two three"]
        answer.end()
        await answer.there()
        answer.beat()
        await task


async def test_frames_end_by_themselves() -> None:
    async with streaming(0.005) as (answer, task):
        for _ in range(3):
            answer.send(b" more")
            await answer.arrived(len(answer.pieces) + 1)
        answer.end()
        await task
        assert b"".join(answer.pieces) == b"one more more more"
        assert not answer.pace._reads


async def test_a_body_that_comes_slowly_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_frames, "SLOW", -HOUR)
    async with streaming() as (answer, _):
        answer.beat()
        answer.send(b" two")
        await answer.arrived(2)  # without another beat


@pytest.mark.parametrize("head", [HEAD, b"HTTP/1.1 200 OK\r\n\r\n"])
async def test_a_connection_that_is_reset_is_an_error(head: bytes) -> None:
    """Even if the end of the connection would have been the end of the body."""
    async with streaming(head=head) as (answer, task):
        answer.reset()
        await answer.there()
        answer.beat()
        with pytest.raises(httpx2.ReadError):
            await task


async def test_a_connection_that_ends_within_the_body_is_an_error() -> None:
    async with streaming(0.005) as (answer, task):
        answer._writer.close()
        with pytest.raises(httpx2.ReadError):
            await task


async def test_the_descriptor_of_a_closed_connection_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """By then, it may be another connection's."""
    async with streaming() as (answer, task):
        answer.connection.abort()
        with monkeypatch.context() as patched:
            patched.setattr(os, "read", lambda *_: b"5\r\nalien\r\n")
            answer.beat()
        assert answer.pieces == [b"one"]
        with pytest.raises(httpx2.ReadError):
            await task


async def test_who_stops_reading_leaves_the_beat() -> None:
    async with streaming() as (answer, task):
        assert answer.pace._reads
        task.cancel()
        await asyncio.wait([task])
        assert not answer.pace._reads
