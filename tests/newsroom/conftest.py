"""Store, channels and dispatcher in memory and a temporary folder, with a model fed from a queue."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    ExitStack,
    asynccontextmanager,
    nullcontext,
    suppress,
)
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from service.access.audit import Audit
from service.access.budgets import Budgets
from service.core.article import Article
from service.core.brief import Brief
from service.core.caller import LOCAL
from service.core.pace import steady
from service.core.prices import Prices
from service.core.tally import RunTally
from service.log.memory import MemoryLog
from service.newsroom.newsroom import Newsroom
from service.newsroom.office import Office
from service.queue.in_process import InProcessQueue
from service.settings import ROOT
from service.stages.prompts import Prompts
from service.store.articles import Articles
from service.store.audit import AuditLog
from service.store.conversations import Conversations
from service.store.postgres import Postgres
from service.store.shares import Shares
from service.store.sqlite import SQLite
from service.store.usage import Ledger
from service.wire.native import NativeSSE
from tests import postgres
from tests.fakes import QueuedModel, tools
from tests.log.contract import on
from tests.migrated import prepare
from tests.sse import Viewer

PROMPTS = Prompts(ROOT / "config" / "prompts")
STYLED = "# Bees\n\n## Hive\n\nStyled text of Hive.\n\n## Honey\n\nStyled text of Honey."


@dataclass
class Desk:
    store: Articles
    log: MemoryLog
    queue: InProcessQueue
    newsroom: Newsroom
    conversations: Conversations
    tally: RunTally
    serving: asyncio.Task[None]
    budgets: Budgets | None

    async def create(self, topic: str = "Bees", **wanted: Any) -> str:
        flow: Any = "full" if wanted.keys() - {"review_outline"} else "quick"
        return (await self.newsroom.create(LOCAL, Brief(topic=topic, **{"flow": flow} | wanted))).id

    async def written(self, model: QueuedModel, **wanted: Any) -> tuple[str, Viewer]:
        """An article whose model waits until somebody watches from the beginning; and what they saw."""
        assert model.gate is not None
        article_id = await self.create(**wanted)
        watching = asyncio.create_task(self.view(article_id))
        async with asyncio.timeout(60):
            while not self.log.tally.viewers:
                await asyncio.sleep(0.002)
        model.gate.set()
        return article_id, await watching

    async def cancel(self, article_id: str) -> Article:
        return await self.newsroom.cancel(LOCAL, article_id)

    async def view(self, article_id: str, viewer: Viewer | None = None) -> Viewer:
        """Everything until the stream ends."""
        viewer = viewer or Viewer()
        story = await self.newsroom.watch(LOCAL, article_id)
        dialect = NativeSSE()
        async with asyncio.timeout(60):
            async for batch in story.follow(viewer.last_id):
                viewer.feed(dialect.encode(batch))
        return viewer

    async def until(self, article_id: str, status: str) -> Article:
        async with asyncio.timeout(60):
            while (article := await self.store.get(article_id)).status != status:
                await asyncio.sleep(0.005)
        return article

    async def stop(self) -> None:
        self.serving.cancel()
        with suppress(asyncio.CancelledError):
            await self.serving
        self.log.close()


def gated(ungated: int) -> QueuedModel:
    return QueuedModel(gate=asyncio.Event(), ungated=ungated)


async def reached(model: QueuedModel, calls: int) -> None:
    async with asyncio.timeout(60):
        while len(model.asked) < calls:
            await asyncio.sleep(0.002)
    await asyncio.sleep(0.01)


class Opens(Protocol):
    def __call__(
        self,
        model: QueuedModel,
        *,
        at_once: int = 4,
        waiting: int = 100,
        sweep: float = 0.05,
        longest: float = 60,
        prices: Prices | None = None,
        article_tokens: int | None = None,
        **others: Any,
    ) -> AbstractAsyncContextManager[Desk]: ...


@pytest.fixture
def kind() -> str:
    """Of the database."""
    return "sqlite"


@pytest.fixture
def opened(kind: str, tmp_path: Path) -> Generator[Opens]:
    """Opens the house on the test's data; again after it was closed, as after a restart."""
    stack = ExitStack()
    url = stack.enter_context(postgres.url()) if kind == "postgres" else ""

    @asynccontextmanager
    async def open_desk(
        model: QueuedModel,
        *,
        at_once: int = 4,
        waiting: int = 100,
        sweep: float = 0.05,
        longest: float = 60,
        prices: Prices | None = None,
        article_tokens: int | None = None,
        **others: Any,
    ) -> AsyncGenerator[Desk]:
        logs = AsyncExitStack()
        database = Postgres(url) if url else SQLite(prepare(tmp_path))
        store = Articles(database, waiting_limit=waiting)
        await store.recover()
        shared = on(url, keep=64) if url else nullcontext(MemoryLog(pace=steady(0), keep=64, linger=60))
        log = await logs.enter_async_context(shared)
        tally = RunTally()
        audit = Audit(AuditLog(database), days=1)
        limits: dict[str, Any] = {"model": "m", "article_tokens": article_tokens}
        budgets = None if prices is None else Budgets(Ledger(database), prices, audit, **limits)
        office = Office(
            store=store,
            log=log,
            tools=tools(model, **others),
            prompts=PROMPTS,
            tally=tally,
            longest=longest,
            purses=budgets,
        )
        queue = InProcessQueue(store, at_once=at_once, sweep=sweep)
        conversations = Conversations(database)
        newsroom = Newsroom(office, queue, conversations, Shares(database))
        serving = asyncio.create_task(newsroom.serve())
        desk = Desk(store, log, queue, newsroom, conversations, tally, serving, budgets)
        try:
            yield desk
        finally:
            await desk.stop()
            await logs.aclose()
            if budgets is not None:
                await budgets.close()
            database.close()

    with stack:
        yield open_desk
