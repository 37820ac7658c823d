"""A connection's HTTP, with limits on what a client may send and on how long it may take."""

import asyncio
import errno
import logging
import resource
import time
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from service import app

log = logging.getLogger(__name__)

MAX_HEADER_BYTES = 64 * 1024
HEADER_SECONDS = 10.0  # in which a request's headers have to be here, from its first byte
LINGER_SECONDS = 2.0  # that a refused body is let run out, so that its sender reads the answer
RESERVED = 256  # file descriptors for what is no connection and no model call: the database, sources, exports
MOST = 20_000  # connections: beyond that memory is the limit
LOG_EVERY = 60.0  # seconds between lines that say the same


class Connection(HttpToolsProtocol):
    """httptools costs half of what h11 does for a streamed chunk, but takes headers and trailers of any size."""

    most = MOST  # connections that may be open at once

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._field_bytes = 0  # of this request's headers and trailers
        self._held = 0  # bytes since the parser last had something whole
        self._begun = self._in_body = self._moved = self._refused = False
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        if len(self.connections) > self.most:
            _full.say("%d connections are open, as many as may be; more are refused", self.most)
            transport.abort()  # a browser's EventSource would take an answer for final
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
        elif not self._in_body:  # trailers are of no use to anybody here
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

    def on_response_complete(self) -> None:
        """A body that was answered before its end is not waited for."""
        if self._in_body and not self.pipeline and not self.transport.is_closing():
            self._linger()
        else:
            super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(HTTPStatus.BAD_REQUEST)

    def _refuse(self, status: HTTPStatus) -> None:
        """The end of the connection, told unless an answer to an earlier request is under way."""
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        if self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
            self.transport.abort()
            return
        text = f"{status.phrase}.".encode()
        self.transport.write(
            STATUS_LINE[status] + b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
            b"content-length: %d\r\n\r\n%s" % (len(text), text)
        )
        if self.cycle is not None:
            self.cycle.disconnected = True  # whatever it still wants to answer
            self.cycle.message_event.set()
        self._linger()

    def _linger(self) -> None:
        """To close at once, with data unread, would take the answer back."""
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
    """A warning that could be said a thousand times a second, said once a minute."""

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
    """How many connections there may be: as many as all else that needs a file descriptor leaves, but at least half."""
    descriptors = _raise_limit()
    return min(MOST, max(descriptors // 2, descriptors - model_calls - RESERVED))


def _raise_limit() -> int:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return 2 * MOST if hard == resource.RLIM_INFINITY else hard


def look_for_descriptors() -> None:
    """Says why connections and model calls fail, which they do with other words, or silently."""
    try:
        with open("/dev/null", "rb"):
            pass
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):
            soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
            _exhausted.say("no file descriptor is left of %d: connections and model calls fail (see ulimit -n)", soft)
