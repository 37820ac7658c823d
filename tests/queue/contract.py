"""The queues that have to pass the suite in test_contract.py, and somebody who writes what they give.

Another implementation is a function that opens it, and its line in QUEUES.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Literal, Protocol

from service.core.run import CANCELLED, Claim
from service.queue.bell import Bell
from service.queue.contract import Queue
from service.queue.in_process import InProcessQueue
from service.queue.shared import SharedQueue
from service.store.articles import Articles
from service.store.postgres import Postgres
from service.store.postgres_dialect import connected
from service.store.sqlite import SQLite
from tests import postgres
from tests.migrated import prepare
from tests.store.contract import outcome

How = Literal["written", "waits", "breaks once", "fails and lingers"]
PATIENCE = 10.0  # seconds


class Opened(Protocol):
    """Opened again, it is the queue after a restart."""

    def __call__(self, *, at_once: int, sweep: float) -> AbstractAsyncContextManager["Office"]: ...


class Office:
    """A queue on its store, and who writes what it gives to its end in the store; what waits, when the gate is open."""

    def __init__(self, store: Articles, queue: Queue) -> None:
        self.store = store
        self.queue = queue
        self.gate = asyncio.Event()
        self.begun: list[str] = []
        self.cancelled: dict[str, tuple[object, ...]] = {}  # with what their cancellation said
        self.ended: list[str] = []
        self.under_way: defaultdict[str, int] = defaultdict(int)
        self.most = 0
        self._moved = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def create(self, how: How = "written", *, submits: int = 1) -> str:
        """Its topic says how its writing goes: it may be claimed before its id is known here."""
        article_id = (await self.store.create("default", topic=how, brief="{}")).id
        for _ in range(submits):
            await self.queue.submit(article_id)
        return article_id

    async def write(self, claim: Claim) -> None:
        article_id = claim.article.id
        self.begun.append(article_id)
        self.under_way[article_id] += 1
        self.most = max(self.most, sum(self.under_way.values()))
        self._moved.set()
        try:
            await self._write(claim)
        except asyncio.CancelledError as cancelled:
            self.cancelled[article_id] = cancelled.args
            await asyncio.sleep(0.01)  # as ending takes
            if cancelled.args == (CANCELLED,):
                await self.store.finish(article_id, claim.article.epoch, outcome(claim.article, status="cancelled"))
            raise
        finally:
            self.under_way[article_id] -= 1
            self.ended.append(article_id)
            self._moved.set()

    async def _write(self, claim: Claim) -> None:
        article = claim.article
        if article.topic == "breaks once" and self.begun.count(article.id) == 1:
            raise ZeroDivisionError("writing is broken")
        if article.topic == "waits":
            await self.gate.wait()
        await asyncio.sleep(0)
        if article.topic == "fails and lingers":
            await self.store.finish(article.id, article.epoch, outcome(article, status="failed"))
            await self.gate.wait()
        else:
            await self.store.finish(article.id, article.epoch, outcome(article))

    async def until(self, reached: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not reached():
                self._moved.clear()
                await self._moved.wait()

    async def completed(self, *article_ids: str) -> None:
        await self.until(lambda: set(article_ids) <= set(self.ended))
        await self.completed_anywhere(*article_ids)

    async def completed_anywhere(self, *article_ids: str) -> None:
        async with asyncio.timeout(PATIENCE):
            for article_id in article_ids:
                while (await self.store.get(article_id)).status != "completed":
                    await asyncio.sleep(0.002)

    def serve(self) -> None:
        self._tasks.append(asyncio.create_task(self.queue.serve(self.write)))
        if isinstance(self.queue, SharedQueue):
            self._tasks.append(asyncio.create_task(self.queue.live()))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()
        self._tasks.clear()


@asynccontextmanager
async def alone(folder: Path, *, at_once: int, sweep: float) -> AsyncGenerator[Office]:
    """As after a start: what an earlier process has left waits again."""
    database = SQLite(prepare(folder))
    store = Articles(database, waiting_limit=1_000)
    await store.recover()
    office = Office(store, InProcessQueue(store, at_once=at_once, sweep=sweep))
    office.serve()
    try:
        yield office
    finally:
        await office.stop()
        database.close()


@asynccontextmanager
async def joined(url: str, *, at_once: int, sweep: float) -> AsyncGenerator[Office]:
    """One of the processes on a PostgreSQL."""
    database = Postgres(url)
    store = Articles(database, waiting_limit=1_000)
    queue = SharedQueue(store, Bell(partial(connected, url)), at_once=at_once, sweep=sweep)
    office = Office(store, queue)
    office.serve()
    listening = asyncio.create_task(queue.listen())
    try:
        yield office
    finally:
        await office.stop()
        listening.cancel()
        await asyncio.wait([listening])
        database.close()


@contextmanager
def in_process(folder: Path) -> Generator[Opened]:
    yield partial(alone, folder)


@contextmanager
def shared(_: Path) -> Generator[Opened]:
    with postgres.url() as url:
        yield partial(joined, url)


QUEUES: dict[str, Callable[[Path], AbstractContextManager[Opened]]] = {"in process": in_process, "shared": shared}
