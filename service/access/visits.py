"""Streams and sockets that are open, which end when what let somebody in is no longer valid."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from service.core.caller import Caller
from service.core.errors import StoreError
from service.logs import Trouble

log = logging.getLogger(__name__)

LOOK = 2.0  # seconds between looks for what has ended


@dataclass(frozen=True, slots=True)
class Pass:
    """For whom a request was let in, and by what."""

    caller: Caller
    digest: str = ""  # of a key or session
    until: datetime | None = None  # of a token


class Visit:
    def __init__(self, shown: Pass, limit: asyncio.Timeout) -> None:
        self.shown = shown
        self._limit = limit

    def end(self) -> None:
        """Cancel what is done in it, unless it is about to end anyway."""
        if not self._limit.expired():
            self._limit.reschedule(asyncio.get_running_loop().time())


class Visits:
    def __init__(self, valid: Callable[[Collection[str]], Awaitable[set[str]]]) -> None:
        self._valid = valid
        self._open: set[Visit] = set()
        about = "what let in those who have streams open"
        self._trouble = Trouble(log, f"{about} can't be looked up", f"{about} can be looked up again")

    def begin(self, shown: Pass, limit: asyncio.Timeout) -> Visit:
        visit = Visit(shown, limit)
        self._open.add(visit)
        return visit

    def leave(self, visit: Visit) -> None:
        self._open.discard(visit)

    async def look(self) -> None:
        """End visits whose key, session or token has ended elsewhere or expired, forever."""
        while True:
            await asyncio.sleep(LOOK)
            await self.end_invalid()

    async def end_invalid(self) -> None:
        """One query for all that are open."""
        here = list(self._open)
        digests = {visit.shown.digest for visit in here if visit.shown.digest}
        try:
            valid = await self._valid(digests) if digests else set()
            self._trouble.over()
        except StoreError as error:  # the next look may find out
            self._trouble.because(error)
            valid = digests
        now = datetime.now(UTC)
        for visit in here:
            shown = visit.shown
            over = shown.until is not None and shown.until <= now
            if over or (shown.digest and shown.digest not in valid):
                visit.end()
