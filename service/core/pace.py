"""The beat of a process: when text is read and sent, all at once. Frames are short while the event loop has time, and
longer under load."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from pathlib import Path

LOOK = 0.25  # seconds between measurements of the loop's thread
CALM, FULL = 0.02, 0.08  # CPU shares of the thread between which frames stretch
OLDEST = 0.09  # seconds: text has waited for a frame, and then for what else is read and sent with it

log = logging.getLogger(__name__)

Call = Callable[[], object]


class Pace:
    """`seconds` is the length of a frame. Each measurement moves it half of the way to its target.

    All frames end together: what has come in is read, then what is new is sent. So the loop wakes once for everything,
    which costs half of what waking for each token does.
    """

    def __init__(self, least: float, most: float) -> None:
        self._least, self._most = least, most
        self.seconds = least
        self.began = 0.0  # the frame
        self.ending = False  # what is read now is sent within this beat
        self._reads: dict[Call, None] = {}
        self._sends: dict[Call, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._took = 0.0  # seconds for all that is read and sent at once

    def read(self, read: Call) -> None:
        """Call `read` at the end of every frame, until it is given up."""
        self._reads[read] = None
        self._wind()

    def give_up(self, read: Call) -> None:
        self._reads.pop(read, None)

    def send(self, send: Call) -> None:
        """Call `send` at the end of this frame, when all has been read."""
        self._sends[send] = None
        self._wind()

    def _wind(self) -> None:
        if self._timer is None and not self.ending:
            loop = asyncio.get_running_loop()
            if self.began + self.seconds <= loop.time():
                self.began = loop.time()  # after a pause
            self._timer = loop.call_at(self.began + self.seconds, self._beat, loop)

    def _beat(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer, self.ending = None, True
        now = loop.time()
        _call_all([*self._reads])
        sends, self._sends = self._sends, {}
        _call_all(sends)
        self.began, self.ending = now, False
        if self._reads or self._sends:
            self._timer = loop.call_at(now + self.seconds, self._beat, loop)
        loop.call_soon(self._ended, now, loop)  # behind the viewers that have something to send now

    def _ended(self, began: float, loop: asyncio.AbstractEventLoop) -> None:
        self._took = loop.time() - began

    async def keep(self) -> None:
        """Measure the loop's thread forever; run it as a task."""
        used, wall = _used(), time.perf_counter()
        while True:
            await asyncio.sleep(LOOK)
            now_used, now_wall = _used(), time.perf_counter()
            self.feel((now_used - used) / (now_wall - wall))
            used, wall = now_used, now_wall

    def feel(self, busy: float) -> None:
        share = min(1.0, max(0.0, (busy - CALM) / (FULL - CALM)))
        wanted = min(self._least + share * (self._most - self._least), OLDEST - self._took)
        self.seconds += (max(self._least, wanted) - self.seconds) / 2


def _call_all(calls: Iterable[Call]) -> None:
    for call in calls:
        try:
            call()
        except Exception:
            log.exception("a text could not be read or sent")


def _used() -> float:
    """Seconds that this thread has run, or was ready to run while others had the core."""
    try:
        ran, waited, _ = Path("/proc/thread-self/schedstat").read_text().split()
    except (OSError, ValueError):  # not Linux
        return time.thread_time()
    return (int(ran) + int(waited)) / 1e9


def steady(seconds: float) -> Pace:
    return Pace(seconds, seconds)
