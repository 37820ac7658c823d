import asyncio
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from service.core.errors import DataFolderInUse
from service.core.run import StageRun
from service.store import postgres_upgrade
from service.store.articles import Articles
from service.store.database import Database
from service.store.postgres import Postgres
from service.store.sqlite import SQLite, locked
from service.store.tables import metadata
from service.store.upgrade import upgrade
from tests import postgres
from tests.postgres import KINDS

NOW = datetime(2026, 11, 20, 12, 30, 15, 123456, tzinfo=UTC)


async def opened(folder: Path) -> tuple[SQLite, Articles]:
    upgrade(folder)
    database = SQLite(folder)
    return database, Articles(database, waiting_limit=10)


def started(stage: str = "outline", section: int | None = None) -> StageRun:
    return StageRun(run=1, stage=stage, section=section, status="started", started_at=NOW)


def _no_search_text(name: str | None, kind: str, _: object) -> bool:
    """A virtual table's own tables are not ours to compare."""
    return kind != "table" or not (name or "").startswith("search_text")


async def test_the_migrations_make_the_tables_that_the_queries_use(tmp_path: Path) -> None:
    database, _ = await opened(tmp_path)
    differences = await database.read(
        lambda c: compare_metadata(
            MigrationContext.configure(c, opts={"compare_type": False, "include_name": _no_search_text}), metadata
        )
    )
    database.close()
    assert differences == []


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    with postgres.database(request.param, tmp_path) as database:
        yield database


async def test_upgrading_again_changes_nothing(database: Database, tmp_path: Path) -> None:
    store = Articles(database, waiting_limit=10)
    article = await store.create("default", topic="Bees", brief="{}")
    if isinstance(database, Postgres):
        postgres_upgrade.upgrade(database._url)
    else:
        upgrade(tmp_path)
    assert await store.get(article.id) == article


async def test_times_are_utc_and_exact(database: Database) -> None:
    store = Articles(database, waiting_limit=10)
    article = await store.create("default", topic="Bees", brief="{}")
    (claim,) = await store.claim(1)
    await store.save(article.id, claim.article.epoch, started())
    (record,) = (await store.get_with_stage_runs(article.id)).stage_runs
    assert record == started()


async def test_deleting_takes_the_stage_runs_along(database: Database) -> None:
    store = Articles(database, waiting_limit=10)
    article = await store.create("default", topic="Bees", brief="{}")
    await store.save(article.id, 1, started())
    await store.delete(article.id)
    assert await database.read(lambda c: c.exec_driver_sql("SELECT count(*) FROM stage_runs").scalar()) == 0


async def test_a_writer_cancelled_anywhere_leaves_the_database_usable(database: Database) -> None:
    store = Articles(database, waiting_limit=10)
    article = await store.create("default", topic="Bees", brief="{}")
    for ticks in range(40):
        saving = asyncio.create_task(store.save(article.id, 1, started("content", 1 + ticks % 3)))
        for _ in range(ticks):
            await asyncio.sleep(0)
        saving.cancel()
        await asyncio.gather(saving, return_exceptions=True)
    async with asyncio.timeout(60):
        await store.save(article.id, 1, started("style"))
        assert (await store.get_with_stage_runs(article.id)).stage_runs


def test_a_folder_is_locked_by_one_and_freed(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(DataFolderInUse), locked(tmp_path):
        pass
    with locked(tmp_path):
        pass
