"""The dispatcher: who writes what, when. The pending rows are the queue; nothing else is."""

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime
from typing import Protocol

from service.core.article import Article, Claim
from service.core.errors import Conflict
from service.core.tally import RunTally
from service.log.memory import Channels
from service.newsroom import history
from service.newsroom.writer import Run
from service.stages.desk import Tools
from service.stages.prompts import Prompts
from service.store.articles import LIVE, Articles
from service.store.pictures import Pictures

log = logging.getLogger(__name__)

CLAIM_MOMENT = 0.01


class Dispatcher(Protocol):
    def submit(self) -> None:
        """Hint that there are new pending articles. May get lost: a sweep finds what was missed."""

    async def cancel(self, article_id: str) -> Article:
        """Stop an article, wherever it is, and store its end. Conflict if it has ended already."""
        ...


class InProcessDispatcher:
    """Runs the articles in this process, as many at once as it may."""

    def __init__(
        self,
        store: Articles,
        channels: Channels,
        pictures: Pictures,
        tools: Tools,
        prompts: Prompts,
        *,
        at_once: int,
        sweep: float,
    ) -> None:
        self._store = store
        self._channels = channels
        self._pictures = pictures
        self._tools = tools
        self._prompts = prompts
        self._at_once = at_once
        self._sweep = sweep
        self._hint = asyncio.Event()
        self._runs: dict[str, tuple[Run, asyncio.Task[None]]] = {}
        self._told: dict[str, int] = {}
        self.tally = RunTally()

    def __len__(self) -> int:
        return len(self._runs)

    def submit(self) -> None:
        self._hint.set()

    async def serve(self) -> None:
        """Claim and run, for ever. Cancelling it stops all runs, which go on after the next start."""
        try:
            while True:
                try:
                    await self._claim()
                    await self._tell_places()
                    if not await self._hinted():
                        await self._store.requeue(but=self._runs)
                except Exception:
                    log.exception("the queue can't be read; trying again")
                    await asyncio.sleep(self._sweep)
        finally:
            await self._stop_all()

    async def cancel(self, article_id: str) -> Article:
        while True:
            if running := self._runs.get(article_id):
                run, task = running
                stopped = run.stop("cancelled")
                await asyncio.wait([task])
                if stopped:
                    return await self._store.get(article_id)
            article = await self._store.get(article_id)
            if article.status not in LIVE:
                raise Conflict(f"the article is already {article.status}")
            if await self._cancel_waiting(article):
                return await self._store.get(article_id)
            await asyncio.sleep(CLAIM_MOMENT)  # it is being claimed right now

    async def _cancel_waiting(self, article: Article) -> bool:
        channel = self._channels.open(article.id, epoch=article.epoch, run=article.run)
        if not await self._store.cancel_waiting(article.id, channel.seal(1)):
            return False
        stored = await self._store.get_with_stage_runs(article.id)
        channel.end(history.terminal(stored.article, history.latest(stored.stage_runs)))
        self._channels.linger(article.id)
        self._hint.set()  # the others have moved up
        return True

    async def _hinted(self) -> bool:
        """Whether somebody said that there is work, before it is time to look anyway."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._sweep):
                await self._hint.wait()
                self._hint.clear()
                return True
        return False

    async def _claim(self) -> None:
        free = self._at_once - len(self._runs)
        if free > 0:
            for claim in await self._store.claim(free):
                self._start(claim)

    def _start(self, claim: Claim) -> None:
        article = claim.article
        channel = self._channels.open(article.id, epoch=article.epoch, run=article.run)
        self.tally.waited.add((datetime.now(UTC) - article.queued_at).total_seconds())
        run = Run(claim, channel, self._store, self._pictures, self._tools, self._prompts, self.tally)
        task = asyncio.create_task(self._supervise(article.id, run))
        self._runs[article.id] = run, task

    async def _supervise(self, article_id: str, run: Run) -> None:
        try:
            await run.run()
        except Exception:
            log.exception("article %s: its run ended without being stored", article_id)
        finally:
            if len(self._runs) >= self._at_once:
                self._hint.set()  # others may have waited for this place
            del self._runs[article_id]
            self._channels.linger(article_id)

    async def _tell_places(self) -> None:
        """Tell whoever watches a pending article where it stands."""
        waiting = self._channels.unwritten()
        if not waiting:
            self._told.clear()
            return
        places = {article_id: place for place, article_id in enumerate(await self._store.queue(), start=1)}
        told = {article_id: places[article_id] for article_id in waiting if article_id in places}
        for article_id, place in told.items():
            channel = waiting[article_id]
            if not channel.writing and self._told.get(article_id) != place:
                channel.put(history.waiting(channel.run, place, datetime.now(UTC)))
        self._told = told

    async def _stop_all(self) -> None:
        tasks = [task for _, task in self._runs.values()]
        for run, _ in list(self._runs.values()):
            run.stop("shutdown")
        if tasks:
            await asyncio.wait(tasks)
