"""uvicorn, as it has to be for streams: quick to drain, and rid of readers that take nothing."""

import asyncio
import errno
import gc
import logging
import os
import signal
import socket
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from service import app, connections
from service.core.errors import SettingsError
from service.settings import Settings

log = logging.getLogger(__name__)

LOOK_EVERY = 10  # ticks of a tenth of a second
MAX_MESSAGE_BYTES = 1024 * 1024  # from a web socket; far more than may be said, so that an answer can tell so
BYTES_A_TURN = 512  # that the loop reads of one web socket before it looks after the others


def run(application: FastAPI, listener: socket.socket, *, grace: int, root_path: str, most: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    _calm_garbage_collector()
    config = uvicorn.Config(
        application,
        loop="uvloop",
        http=connections.limited_to(most),
        ws=_SocketProtocol,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_per_message_deflate=False,  # a window for each socket costs more than it saves
        log_config=None,
        access_log=False,
        server_header=False,
        root_path=root_path,
        timeout_graceful_shutdown=grace,
    )
    _Server(config, application).run([listener])


def listen(settings: Settings) -> socket.socket:
    """A listener that refuses connections until everything is open to serve them.

    They let go of readers that take nothing: their buffers are small, and data that is not taken for as long as the
    send timeout ends them, which transport.close() alone would wait for for ever.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 128 * 1024)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(settings.send_timeout * 1000))
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise _not_to_be_had(settings.host, settings.port, error.strerror) from None
    return listener


def _not_to_be_had(host: str, port: int, why: str | None) -> SettingsError:
    return SettingsError("cant_listen", host=host, port=port, said=why or "")


class _Server(uvicorn.Server):
    """Tells the house to drain as soon as it is told to stop, not after the last stream has ended."""

    def __init__(self, config: uvicorn.Config, application: FastAPI) -> None:
        super().__init__(config)
        self._application = application

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Everything is opened, and only then listened for; another process may have begun to meanwhile."""
        assert sockets is not None
        host, port, *_ = sockets[0].getsockname()
        await super().startup(sockets)
        try:
            sockets[0].listen(self.config.backlog)  # it does already, unless it can't: that uvloop does not tell
        except OSError:
            await self.lifespan.shutdown()
            raise _not_to_be_had(host, port, os.strerror(errno.EADDRINUSE)) from None
        log.info("Pressroom is at http://%s:%d", f"[{host}]" if ":" in host else host, port)

    async def on_tick(self, counter: int) -> bool:
        if counter % LOOK_EVERY == 0:
            connections.look_for_descriptors()
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._loop.call_soon_threadsafe(app.drain, self._application)
        if sig == signal.SIGTERM:
            self.should_exit = True  # and no more: uvicorn would raise it again, after all has ended well
        else:
            super().handle_exit(sig, frame)


class _SocketProtocol(WebSocketsSansIOProtocol):
    """Says as much of sockets as is said of other requests: nothing, unless something is wrong with this server.

    Whatever a client sends, it takes little of the loop's time at once, for a small frame costs as much as a large one;
    and whether it takes what it is sent or not, little is kept for it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.logger = self.conn.logger = _sockets_log
        self._unread = bytearray()
        self._turn: asyncio.Handle | None = None

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if self._turn is None:
            self._take()

    def _take(self) -> None:
        self._turn = None
        if self.transport.is_closing():
            return
        part = bytes(self._unread[:BYTES_A_TURN])
        del self._unread[:BYTES_A_TURN]
        super().data_received(part)
        if self._unread:
            self.transport.pause_reading()
            self._go_on()
        elif not self.read_paused:
            self.transport.resume_reading()

    def _go_on(self) -> None:
        """Also with what is there already, unless what was read of it waits to be handled."""
        if self._unread and self._turn is None and not self.read_paused:
            self.transport.pause_reading()
            self._turn = self.loop.call_soon(self._take)

    async def receive(self) -> Any:
        message = await super().receive()
        self._go_on()
        return message

    def handle_cont(self, event: Frame) -> None:
        """Put together as it comes: uvicorn would keep every part, of which any number may be empty."""
        parts: list[Any] = self.frames
        if not isinstance(parts[0], bytearray):
            parts[0] = bytearray(parts[0])
        parts[0] += event.data
        if event.fin:
            self.send_receive_event_to_app()

    def handle_ping(self) -> None:
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()  # thrown away: who takes nothing misses no pong

    async def send(self, message: Any) -> None:
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True  # uvicorn would count a refused handshake as an error
        self._go_on()


def _is_ours(record: logging.LogRecord) -> bool:
    return not (record.exc_info and record.exc_info[0] is UnicodeDecodeError)  # a client's text that is none


_sockets_log = logging.getLogger("pressroom.sockets")
_sockets_log.setLevel(logging.WARNING)
_sockets_log.addFilter(_is_ours)


def _calm_garbage_collector() -> None:
    """What is loaded by now stays: there is no use in looking through it again and again while tokens wait."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
