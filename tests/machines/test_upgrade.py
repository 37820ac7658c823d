"""A new version takes over from the one before, which goes on beside it on tables that have changed meanwhile."""

import asyncio
import os
import shutil
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from service.settings import ROOT
from service.store.upgrade import MIGRATIONS, revisions
from tests import postgres
from tests.environment import inherited
from tests.machines.cluster import Machines, machines
from tests.warm import pressroom

pytestmark = pytest.mark.process

AT_ONCE = 3  # articles
MORE = 1 if os.environ.get("TESTS_RUN") != "long" else 30  # articles
WRITERS = "SELECT DISTINCT writer FROM articles WHERE writer IS NOT NULL"
LATER = "9001"
MIGRATION = f"""
import sqlalchemy as sa
from alembic import op

revision = "{LATER}"
down_revision = "{revisions(MIGRATIONS)[-1]}"


def upgrade() -> None:
    op.add_column("articles", sa.Column("mood", sa.Text))
    op.add_column("stage_runs", sa.Column("mood", sa.Text, server_default="calm"))
    op.add_column("workspaces", sa.Column("mood", sa.Text))
    op.add_column("writers", sa.Column("mood", sa.Text))
    op.create_table("moods", sa.Column("article_id", sa.String(36), sa.ForeignKey("articles.id"), primary_key=True))
"""


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """A checkout of the version after this one."""
    checkout = tmp_path / "later"
    shutil.copytree(ROOT / "service", checkout / "service")
    for shared in ("config", "static"):
        (checkout / shared).symlink_to(ROOT / shared)
    (checkout / MIGRATIONS.relative_to(ROOT) / "versions" / f"{LATER}_moods.py").write_text(MIGRATION)
    return checkout


async def test_a_new_version_takes_over_while_articles_are_written_and_watched(later: Path, tmp_path: Path) -> None:
    with postgres.cluster().database() as name:  # whose tables no other test uses
        url = postgres.cluster().url(name)
        async with machines(tmp_path, url, servers=1, writers=1) as here:
            old = here.servers[0], here.writers[0]
            writing = [asyncio.create_task(here.keep_writing(f"{n} bees")) for n in range(AT_ONCE)]
            await _more_articles(here, AT_ONCE)
            writer = await _only_writer(url)
            code = {"module": "service", "checkout": str(later)}
            starting = asyncio.gather(here.serve(**code), here.write(**code))
            await _until(lambda: _asked(url, "SELECT version_num FROM alembic_version") == {LATER})
            known = {*here.articles}
            await _until(lambda: bool(_asked(url, f"SELECT id FROM articles WHERE writer = '{writer}'") - known))
            server, _ = await starting
            await _more_articles(here, MORE)
            await _until(lambda: len(_asked(url, WRITERS)) == 2)
            here.servers[:] = [server]  # where all viewers go on
            assert await asyncio.gather(*(each.terminate() for each in old)) == [0, 0]
            refused = (_demand_refused(command, url, tmp_path) for command in ("serve", "work"))
            await asyncio.gather(_more_articles(here, MORE), *refused)
            here.over = True
            await asyncio.gather(*writing)
            await here.demand_whole(here.articles)
            paid = Counter(call.kind for call in here.model.calls)["outline"]
            print(f"\n{len(here.articles)} articles whole, {paid} outlines paid")
            assert paid <= len(here.articles) + AT_ONCE  # at most those that were broken off by the end of a writer


async def _demand_refused(command: str, url: str, folder: Path) -> None:
    """Who starts the version before again is told why that is not possible."""
    settings = {"PRESSROOM_DATABASE_URL": url, "PRESSROOM_DATA_DIR": str(folder)}
    process = await pressroom(command, "--port", "0", env=inherited() | settings, stdout=PIPE, stderr=PIPE)
    async with asyncio.timeout(60):
        _, errors = await process.communicate()
    assert process.returncode == 2
    [line] = errors.decode().splitlines()
    assert "was last used by a later version of Pressroom" in line


def _asked(url: str, query: str) -> set[str]:
    with psycopg.connect(url, autocommit=True) as connection:
        return {row[0] for row in connection.execute(query.encode())}


async def _only_writer(url: str) -> str:
    """Its id, as soon as an article is its own."""
    async with asyncio.timeout(90):
        while not (writers := _asked(url, WRITERS)):
            await asyncio.sleep(0.05)
    [writer] = writers
    return writer


async def _more_articles(here: Machines, many: int) -> None:
    known = len(here.articles)
    await _until(lambda: len(here.articles) >= known + many)


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(90):
        while not true():
            await asyncio.sleep(0.05)
