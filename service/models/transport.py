"""The openai client's transport: HTTP/1.1 over asyncio and httptools.

Bodies are pushed: bytes go to the reader without waking a task or buffering. Other clients wake a task per token,
which costs more than everything that follows.
"""

import asyncio
import logging
import os
import socket
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from errno import EMFILE, ENFILE
from math import inf
from typing import cast

import httptools
import httpx2

from service.core.pace import Pace
from service.models.by_frames import ByFrames, can_be

PUSH = "pressroom.push"  # the response extension that pushes the body
MAX_HEAD = 64 * 1024
MAX_WAITING = 256 * 1024  # bytes of a body that has no reader yet
KEEP_ALIVE = 4.0  # seconds an idle connection is kept; llama.cpp and uvicorn wait five, most servers longer
QUIET = 60.0  # seconds before the same cause is logged again
LINGER = 0.5  # seconds to wait for the rest of a body after its reader is done

log = logging.getLogger(__name__)

Take = Callable[[bytes], bool]
Headers = list[tuple[bytes, bytes]]


class PushTransport(httpx2.AsyncBaseTransport):
    """Keeps idle connections for reuse. The caller limits how many are in use. Without a pace, bytes are read as they
    come."""

    def __init__(self, *, connect_timeout: float, pace: Pace | None = None) -> None:
        self._timeout = connect_timeout
        self._pace = pace
        self._tls: ssl.SSLContext | None = None
        self._warned = -inf
        self._open: set[Connection] = set()
        self._idle: defaultdict[tuple[str, str, int], set[Connection]] = defaultdict(set)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        message = _head(request) + await request.aread()
        while True:
            connection, kept = await self._connection(request.url)
            try:
                status, headers = await connection.exchange(message)
                break
            except httpx2.ReadError:
                connection.close()
                if not kept:  # llama.cpp promises to keep connections, but closes them behind a stream
                    raise
            except BaseException:
                connection.close()
                raise
        body = Body(connection)
        return httpx2.Response(status, headers=headers, stream=body, extensions={PUSH: body.push})

    async def _connection(self, url: httpx2.URL) -> "tuple[Connection, bool]":
        """A connection, and whether it was kept from an earlier request."""
        tls = url.scheme == "https"
        port = url.port or (443 if tls else 80)
        idle = self._idle[url.scheme, url.host, port]
        if idle:
            return idle.pop(), True
        if tls and self._tls is None:
            self._tls = await asyncio.to_thread(httpx2.create_ssl_context)
        connection = Connection(self._open, idle, self._pace)
        try:
            async with asyncio.timeout(self._timeout):
                loop = asyncio.get_running_loop()
                await loop.create_connection(lambda: connection, url.host, port, ssl=self._tls if tls else None)
        except TimeoutError as error:
            raise httpx2.ConnectTimeout("no connection in time") from error
        except OSError as error:
            cause = _lack(error) if isinstance(error, socket.gaierror) else error
            if cause.errno in (EMFILE, ENFILE):
                self._warn()
            raise httpx2.ConnectError(type(cause).__name__) from cause
        return connection, False

    def _warn(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._warned >= QUIET:
            self._warned = now
            log.error("No file descriptors are left, so the model can't be called. Raise `ulimit -n`.")

    async def aclose(self) -> None:
        for connection in list(self._open):
            connection.close()


def _lack(error: OSError) -> OSError:
    """A look-up that can't open its files may say that there is no such name. Whether that was it is seen by trying."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as lack:
        return lack
    return error


class Body(httpx2.AsyncByteStream):
    def __init__(self, connection: "Connection") -> None:
        self._connection = connection

    async def push(self, take: Take) -> None:
        """Pass each piece of the body to `take` as it arrives, until `take` has enough or the body ends."""
        await self._connection.push(take)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces: list[bytes] = []
        while True:
            await self._connection.push(lambda piece: pieces.append(piece) is None)
            if not pieces:
                return
            yield pieces.pop()

    async def aclose(self) -> None:
        self._connection.release()


class Connection(asyncio.Protocol):
    """One connection for successive exchanges: in the set of open ones, and of idle ones between exchanges."""

    _transport: asyncio.Transport

    def __init__(self, among: "set[Connection]", idle: "set[Connection]", pace: Pace | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._among, self._idle = among, idle
        self._pace = pace
        self._by_frames: ByFrames | None = None  # while the socket is read so
        self._timer: asyncio.TimerHandle | None = None
        self._lost: Exception | None = None
        self._begin()

    def _begin(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._status = 0
        self._headers: Headers = []
        self._room = MAX_HEAD
        self._pieces: list[bytes] = []
        self._take: Take | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._enough = self._complete = self._reusable = self._paused = self._released = False

    # -- for the transport

    async def exchange(self, message: bytes) -> tuple[int, Headers]:
        """Send a request and return the answer's status and headers."""
        if self._timer is not None:
            self._timer.cancel()
        self._begin()
        self._transport.write(message)
        await self._wait()
        return self._status, self._headers

    async def push(self, take: Take) -> None:
        self._enough, self._take = False, take
        self._resume()
        if self._pieces:
            self._deliver(take)
        try:
            if not (self._enough or self._complete):
                await self._wait()
        finally:
            self._end_frames()

    async def _wait(self) -> None:
        if self._lost is None:
            self._waiter = self._loop.create_future()
            await self._waiter
        if self._lost is not None and not self._complete:
            raise self._lost

    def release(self) -> None:
        """The caller is done with the exchange; the rest of the body is read, but kept for nobody."""
        self._released = True
        self._pieces.clear()
        self._resume()
        if self._complete:
            self._keep()
        elif self._enough:
            self._timer = self._loop.call_later(LINGER, self.close)
        else:
            self.close()

    def _keep(self) -> None:
        if self._lost is None and self._reusable:
            self._idle.add(self)
            self._timer = self._loop.call_later(KEEP_ALIVE, self.close)
        else:
            self.close()

    def close(self) -> None:
        self._fail(httpx2.ReadError("the connection was closed"))

    def _fail(self, error: Exception) -> None:
        self._lost = self._lost or error
        self._idle.discard(self)
        self._wake()
        if self in self._among:
            self._transport.abort()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _deliver(self, take: Take) -> None:
        data = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        try:
            self._enough = take(data)
        except Exception as error:  # noqa: BLE001 whatever it is, it is for who pushes
            self._complete = False
            self._fail(error)
        if self._enough:
            self._take = None
            self._wake()
        elif self._lost is None and not self._complete:
            self._begin_frames()

    def _resume(self) -> None:
        if self._paused and self._lost is None:
            self._paused = False
            self._transport.resume_reading()

    def _pause(self) -> None:
        if sum(map(len, self._pieces)) > MAX_WAITING and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    # -- by frames

    def _begin_frames(self) -> None:
        if self._pace is not None and self._by_frames is None and can_be(self._transport):
            self._by_frames = ByFrames(self._pace, self._transport, self.data_received, self._end_frames)

    def _end_frames(self, error: OSError | None = None) -> None:
        if self._by_frames is not None:
            self._by_frames.stop()
            self._by_frames = None
        if error is not None:
            self._fail(httpx2.ReadError("the connection was lost"))

    # -- for asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._among.add(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._fail(httpx2.RemoteProtocolError("the answer is not HTTP"))
        if self._pieces:
            if self._take is not None:
                self._deliver(self._take)
            elif self._released:
                self._pieces.clear()
            else:
                self._pause()
        if self._complete:
            self._completed()
        elif not self._status:
            self._room -= len(data)
            if self._room < 0:
                self._fail(httpx2.RemoteProtocolError("the answer's headers are too long"))

    def _completed(self) -> None:
        self._wake()
        if self._released and self._timer is not None:
            self._timer.cancel()
            self._keep()

    def connection_lost(self, exc: Exception | None) -> None:
        self._among.discard(self)
        self._end_frames()
        if self._timer is not None:
            self._timer.cancel()
        announced = any(name.lower() in (b"content-length", b"transfer-encoding") for name, _ in self._headers)
        if exc is None and self._lost is None and self._status and not announced:
            self._complete = True  # the end of the connection ends such a body
        self._fail(httpx2.ReadError("the connection was lost"))

    # -- for httptools

    def on_message_begin(self) -> None:
        if self._complete:
            raise httpx2.RemoteProtocolError("nobody has asked for another answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._status = self._parser.get_status_code()
        if self._status >= 200:
            self._wake()

    def on_body(self, body: bytes) -> None:
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        if self._status >= 200:
            self._complete = True
            self._reusable = self._parser.should_keep_alive()
        else:
            self._status = 0
            self._headers.clear()


def _head(request: httpx2.Request) -> bytes:
    lines = [b"%b %b HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
    lines += [b"%b: %b" % header for header in request.headers.raw]
    if any(b"\r" in line or b"\n" in line for line in lines):
        raise httpx2.LocalProtocolError("a header holds a line break")
    return b"\r\n".join(lines) + b"\r\n\r\n"
