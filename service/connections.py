"""HTTP connections, with limits on what clients may send and how long they may take."""

import asyncio
import errno
import logging
import resource
import time
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from service import app

log = logging.getLogger(__name__)

MAX_HEADER_BYTES = 64 * 1024
HEADER_SECONDS = 10.0  # for a request's headers, from its first byte
LINGER_SECONDS = 2.0  # to read the rest of a refused body, so that the client reads the answer
RESERVED = 256  # file descriptors for the database, sources and exports
MOST = 20_000  # connections; beyond that, memory is the limit
LOG_EVERY = 60.0  # seconds between identical log lines


class Connection(HttpToolsProtocol):
    """Limits headers and trailers, which httptools doesn't; it costs half as much as h11 for a streamed chunk."""

    most = MOST  # most open connections

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._field_bytes = 0  # bytes of this request's headers and trailers
        self._held = 0  # bytes since the parser last completed something
        self._begun = self._in_body = self._moved = self._refused = self._last = False
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        if len(self.connections) > self.most:
            _full.say("%d connections are open, which is the limit; more are refused", self.most)
            transport.abort()  # after an HTTP error, a browser's EventSource would not reconnect
        else:
            self._wait_for_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        if isinstance(exc, OSError) and exc.errno == errno.ETIMEDOUT:
            app.cut_off(cast(FastAPI, self.config.app))
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._moved = False
        super().data_received(data)
        self._held = 0 if self._moved else self._held + len(data)
        if self._held > MAX_HEADER_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._begun or not (self._in_body or self._moved):
            self._wait_for_headers()

    def on_message_begin(self) -> None:
        self._begun, self._field_bytes = True, 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        self._field_bytes += len(name) + len(value)
        if self._field_bytes > MAX_HEADER_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif not self._in_body:  # nothing uses trailers
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        self._begun, self._in_body, self._moved = False, True, True
        if not self._refused:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._moved = True
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_body, self._moved = False, True
        if not self._refused:
            super().on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        async def answered(scope: Any, receive: Any, send: Any) -> None:
            await app(scope, receive, self._saying_its_end(cycle) if cycle.more_body else send)

        super()._start_asgi_task(cycle, answered)

    def _saying_its_end(self, cycle: RequestResponseCycle) -> Any:
        """Sends an answer, which says that the connection ends with it if it begins before the whole body is here."""

        async def sending(message: Any) -> None:
            early = message["type"] == "http.response.start" and cycle.more_body
            if early:
                self._last, cycle.keep_alive = True, False
            await cycle.send(message)
            if early:
                cycle.keep_alive = True  # else uvicorn would close it when the answer is complete, and not linger

        return sending

    def on_response_complete(self) -> None:
        """Don't wait for the rest of a body that was answered early."""
        if self._last and not self.transport.is_closing():
            self._linger()
        else:
            super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(HTTPStatus.BAD_REQUEST)

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer with an error, unless an earlier answer is in progress, and end the connection."""
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        if self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
            self.transport.abort()
            return
        text = f"{status.phrase}.".encode()
        self.transport.write(
            STATUS_LINE[status] + b"content-type: text/plain; charset=utf-8\r\nx-content-type-options: nosniff\r\n"
            b"content-security-policy: default-src 'none'; frame-ancestors 'none'\r\nconnection: close\r\n"
            b"content-length: %d\r\n\r\n%s" % (len(text), text)
        )
        if self.cycle is not None:
            self.cycle.disconnected = True  # discards whatever the application still sends
            self.cycle.message_event.set()
        self._linger()

    def _linger(self) -> None:
        """Close after reading on for a while: closing with unread data would discard the answer."""
        self._refused = True
        self._stop_waiting()
        self.flow.resume_reading()
        self.transport.write_eof()
        self._deadline = self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def _wait_for_headers(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEADER_SECONDS, self._late)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _late(self) -> None:
        self._deadline = None
        if self._begun:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()


class _Seldom:
    """Logs a frequent warning once a minute."""

    def __init__(self) -> None:
        self._said = -LOG_EVERY

    def say(self, message: str, *args: object) -> None:
        if time.monotonic() - self._said >= LOG_EVERY:
            self._said = time.monotonic()
            log.warning(message, *args)


_full, _exhausted = _Seldom(), _Seldom()


def limited_to(most: int) -> type[Connection]:
    return type(Connection.__name__, (Connection,), {"most": most})


def most(model_calls: int) -> int:
    """The most connections: the file descriptors that nothing else needs, but at least half of all."""
    descriptors = _raise_limit()
    return min(MOST, max(descriptors // 2, descriptors - model_calls - RESERVED))


def _raise_limit() -> int:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return 2 * MOST if hard == resource.RLIM_INFINITY else hard


def look_for_descriptors() -> None:
    """Log that file descriptors ran out, because connections and model calls then fail with unclear errors."""
    try:
        with open("/dev/null", "rb"):
            pass
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):
            soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
            _exhausted.say("all %d file descriptors are in use: connections and model calls fail (see ulimit -n)", soft)
