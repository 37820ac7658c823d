"""Reads a socket at the end of each frame. To wake the loop for every token would cost more than to read it."""

import asyncio
import os
from collections.abc import Callable

from service.core.pace import Pace

AT_ONCE = 64 * 1024  # bytes
SLOW = 1.0  # seconds without a byte, after which it is better to wait for the next one


def can_be(transport: asyncio.Transport) -> bool:
    """Whether the socket's bytes are those that the protocol receives, and can be read as a file's."""
    return os.name == "posix" and transport.get_extra_info("ssl_object") is None


class ByFrames:
    """From now until `stop`, the loop does not read. `over` is called when it should again: at the end, when nothing
    comes, or with what went wrong."""

    def __init__(
        self,
        pace: Pace,
        transport: asyncio.Transport,
        received: Callable[[bytes], None],
        over: Callable[[OSError | None], None],
    ) -> None:
        self._pace, self._transport, self._received, self._over = pace, transport, received, over
        self._file = transport.get_extra_info("socket").fileno()
        self._latest = asyncio.get_running_loop().time()
        transport.pause_reading()
        pace.read(self._read)

    def stop(self) -> None:
        self._pace.give_up(self._read)
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def _read(self) -> None:
        if self._transport.is_closing():  # by now, the descriptor may be another socket's
            self._over(None)
            return
        try:
            data = os.read(self._file, AT_ONCE)
        except BlockingIOError:
            if self._pace.began > self._latest + SLOW:
                self._over(None)
        except OSError as error:
            self._over(error)
        else:
            self._latest = self._pace.began
            self._received(data) if data else self._over(None)
