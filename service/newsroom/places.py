"""Sends viewers of pending articles their place in the queue."""

import asyncio
import logging
from datetime import UTC, datetime

from service.core.errors import StoreError
from service.log.contract import Log, Watched
from service.logs import Trouble
from service.newsroom import history
from service.store.articles import Articles

log = logging.getLogger(__name__)

AGAIN = 5.0  # seconds before another attempt when the queue can't be read


class Places:
    def __init__(self, store: Articles, log: Log) -> None:
        self._store = store
        self._log = log
        self._moved = asyncio.Event()
        self._announced: dict[str, tuple[Watched, int]] = {}  # a new log has to be told again

    def moved(self) -> None:
        """The queue has moved, or a viewer has arrived."""
        self._moved.set()

    async def announce(self) -> None:
        trouble = Trouble(log, "places in the queue can't be announced", "places in the queue are announced again")
        while True:
            await self._moved.wait()
            self._moved.clear()
            try:
                await self._announce()
                trouble.over()
                continue
            except StoreError as error:
                trouble.because(error)
            except Exception:
                log.exception("places in the queue can't be announced; trying again")
            await asyncio.sleep(AGAIN)
            self._moved.set()

    async def _announce(self) -> None:
        waiting = self._log.unwritten()
        queue = await self._store.queue() if waiting else {}
        announced: dict[str, tuple[Watched, int]] = {}
        for article_id, place in queue.items():
            story = waiting.get(article_id)
            if story is not None and not story.writing:
                if self._announced.get(article_id) != (story, place):
                    story.put(history.waiting(story.run, place, datetime.now(UTC)))
                announced[article_id] = story, place
        self._announced = announced
