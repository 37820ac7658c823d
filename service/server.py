"""uvicorn, adapted to streams: it drains quickly and disconnects viewers that stop reading."""

import asyncio
import errno
import gc
import ipaddress
import logging
import os
import signal
import socket
from contextlib import AsyncExitStack
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
MAX_MESSAGE_BYTES = 1024 * 1024  # from a web socket; far above the limits of messages, so that these get a proper error
BYTES_A_TURN = 512  # read from one web socket before the loop serves others


def run(application: FastAPI, listener: socket.socket, settings: Settings, *, most: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    _calm_garbage_collector()
    config = uvicorn.Config(
        application,
        loop="uvloop",
        http=connections.limited_to(most),
        lifespan="off",  # that of the server is, so that what keeps it from starting is raised
        ws=_SocketProtocol,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_per_message_deflate=False,  # a window for each socket costs more than it saves
        log_config=None,
        access_log=False,
        server_header=False,
        root_path=settings.root_path,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=_also_mapped(settings.trusted_proxies),
        timeout_graceful_shutdown=settings.grace,
    )
    _Server(config, application).run([listener])


def _also_mapped(networks: list[str]) -> list[str]:
    """Also as a socket of IPv6 names addresses of IPv4."""
    of_four = [network for each in networks if (network := ipaddress.ip_network(each)).version == 4]
    return networks + [f"::ffff:{each.network_address}/{96 + each.prefixlen}" for each in of_four]


def listen(settings: Settings) -> socket.socket:
    """A bound socket that does not listen yet, so that connections are refused until startup is complete.

    Its connections have small buffers and end when a viewer reads nothing for the send timeout; transport.close()
    alone would wait forever.
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
    """Starts draining on the stop signal, not after the last stream has ended."""

    def __init__(self, config: uvicorn.Config, application: FastAPI) -> None:
        super().__init__(config)
        self._application = application
        self._opened = AsyncExitStack()

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen only after everything is open; another process may have taken the port meanwhile."""
        assert sockets is not None
        host, port, *_ = sockets[0].getsockname()
        await self._opened.enter_async_context(self._application.router.lifespan_context(self._application))
        await super().startup(sockets)
        try:
            sockets[0].listen(self.config.backlog)  # repeated, because uvloop does not report that listening failed
        except OSError:
            await self._opened.aclose()
            raise _not_to_be_had(host, port, os.strerror(errno.EADDRINUSE)) from None
        log.info("Pressroom is at http://%s:%d", f"[{host}]" if ":" in host else host, port)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        if not self.force_exit:
            await self._opened.aclose()

    async def on_tick(self, counter: int) -> bool:
        if counter % LOOK_EVERY == 0:
            connections.look_for_descriptors()
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._loop.call_soon_threadsafe(app.drain, self._application)
        if sig == signal.SIGTERM:
            self.should_exit = True  # only this: uvicorn would raise the signal again at the end
        else:
            super().handle_exit(sig, frame)


class _SocketProtocol(WebSocketsSansIOProtocol):
    """A web socket that logs nothing unless this server is at fault.

    A client's frames take little of the loop's time at once, because small frames cost as much as large ones, and
    little is buffered for a client that stops reading.
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
        """Handle more of the unread data in the loop's next turn, unless earlier messages still wait to be handled."""
        if self._unread and self._turn is None and not self.read_paused:
            self.transport.pause_reading()
            self._turn = self.loop.call_soon(self._take)

    async def receive(self) -> Any:
        message = await super().receive()
        self._go_on()
        return message

    def handle_cont(self, event: Frame) -> None:
        """Join the parts as they arrive: uvicorn would keep each part, even any number of empty ones."""
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
            self.conn.data_to_send()  # discarded: a client that doesn't read misses no pong

    async def send(self, message: Any) -> None:
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True  # uvicorn would log a refused handshake as an error
        self._go_on()


def _is_ours(record: logging.LogRecord) -> bool:
    return not (record.exc_info and record.exc_info[0] is UnicodeDecodeError)  # a client sent invalid UTF-8


_sockets_log = logging.getLogger("pressroom.sockets")
_sockets_log.setLevel(logging.WARNING)
_sockets_log.addFilter(_is_ours)


def _calm_garbage_collector() -> None:
    """Exempt loaded objects from garbage collection, which would delay tokens for nothing."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 5, 400)  # short pauses: what the middle generation has gathered is visited at once
