"""The queue of the only process that uses the store. The pending rows alone are the queue."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from functools import partial
from typing import Protocol

from service.core.errors import StoreError
from service.core.run import CANCELLED, Claim
from service.logs import Trouble
from service.messages import say
from service.queue.contract import Write

log = logging.getLogger(__name__)


class Claims(Protocol):
    """What the queue needs from the store."""

    def claim(self, limit: int) -> Awaitable[list[Claim]]:
        """Set the articles that have waited longest to `processing`, in a new epoch."""
        ...

    def requeue(self, *, but: Collection[str]) -> Awaitable[None]:
        """Set articles that are `processing` without a writer back to `pending`."""
        ...


class InProcessQueue:
    def __init__(self, store: Claims, *, at_once: int, sweep: float) -> None:
        self._store = store
        self._at_once = at_once
        self._sweep = sweep
        self._sweep_at = time.monotonic() + sweep
        self._hint = asyncio.Event()
        self._runs: dict[str, asyncio.Task[None]] = {}
        self._trouble = Trouble(log, "the queue can't be read", "the queue can be read again")
        self.moved: Callable[[], None] = lambda: None

    @property
    def running(self) -> int:
        return len(self._runs)

    async def submit(self, article_id: str) -> None:
        self._hint.set()

    async def serve(self, write: Write) -> None:
        try:
            while True:
                try:
                    await self._claim(write)
                    await self._hinted()
                    if time.monotonic() >= self._sweep_at:  # even after a hint: hints may never pause
                        self._sweep_at = time.monotonic() + self._sweep
                        await self._store.requeue(but=[*self._runs])
                except StoreError as error:
                    self._trouble.because(error)
                    await asyncio.sleep(self._sweep)
                except Exception:
                    log.exception("the queue can't be read; trying again")
                    await asyncio.sleep(self._sweep)
        finally:
            await self._stop_all()

    async def cancel(self, article_id: str) -> bool:
        task = self._runs.get(article_id)
        if task is None:
            return False
        await asyncio.sleep(0)  # let the task start: one that never started would not store its end
        task.cancel(CANCELLED)
        await asyncio.wait([task])
        return True

    async def _hinted(self) -> None:
        """Wait for a hint or the next sweep."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._sweep_at - time.monotonic()):
                await self._hint.wait()
        self._hint.clear()

    async def _claim(self, write: Write) -> None:
        free = self._at_once - len(self._runs)
        if free > 0:
            claims = await self._store.claim(free)
            self._trouble.over()
            for claim in claims:
                if before := self._runs.get(claim.article.id):  # its end is stored, but it is still leaving
                    before.add_done_callback(partial(self._begin, claim, write))
                else:
                    self._begin(claim, write)

    def _begin(self, claim: Claim, write: Write, _before: asyncio.Task[None] | None = None) -> None:
        task = self._runs[claim.article.id] = asyncio.create_task(_written(claim, write))
        task.add_done_callback(partial(self._over, claim.article.id))

    def _over(self, article_id: str, task: asyncio.Task[None]) -> None:
        del self._runs[article_id]
        self._hint.set()  # others may be waiting for this slot

    async def _stop_all(self) -> None:
        while tasks := list(self._runs.values()):
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


async def _written(claim: Claim, write: Write) -> None:
    try:
        await write(claim)
    except StoreError as error:
        log.warning("article %s: its run ended without being stored: %s", claim.article.id, say(error.sentence))
    except Exception:
        log.exception("article %s: its run ended without being stored", claim.article.id)
