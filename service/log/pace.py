"""How long text is collected before it is sent: briefly while the event loop has time, longer under load."""

import asyncio
import time
from pathlib import Path

LOOK = 0.25  # seconds between measurements of the loop's thread
CALM, FULL = 0.1, 0.4  # CPU shares of the thread between which frames stretch


class Pace:
    """`seconds` is the length of a frame. Each measurement moves it half of the way to its target."""

    def __init__(self, least: float, most: float) -> None:
        self._least, self._most = least, most
        self.seconds = least

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
        self.seconds += (self._least + share * (self._most - self._least) - self.seconds) / 2


def _used() -> float:
    """Seconds that this thread has run, or was ready to run while others had the core."""
    try:
        ran, waited, _ = Path("/proc/thread-self/schedstat").read_text().split()
    except (OSError, ValueError):  # not Linux
        return time.thread_time()
    return (int(ran) + int(waited)) / 1e9


def steady(seconds: float) -> Pace:
    return Pace(seconds, seconds)
