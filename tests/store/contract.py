"""The stores that have to pass the suite in test_contract.py.

Another implementation is a function that opens it, and its line in STORES.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from service.core.article import Article
from service.core.run import Claim, Outcome, StageRun, event_id
from service.core.sections import marks, sections
from service.store.articles import Articles
from service.store.conversations import Conversations
from service.store.database import Database
from service.store.postgres import Postgres
from service.store.shares import Shares
from service.store.sqlite import SQLite
from tests import postgres
from tests.migrated import prepare

AT = datetime(2026, 11, 20, 12, 30, 15, 123456, tzinfo=UTC)
LIMIT = 10  # articles that may wait
TEXT = "# Bees\n\n## Hive\n\nWax and wood.\n\n## Honey\n\nSweet."


@dataclass
class Store:
    articles: Articles
    conversations: Conversations
    shares: Shares


Another = Callable[[], Awaitable[Store]]


@asynccontextmanager
async def sqlite(folder: Path) -> AsyncGenerator[Another]:
    async with _opened(lambda: SQLite(prepare(folder))) as another:
        yield another


@asynccontextmanager
async def postgresql(_: Path) -> AsyncGenerator[Another]:
    with postgres.url() as url:
        async with _opened(lambda: Postgres(url)) as another:
            yield another


@asynccontextmanager
async def _opened(make: Callable[[], Database]) -> AsyncGenerator[Another]:
    opened: list[Database] = []

    async def another() -> Store:
        opened.append(database := make())
        return Store(Articles(database, waiting_limit=LIMIT), Conversations(database), Shares(database))

    try:
        yield another
    finally:
        for database in opened:
            database.close()


# Each gives as many stores on the same data as are asked for, as several processes would have them.
STORES: dict[str, Callable[[Path], AbstractAsyncContextManager[Another]]] = {"sqlite": sqlite, "postgres": postgresql}


def stage_run(status: Any = "started", stage: str = "outline", run: int = 1, **others: Any) -> StageRun:
    return StageRun(run=run, stage=stage, section=None, status=status, started_at=AT, **others)


def outcome(article: Article, status: Any = "completed", content: str | None = TEXT, **others: Any) -> Outcome:
    fields: dict[str, Any] = {
        "title": "Bees",
        "terminal_id": event_id(article.epoch, 9),
        "sections": marks(sections(content or "")),
        "reason": "written",
        "words": 6,
        "failure": None,
        "finished_at": AT,
        "cut_short": [],
    }
    return Outcome(status=status, content=content, **fields | others)


async def created(store: Store, topic: str = "Bees") -> str:
    return (await store.articles.create("default", topic=topic, brief="{}")).id


async def claimed(store: Store) -> Claim:
    """An article of its own, being written."""
    await created(store)
    [claim] = await store.articles.claim(1)
    return claim


async def finished(store: Store, status: Any = "completed", content: str | None = TEXT) -> Article:
    """An article that has ended; its version is 1 if there is a text."""
    article = (await claimed(store)).article
    await store.articles.finish(article.id, article.epoch, outcome(article, status, content))
    return await store.articles.get(article.id)


async def paused(store: Store) -> Article:
    """An article that awaits its review."""
    article = (await claimed(store)).article
    await store.articles.save(article.id, article.epoch, stage_run("completed", output="the model's"))
    await store.articles.pause(article.id, article.epoch)
    return await store.articles.get(article.id)


async def outcomes(*tries: Awaitable[Any]) -> tuple[list[Any], list[BaseException]]:
    """What succeeded and what failed of many tries at once."""
    results = await asyncio.gather(*tries, return_exceptions=True)
    failed = [result for result in results if isinstance(result, BaseException)]
    return [result for result in results if not isinstance(result, BaseException)], failed
