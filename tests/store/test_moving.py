"""From a data folder into a PostgreSQL, and from there into a file, which is a data folder's."""

import os
import shutil
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from service.access.gate import Gate
from service.core.audit import Entry
from service.core.errors import DataFolderInUse, SettingsError
from service.core.events import Usage
from service.core.purse import Payer
from service.messages import say
from service.store import moving, postgres_upgrade
from service.store.articles import Articles
from service.store.audit import AuditLog
from service.store.conversations import Conversations
from service.store.database import Database
from service.store.keys import Keys
from service.store.listing import Listed, Wanted
from service.store.moving import MOVED, contents, copy, move
from service.store.postgres import Postgres
from service.store.postgres_dialect import engine
from service.store.shares import Shares
from service.store.sqlite import SQLite, locked
from service.store.upgrade import FILE, upgrade
from service.store.usage import Call, Ledger
from tests import editions, postgres
from tests.commands import exit_code
from tests.migrated import prepare
from tests.store.contract import AT, Store, claimed, finished, stage_run

pytestmark = pytest.mark.process


@pytest.fixture
def url() -> Generator[str]:
    """Of a database that nobody has used."""
    with postgres.url() as url:
        yield url


@asynccontextmanager
async def opened(database: Database) -> AsyncGenerator[tuple[Database, Store]]:
    store = Store(Articles(database, waiting_limit=100), Conversations(database), Shares(database))
    yield database, store
    database.close()


async def filled(folder: Path) -> Path:
    """The folder, with something in every table."""
    async with opened(SQLite(prepare(folder))) as (database, store):
        articles, now = store.articles, datetime.now(UTC)
        article = await finished(store)
        await articles.create("bees", topic="Null\0 äß北京", brief="{}", key="k", request="r")
        writing = (await claimed(store)).article
        await articles.save(writing.id, writing.epoch, stage_run("completed", output="{}", ended_at=AT, cost=0.1))
        await articles.keep_picture(writing.id, writing.epoch, bytes(range(256)) * 1_000, "image/png")
        await articles.tag(article.id, ["Rivers", "ﬂoods"])
        await articles.save_brief("default", "Weekly", "{}")
        await articles.keep_answers(article.id, {})
        await store.shares.create(article.id, "hash", now + timedelta(days=1))
        await store.conversations.ask("default", "talk", article.id, "Question")
        await articles.begin_renewal(article.id, "seo")
        key, text = await Gate(Keys(database), b"secret").create("bees", "Ada", "writer", None, articles_at_once=10**12)
        await Gate(Keys(database), b"secret").sign_in(text)
        ledger, payer = Ledger(database), Payer(workspace="bees", key=key.id, article=article.id)
        await ledger.reserve(payer, "number", 5, 0.25)
        await ledger.settle(payer, "another", Call(model="m", stage="chat", usage=Usage(3)))
        entry = Entry(**ENTRY, id="1", at=now)
        await AuditLog(database).add([entry, replace(entry, id="2", repeats="again")])
        await database.write(_keep_an_answer)
    return folder


ENTRY: dict[str, Any] = {
    "workspace": "bees", "actor": "Ada", "key": None, "action": "key_made", "target": None, "address": "", "count": 1,
    "details": {}, "repeats": None, "subject": "u-1",
}  # fmt: skip


def _keep_an_answer(connection: Connection) -> None:
    connection.exec_driver_sql("INSERT INTO kept_answers SELECT id, 'digest', 'text', 1 FROM articles LIMIT 1")


def held(url: str) -> moving.Contents:
    made = engine(url, connections=1)
    with made.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        found = contents(connection)
    made.dispose()
    return found


def inside(folder: Path) -> moving.Contents:
    with moving._opened(folder / FILE) as connection:
        return contents(connection)


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(SettingsError) as caught:
        work()
    return say(caught.value.sentence)


async def listed(store: Store, workspace: str = "default", **wanted: Any) -> list[Listed]:
    return (await store.articles.page(workspace, Wanted(**wanted), limit=9)).listed


async def test_everything_is_moved_and_goes_on(tmp_path: Path, url: str) -> None:
    folder = await filled(tmp_path)
    before = inside(folder)
    assert min(rows for rows, _ in before.values()) > 0  # every table has something
    assert move(folder, url) == {name: rows for name, (rows, _) in before.items()}
    assert held(url) == inside(folder) == before
    async with opened(Postgres(url)) as (_, moved), opened(SQLite(folder)) as (_, ours):
        for workspace, q in (("default", "hive"), ("bees", "äß 北京")):
            theirs, here = [await listed(store, workspace, q=q) for store in (moved, ours)]
            assert [each.article.id for each in theirs] == [each.article.id for each in here] != []
        await finished(moved)  # numbers go on behind those that were moved


@pytest.mark.parametrize("edition", editions.ALL, ids=str)
def test_an_earlier_edition_is_moved_whole(edition: editions.Edition, tmp_path: Path) -> None:
    folder = edition.copy(tmp_path)
    with postgres.cluster().database() as name:
        url = postgres.cluster().url(name)
        move(folder, url)
        assert held(url) == inside(folder)
        assert held(url)["articles"][0] == len(edition.articles)
        assert held(url)["pictures"][0] > 0


async def test_a_folder_is_moved_again_after_more_was_written_in_it(tmp_path: Path, url: str) -> None:
    folder = await filled(tmp_path)
    move(folder, url)
    move(folder, url)  # nothing has changed
    async with opened(SQLite(folder)) as (_, store):
        for each in await listed(store):
            await store.articles.delete(each.article.id)
        await finished(store)
    assert held(url) != inside(folder)
    move(folder, url)
    assert held(url) == inside(folder)


