"""A deadline that is extended thousands of times a second."""

import asyncio
from types import TracebackType
from typing import Self


class Deadline:
    """Raises TimeoutError in its block when the deadline has passed.

    asyncio.timeout().reschedule() creates a timer each time, which is too expensive per token. Here, extending is an
    assignment, and one timer checks it at intervals of `every` seconds: precise unless it is extended by less.
    """

    def __init__(self, seconds: float, *, every: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._timeout = asyncio.timeout(None)
        self._every = every
        self.put_off(seconds)

    def put_off(self, seconds: float) -> None:
        self._due = self._loop.time() + seconds

    async def __aenter__(self) -> Self:
        await self._timeout.__aenter__()
        self._look()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        await self._timeout.__aexit__(kind, error, trace)

    def _look(self) -> None:
        now = self._loop.time()
        self._timer = self._loop.call_at(min(self._due, now + self._every), self._look)
        if now >= self._due:
            self._timer.cancel()
            self._timeout.reschedule(now)
