"""What the database's file can do to its users: be locked, be full, be read by others."""

import asyncio
import os
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from service.core.article import Edit
from service.core.errors import StoreBusy, StoreError, StoreFull, StoreReadOnly
from service.store.articles import Articles
from service.store.conversations import ChatMessage
from service.store.sqlite import locked
from service.store.upgrade import upgrade
from tests.store.contract import AT, finished, outcome, paused, sqlite
from tests.store.test_database import opened


@contextmanager
def locked_by_another(folder: Path) -> Generator[sqlite3.Connection]:
    with closing(sqlite3.connect(folder / "pressroom.db", isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


def count(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT count(*) FROM articles").scalar_one())


async def test_one_read_sees_one_state(tmp_path: Path) -> None:
    database, store = await opened(tmp_path)
    loop = asyncio.get_running_loop()

    def twice(connection: Connection) -> tuple[int, int]:
        first = count(connection)
        asyncio.run_coroutine_threadsafe(store.create("default", topic="Bees", brief="{}"), loop).result(60)
        return first, count(connection)

    assert await database.read(twice) == (0, 0)
    assert await database.read(count) == 1
    database.close()


async def test_a_writer_that_reads_first_is_never_refused_for_what_changed_meanwhile(tmp_path: Path) -> None:
    database, store = await opened(tmp_path)
    await store.create("default", topic="Bees", brief="{}")

    def other_writes() -> None:
        with closing(sqlite3.connect(tmp_path / "pressroom.db", timeout=0)) as other, other:
            other.execute("UPDATE articles SET topic = 'Wasps'")

    def reads_then_writes(connection: Connection) -> None:
        count(connection)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other_writes()
        connection.exec_driver_sql("UPDATE articles SET topic = 'Ants'")

    await database.write(reads_then_writes)
    assert await database.read(lambda c: c.exec_driver_sql("SELECT topic FROM articles").scalar()) == "Ants"
    database.close()


async def test_a_write_waits_until_another_process_lets_go(tmp_path: Path) -> None:
    database, store = await opened(tmp_path)
    with locked_by_another(tmp_path) as other:
        writing = [asyncio.create_task(store.create("default", topic="Bees", brief="{}")) for _ in range(3)]
        done, _ = await asyncio.wait(writing, timeout=0.5)
        assert not done
        other.execute("COMMIT")
        assert len({article.id for article in await asyncio.gather(*writing)}) == 3
    database.close()


async def test_writes_that_wait_too_long_are_told_to_come_back_all_at_the_same_time(tmp_path: Path) -> None:
    database, store = await opened(tmp_path)
    database.patience = 0.4
    with locked_by_another(tmp_path):
        began = time.monotonic()
        made = await asyncio.gather(
            *(store.create("default", topic="B", brief="{}") for _ in range(6)), return_exceptions=True
        )
        took = time.monotonic() - began
        assert all(isinstance(one, StoreBusy) and one.retry_after for one in made), made
        assert took < 2  # not one after the other
        assert await database.read(count) == 0  # readers do not wait
    await store.create("default", topic="Bees", brief="{}")
    database.close()


async def test_a_full_disk_has_its_own_error_and_is_told_until_writing_works_again(tmp_path: Path) -> None:
    database, store = await opened(tmp_path)
    assert await store.answers()
    pages = await database.write(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar_one())
    await database.write(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count={pages}").scalar_one())
    with pytest.raises(StoreFull) as refused:
        for _ in range(50):
            await store.create("default", topic="Bees" * 100, brief="{}" + 5_000 * " ")
            await store.claim(1)
    assert refused.value.retry_after
    assert not await database.writable()
    assert await store.answers() is False
    await database.write(lambda c: c.exec_driver_sql("PRAGMA max_page_count=1000000").scalar_one())
    assert await database.writable()
    assert await store.answers()
    database.close()


async def test_a_database_that_can_only_be_read_has_its_own_error_until_it_can_be_written_again(tmp_path: Path) -> None:
    database, store = await opened(tmp_path)
    await database.write(lambda c: c.exec_driver_sql("PRAGMA query_only=1"))
    with pytest.raises(StoreReadOnly) as refused:
        await store.create("default", topic="Bees", brief="{}")
    assert refused.value.retry_after
    assert await store.answers() is False
    assert await database.read(count) == 0
    database._writer.dispose()  # another connection can
    await store.create("default", topic="Bees", brief="{}")
    assert await store.answers()
    database.close()


async def test_a_broken_file_is_an_error_of_the_store_whose_log_tells_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database, _ = await opened(tmp_path)
    topics = "Bees", "wasps"
    with pytest.raises(StoreError):
        await database.read(lambda c: c.exec_driver_sql("SELECT * FROM nowhere WHERE topic IN (?, ?)", topics))
    database.close()
    (line,) = caplog.messages
    assert line.startswith("the database failed: no such table: nowhere at SELECT")
    assert "\n" not in caplog.text.strip()
    assert "'wasps'" not in caplog.text


async def test_nobody_else_can_read_what_is_stored(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    with locked(folder):
        upgrade(folder)
        database, store = await opened(folder)
        await store.create("default", topic="Bees", brief="{}")
        modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
        database.close()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert modes.keys() >= {"lock", "pressroom.db", "pressroom.db-wal", "pressroom.db-shm"}
    assert set(modes.values()) == {0o600}


CHANGE = Edit(base=1, title=None, content="## Hive\n\nWood.")
ANSWER = ChatMessage(
    number=2, role="assistant", content="Yes.", created_at=AT, proposal_id="proposal", proposal="{}"
)  # fmt: skip


async def test_every_accepted_change_is_on_the_disk_before_anybody_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    syncs: list[int] = []
    monkeypatch.setattr("service.store.sqlite.os.fdatasync", syncs.append)
    async with sqlite(tmp_path) as another:
        store = await another()
        library, said = store.articles, store.conversations
        failed, review, article = await finished(store, "failed", None), await paused(store), await finished(store)
        accepted: list[Callable[[], Awaitable[object]]] = [
            lambda: library.retry(failed.id),
            lambda: library.approve(review.id, brief="{}", outline="{}"),
            lambda: library.edit(article.id, CHANGE),
            lambda: said.ask("default", "talk", article.id, "May it be wood?"),
            lambda: said.answer("talk", 1, ANSWER),
            lambda: said.apply("talk", "proposal", article.id, replace(CHANGE, base=2)),
            lambda: library.rewrite(article.id, base=3, rewrite="{}"),
            lambda: said.delete("talk"),
            lambda: library.delete(article.id),
            lambda: library.claim(1),
        ]
        for accept in accepted:
            before = len(syncs)
            await accept()
            assert len(syncs) == before + 1
        [claim, *_] = await library.claim(1)
        before = len(syncs)
        await library.finish(claim.article.id, claim.article.epoch, outcome(claim.article))
        assert len(syncs) == before  # a run can be repeated, in another epoch


async def test_accepted_articles_are_on_the_disk_before_anybody_is_told_and_share_its_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    syncs: list[int] = []
    sync = os.fdatasync

    def counted(file: int) -> None:
        sync(file)
        syncs.append(file)
        slow.wait(0.2)

    slow = threading.Event()
    monkeypatch.setattr("service.store.sqlite.os.fdatasync", counted)
    database, store = await opened(tmp_path)
    store = Articles(database, waiting_limit=100)
    await store.create("default", topic="Bees", brief="{}")
    assert len(syncs) == 1
    await asyncio.gather(*(store.create("default", topic="Bees", brief="{}") for _ in range(50)))
    assert 2 <= len(syncs) < 10
    database.close()