async def test_a_move_that_is_broken_off_changes_nothing_and_can_be_repeated(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = await filled(tmp_path)

    def broken_off(source: Connection, target: Connection) -> None:
        copy(source, target)
        pid = target.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        postgres.cluster().ask(f"SELECT pg_terminate_backend({pid}, 10000)")

    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(moving, "copy", broken_off)
            assert "was left as it was" in refused(lambda: move(folder, url))
        move(folder, url)
        assert held(url) == inside(folder)
        async with opened(SQLite(folder)) as (_, store):
            await finished(store)


async def test_what_was_changed_in_the_database_since_is_not_replaced(tmp_path: Path, url: str) -> None:
    folder = await filled(tmp_path)
    move(folder, url)
    async with opened(Postgres(url)) as (_, store):
        [each, *_] = await listed(store)
        await store.articles.tag(each.article.id, ["new"])
    before = held(url)
    assert "has changed since the move" in refused(lambda: move(folder, url))
    assert held(url) == before


async def test_nothing_is_moved_over_what_came_from_elsewhere(tmp_path: Path, url: str) -> None:
    (tmp_path / "ours").mkdir()
    (tmp_path / "theirs").mkdir()
    ours, theirs = await filled(tmp_path / "ours"), await filled(tmp_path / "theirs")
    move(theirs, url)
    before = held(url)
    assert "was left as it was" in refused(lambda: move(ours, url))
    assert held(url) == before


async def test_limits_that_were_set_in_the_database_are_not_replaced(tmp_path: Path, url: str) -> None:
    folder = await filled(tmp_path)
    postgres_upgrade.upgrade(url)
    async with opened(Postgres(url)) as (database, _):
        await Keys(database).limit_workspace("default", {"tokens_per_month": 5})
    assert "was left as it was" in refused(lambda: move(folder, url))


async def test_a_copy_that_differs_is_noticed(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = await filled(tmp_path)

    def careless(source: Connection, target: Connection) -> None:
        copy(source, target)
        target.exec_driver_sql("UPDATE stage_runs SET cost = cost + 0.0000001")

    monkeypatch.setattr(moving, "copy", careless)
    assert "table stage_runs differs" in refused(lambda: move(folder, url))
    assert held(url)["articles"] == (0, held(url)["articles"][1])


async def test_nothing_is_moved_while_a_server_runs_on_either_side(tmp_path: Path, url: str) -> None:
    folder = await filled(tmp_path)
    with locked(folder), pytest.raises(DataFolderInUse):
        move(folder, url)
    postgres_upgrade.upgrade(url)
    async with opened(Postgres(url, alone=True)):
        with pytest.raises(DataFolderInUse):
            move(folder, url)


async def test_the_command_says_what_was_moved_and_that_keys_need_the_secret(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PRESSROOM_DATA_DIR", str(tmp_path))
    assert exit_code("move", "--to", url) == 2
    assert "there is no data in" in capsys.readouterr().err
    await filled(tmp_path)
    assert exit_code("move") == 2
    assert "--to postgresql://" in capsys.readouterr().err
    assert exit_code("move", "--to", "mysql://ada:secret@localhost/press") == 2
    assert "secret" not in capsys.readouterr().err
    assert exit_code("move", "--to", url) == 0
    said = capsys.readouterr().out
    counts = "2 workspaces, 3 articles, 1 picture, 1 conversation, 1 saved brief, 1 link to read, 1 key"
    assert said.splitlines()[0] == f"Moved {counts}"
    assert f"PRESSROOM_SECRET_FILE={tmp_path / 'secret'}" in said
    (tmp_path / FILE).write_bytes(b"no database " * 1_000)
    assert exit_code("move", "--to", url) == 2
    assert capsys.readouterr().err.count("\n") == 1


# -- a copy


async def test_a_copy_of_the_database_is_a_data_folder_of_one_moment(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, file = await filled(tmp_path), tmp_path / "copy.db"
    move(folder, url)
    before = held(url)

    def meanwhile(source: Connection, target: Connection) -> None:
        source.exec_driver_sql("SELECT 1 FROM articles")
        postgres.cluster().ask("DELETE FROM articles", database=url.rpartition("/")[2])
        copy(source, target)

    file.write_text("an earlier one")
    monkeypatch.setattr(moving, "copy", meanwhile)
    monkeypatch.setenv("PRESSROOM_DATABASE_URL", url)
    assert exit_code("backup", str(file)) == 0
    assert held(url) != before
    assert file.stat().st_mode & 0o777 == 0o600
    (tmp_path / "again").mkdir()
    shutil.move(file, tmp_path / "again" / FILE)
    assert inside(tmp_path / "again") == before
    assert sorted(os.listdir(tmp_path)) == ["again", "lock", MOVED, FILE]
    upgrade(tmp_path / "again")
    async with opened(SQLite(tmp_path / "again")) as (_, store):
        assert await listed(store, q="hive") != []
        await finished(store)


def test_a_copy_that_can_not_be_made_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "copy.db"
    file.write_text("an earlier one")
    monkeypatch.setenv("PRESSROOM_DATABASE_URL", postgres.cluster().url("template1"))
    assert exit_code("backup", str(file)) == 2
    assert "is not of this version (revision none)" in capsys.readouterr().err
    monkeypatch.setenv("PRESSROOM_DATABASE_URL", postgres.cluster().url("nowhere"))
    assert exit_code("backup", str(file)) == 2
    assert "there is no database" in capsys.readouterr().err
    assert file.read_text() == "an earlier one"
    assert [path.name for path in tmp_path.iterdir()] == ["copy.db"]
