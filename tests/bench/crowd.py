"""Both ends of many streams in one process: a model, and the viewers of what a server makes of it.

One core of it has to fill one core of a server that does next to nothing. So what streams say at the same moment is
encoded once, each stream costs one system call a token, and most viewers are read seldom: of those only tokens are
counted. A sample is read as it comes, for the age of its tokens.
"""

import asyncio
import os
import re
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from time import monotonic_ns
from typing import cast

from service.demo import wire
from service.demo.answers import answer
from service.demo.asked import Asked, read
from service.demo.script import Piece
from tests.bench.processes import BenchError, address
from tests.bench.relay import whole
from tests.bench.serving import BACKLOG

TPS = 50  # of each stream
SLOTS = 20  # moments between two tokens of a stream: a stream speaks at one of them, so that not all speak at once
ROUND = 250  # turns of the model until every viewer that is read seldom was read once
SAMPLE = 7  # every so many viewers one is read as it comes,
SAMPLED = 100  # until there are so many
MARK = b"~"  # begins a token, and stands in nothing else
STAYS = "Stays at its sections"  # the beginning of a topic

STAMP, TURN = 10_000, 10**7  # nanoseconds, and how many of them until stamps begin again

_stamp = re.compile(rb"~(\d{7})")
_chunks = wire.Chunks(1, 0)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
END = chunk(_chunks.finish("stop") + wire.DONE) + b"0\r\n\r\n"


class Crowd:
    def __init__(self) -> None:
        self.sent = self.arrived = 0  # tokens
        self.ages: list[int] = []  # of the sample's tokens, in microseconds
        self.late: list[float] = []  # by how much the model's turns were, in seconds
        self._streams: list[asyncio.Transport] = []
        self._more = asyncio.Event()
        self._viewers: list[asyncio.Transport] = []
        self._seldom: list[int] = []  # the sockets of viewers
        self._buffer = bytearray(256 * 1024)

    @asynccontextmanager
    async def serving(self, listener: socket.socket) -> AsyncGenerator[None]:
        """The model."""
        server = await asyncio.get_running_loop().create_server(lambda: Model(self), sock=listener, backlog=BACKLOG)
        try:
            yield
        finally:
            server.close()
            for end in self._streams + self._viewers:
                end.abort()

    @property
    def streams(self) -> int:
        return len(self._streams)

    def began(self, stream: asyncio.Transport) -> None:
        self._streams.append(stream)
        self._more.set()

    async def grown(self, streams: int) -> None:
        """Return when the model was asked for so many streams."""
        while self.streams < streams:
            self._more.clear()
            await self._more.wait()

    async def watch(self, url: str, request: bytes) -> None:
        """Have one viewer more."""
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: Viewer(self, request), *address(url))

    def came(self, viewer: asyncio.Transport) -> None:
        self._viewers.append(viewer)
        if len(self._viewers) % SAMPLE or len(self._viewers) > SAMPLE * SAMPLED:
            self._seldom.append(_descriptor(viewer))
            asyncio.get_running_loop().call_soon(viewer.pause_reading)  # uvloop begins to read only then

    async def speak(self, streams: int, seconds: float) -> None:
        """Let so many streams say TPS tokens a second."""
        loop = asyncio.get_running_loop()
        slots = [[_descriptor(stream) for stream in self._streams[:streams][n::SLOTS]] for n in range(SLOTS)]
        began = loop.time()
        for turn in range(round(seconds * TPS * SLOTS)):
            due = began + turn / TPS / SLOTS
            await asyncio.sleep(max(0, due - loop.time()))
            self.late.append(loop.time() - due)
            self._say(slots[turn % SLOTS])
            self._look_at(self._seldom[turn % ROUND :: ROUND])

    def _say(self, streams: list[int]) -> None:
        token = chunk(_chunks.piece(Piece("content", f" ~{_now():07}")))
        try:
            for descriptor in streams:
                os.write(descriptor, token)
        except OSError as error:
            raise BenchError(f"the server has stopped reading: {error}") from None
        self.sent += len(streams)

    def _look_at(self, viewers: list[int]) -> None:
        for descriptor in viewers:
            with suppress(BlockingIOError):
                self.arrived += self._buffer.count(MARK, 0, os.readv(descriptor, [self._buffer]))

    def heard(self, data: bytes) -> None:
        now = _now()
        self.arrived += data.count(MARK)
        self.ages += [(now - int(stamp)) % TURN * STAMP // 1000 for stamp in _stamp.findall(data)]

    async def silence(self, seconds: float) -> None:
        """Until all that was said has arrived."""
        try:
            async with asyncio.timeout(seconds):
                while self.arrived < self.sent:
                    await asyncio.sleep(0.01)
                    self._look_at(self._seldom)
        except TimeoutError:
            pass
        if self.arrived != self.sent:
            raise BenchError(f"{self.sent} tokens left the model, {self.arrived} arrived")


NOTHING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


class Model(asyncio.Protocol):
    """Answers with an outline, or a section of one word, or a stream that has no end."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._request = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._request += data
        if whole(self._request):
            _, _, body = self._request.partition(b"\r\n\r\n")
            self._request = b""
            if body:
                self._answer(read(wire.decode(body).messages))
            else:
                self._transport.write(NOTHING)  # is told about the model

    def _answer(self, asked: Asked) -> None:
        self._transport.write(HEAD)
        if asked.kind == "style" or (asked.kind == "section" and asked.topic.startswith(STAYS)):
            self._crowd.began(self._transport)
        else:
            text = answer(asked) if asked.kind == "outline" else f"Section {asked.number}."
            self._transport.write(chunk(_chunks.piece(Piece("content", text))) + END)


class Viewer(asyncio.Protocol):
    def __init__(self, crowd: Crowd, request: bytes) -> None:
        self._crowd = crowd
        self._request = request

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        viewer = cast(asyncio.Transport, transport)
        viewer.write(self._request)
        self._crowd.came(viewer)

    def data_received(self, data: bytes) -> None:
        self._crowd.heard(data)


def _now() -> int:
    return monotonic_ns() // STAMP % TURN


def _descriptor(transport: asyncio.Transport) -> int:
    return transport.get_extra_info("socket").fileno()
