"""What a PostgreSQL can do to those who store in it: be away, be full, be held, refuse."""

import asyncio
import signal
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from service.core.errors import (
    DataFolderInUse,
    NotFound,
    PressroomError,
    SettingsError,
    StoreAway,
    StoreBusy,
    StoreError,
    StoreFull,
)
from service.messages import say
from service.store import postgres as module
from service.store import postgres_dialect
from service.store.articles import Articles
from service.store.postgres import Postgres
from service.store.postgres_dialect import WRITING
from service.store.postgres_upgrade import upgrade
from service.store.tables import metadata
from tests import postgres
from tests.postgres import Cluster
from tests.store.test_upgrade import migrations

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def cluster() -> Generator[Cluster]:
    with postgres.own() as cluster:
        yield cluster


@pytest.fixture
def url(cluster: Cluster) -> Generator[str]:
    with cluster.with_tables() as url:
        yield url


@asynccontextmanager
async def opened(url: str, *, serves: bool = False, alone: bool = False) -> AsyncGenerator[tuple[Postgres, Articles]]:
    database = Postgres(url, serves=serves, alone=alone)
    try:
        yield database, Articles(database, waiting_limit=1_000)
    finally:
        database.close()


def pid(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())


def count(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT count(*) FROM articles").scalar_one())


async def create(store: Articles, topic: str = "Bees") -> str:
    return (await store.create("default", topic=topic, brief="{}")).id


# -- being away


async def test_the_store_comes_back_with_the_database(cluster: Cluster, url: str) -> None:
    async with opened(url) as (_, store):
        article = await create(store)
        await asyncio.gather(*(store.get(article) for _ in range(8)))  # as many connections as there may be
        cluster.stop(signal.SIGQUIT)
        try:
            for asked in (store.get(article), store.claim(1), create(store)):
                with pytest.raises(StoreAway) as caught:
                    await asked
                assert caught.value.retry_after
            assert not await store.answers()
        finally:
            cluster.start()
        assert await store.answers()
        assert (await store.get(article)).topic == "Bees"


async def test_an_epoch_that_has_begun_does_not_begin_again_after_the_database_has_crashed(
    cluster: Cluster, url: str
) -> None:
    async with opened(url) as (_, store):
        article = await create(store)
        [claim] = await store.claim(1)
        cluster.stop(signal.SIGQUIT)
        cluster.start()
        assert (await store.get(article)).epoch == claim.article.epoch


async def test_nobody_notices_that_the_database_was_restarted_meanwhile(cluster: Cluster, url: str) -> None:
    async with opened(url) as (_, store):
        article = await create(store)
        await asyncio.gather(*(store.get(article) for _ in range(8)))
        cluster.stop()
        cluster.start()
        await asyncio.gather(*(store.get(article) for _ in range(8)), create(store))


async def test_what_was_being_written_when_the_connection_ended_is_not_stored(cluster: Cluster, url: str) -> None:
    async with opened(url) as (database, store):

        def cut(connection: Connection) -> None:
            connection.exec_driver_sql("INSERT INTO workspaces (id, created_at) VALUES ('half', now())")
            cluster.ask(f"SELECT pg_terminate_backend({pid(connection)}, 10000)")
            connection.exec_driver_sql("INSERT INTO workspaces (id, created_at) VALUES ('done', now())")

        with pytest.raises(StoreAway):
            await database.write(cut)
        found = await database.read(lambda c: c.exec_driver_sql("SELECT id FROM workspaces").scalars().all())
        assert found == ["default"]
        await create(store)


async def test_a_server_without_connections_left_is_away_for_now(cluster: Cluster, url: str) -> None:
    name = url.rpartition("/")[2]
    async with opened(url) as (_, store):
        cluster.ask(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
        with pytest.raises(StoreAway):
            await create(store)
        cluster.ask(f"ALTER DATABASE {name} CONNECTION LIMIT -1")
        await create(store)


# -- being held


@contextmanager
def held(cluster: Cluster, url: str) -> Generator[psycopg.Connection]:
    """Another process writes."""
    with psycopg.connect(cluster.superuser(url.rpartition("/")[2])) as other:
        other.execute(f"SELECT pg_advisory_xact_lock({WRITING})")
        yield other


async def test_a_write_waits_until_another_process_has_written(cluster: Cluster, url: str) -> None:
    async with opened(url) as (_, store):
        with held(cluster, url) as other:
            writing = [asyncio.create_task(create(store)) for _ in range(3)]
            done, _ = await asyncio.wait(writing, timeout=0.3)
            assert not done
            other.execute("INSERT INTO workspaces (id, created_at) VALUES ('bees', now())")
            other.commit()
        assert len(set(await asyncio.gather(*writing))) == 3


async def test_writes_that_wait_too_long_are_told_to_come_back_and_readers_do_not_wait(
    cluster: Cluster, url: str
) -> None:
    async with opened(url) as (database, store):
        database.patience = 0.3
        with held(cluster, url):
            tries = (create(store) for _ in range(4))
            made = await asyncio.gather(*tries, return_exceptions=True)
            assert all(isinstance(one, StoreBusy) and one.retry_after for one in made), made
            assert await database.read(count) == 0
        await create(store)


async def test_a_process_that_stops_while_it_writes_holds_nobody_up_for_long(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(url) as (stopping, _), opened(url) as (_, store):
        monkeypatch.setattr(module, "STALLED", 200)
        begun, goes_on = threading.Event(), threading.Event()

        def stops(connection: Connection) -> int:
            begun.set()
            goes_on.wait(60)
            return count(connection)

        writing = asyncio.create_task(stopping.write(stops))
        assert await asyncio.to_thread(begun.wait, 60)
        await create(store)
        goes_on.set()
        with pytest.raises(StoreAway):
            await writing


async def test_the_server_is_told_to_notice_when_a_connection_is_cut(url: str) -> None:
    asked = "SELECT current_setting('tcp_user_timeout'), current_setting('tcp_keepalives_idle')"
    async with await postgres_dialect.connected(url) as beside, opened(url) as (database, _):
        found = await (await beside.execute(asked)).fetchone()
        assert found == ("25000", "10")
        assert await database.read(lambda connection: tuple(connection.exec_driver_sql(asked).one())) == found


async def test_one_read_sees_one_state_and_writes_nothing(cluster: Cluster, url: str) -> None:
    async with opened(url) as (database, store):
        loop = asyncio.get_running_loop()

        def twice(connection: Connection) -> tuple[int, int]:
            first = count(connection)
            asyncio.run_coroutine_threadsafe(create(store), loop).result(60)
            return first, count(connection)

        assert await database.read(twice) == (0, 0)
        assert await database.read(count) == 1
        with pytest.raises(StoreError):
            await database.read(lambda c: c.exec_driver_sql("DELETE FROM articles"))


async def test_what_is_promised_is_on_the_disk_and_what_can_be_repeated_need_not_be(cluster: Cluster, url: str) -> None:
    def durable(connection: Connection) -> str:
        return str(connection.exec_driver_sql("SHOW synchronous_commit").scalar_one())

    async with opened(url) as (database, _):
        assert (await database.keep(durable), await database.write(durable)) == ("on", "off")


# -- being full


async def test_a_full_disk_has_its_own_error_and_is_told_until_writing_works_again(
    cluster: Cluster, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ATTEMPT", 2_000)
    async with opened(url) as (database, store):
        writer = await database.write(pid)
        # Its files may not grow: beyond what one of the write-ahead log has, and half a page more.
        cluster.limit_files(writer, str(1024 * 1024 + 4096))
        with pytest.raises(StoreFull):
            for n in range(200):
                await create(store, "".join(chr(0x4E00 + (n * 7919 + i * i) % 20_000) for i in range(10_000)))
        assert not await store.answers()
        cluster.limit_files(writer, "unlimited")
        assert await database.writable()
        assert await store.answers()


# -- having it alone


async def test_many_serve_and_who_needs_it_alone_waits_for_none_of_them(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_dialect, "HANDOVER", 300)
    async with opened(url, serves=True) as (_, store), opened(url, serves=True) as (_, beside):
        await asyncio.gather(create(store), create(beside))
        with pytest.raises(DataFolderInUse) as refused:
            Postgres(url, alone=True)
        assert say(refused.value.sentence).endswith(f"{url.rpartition('@')[2]}; stop it first")
    async with opened(url, alone=True) as (_, store):
        with pytest.raises(DataFolderInUse):
            Postgres(url, serves=True)
        await create(store)
    Postgres(url, serves=True).close()


# -- its tables


def test_servers_that_start_at_once_make_the_tables_once(cluster: Cluster) -> None:
    with cluster.database() as name:
        failed: list[BaseException] = []

        def start() -> None:
            try:
                upgrade(cluster.url(name))
            except PressroomError as error:
                failed.append(error)

        servers = [threading.Thread(target=start) for _ in range(4)]
        for server in servers:
            server.start()
        for server in servers:
            server.join()
        assert not failed


LATER = 'op.add_column("articles", sa.Column("mood", sa.Text))'
BROKEN = f"""{LATER}
    op.execute("UPDATE nowhere SET mood = 'bad'")"""


def with_moods(connection: Connection) -> list[Any]:
    asked = "SELECT column_name FROM information_schema.columns WHERE table_name = 'articles' AND column_name = 'mood'"
    return [*connection.exec_driver_sql(asked).scalars()]


async def test_a_database_of_an_earlier_version_is_upgraded_whole_or_not_at_all(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_dialect, "HANDOVER", 200)
    with cluster.database() as name:
        upgrade(url := cluster.url(name))
        async with opened(url) as (database, _):
            with pytest.raises(SettingsError) as refused:
                upgrade(url, migrations(tmp_path / "broken", BROKEN))
            assert "was left as it was" in say(refused.value.sentence)
            assert await database.read(with_moods) == []
            later = migrations(tmp_path / "later", LATER)
            async with opened(url, serves=True) as (_, before):  # a server of the earlier version
                upgrade(url, later)
                assert await before.get(await create(before))
            assert await database.read(with_moods) == ["mood"]
            upgrade(url, later)
        with pytest.raises(SettingsError, match="database_newer"):
            upgrade(url)


OF_TWO_TABLES = f"""{LATER}
    op.add_column("stage_runs", sa.Column("mood", sa.Text))"""


async def test_an_upgrade_that_has_to_wait_holds_nobody_up(cluster: Cluster, tmp_path: Path) -> None:
    with cluster.database() as name:
        upgrade(url := cluster.url(name))
        later = migrations(tmp_path / "later", OF_TWO_TABLES)
        async with opened(url) as (database, store):
            article = await create(store)
            with psycopg.connect(url) as reading:  # such as a backup, which takes long
                reading.execute("SELECT FROM stage_runs")
                upgrading = asyncio.create_task(asyncio.to_thread(upgrade, url, later))
                async with asyncio.timeout(30):
                    for _ in range(20):  # for longer than one attempt
                        await store.get(article)
                        await create(store)
                        await asyncio.sleep(0.1)
                assert not upgrading.done()
                reading.execute("SELECT FROM articles")  # which the upgrade has, as soon as it waits for the other
            await upgrading
            assert await database.read(with_moods) == ["mood"]


async def test_its_tables_are_those_that_the_queries_use(url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        ours = "search_text", "events", "counted"
        options = {"compare_type": False, "include_name": lambda name, kind, _: name not in ours}
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)

    async with opened(url) as (database, _):
        assert await database.read(differences) == []


TRIGGERS = """
SELECT pg_get_triggerdef(pg_trigger.oid), prosrc FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
WHERE NOT tgisinternal
"""
EVENTS = """
SELECT relpersistence, attname, atttypid, attstorage, attnotnull, attcollation, pg_get_constraintdef(pg_constraint.oid)
FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid JOIN pg_constraint ON conrelid = pg_class.oid
WHERE pg_class.oid = 'events'::regclass AND attnum > 0 ORDER BY attnum, 7
"""


def test_an_upgrade_makes_what_only_this_database_has_as_a_new_one_has_it(cluster: Cluster) -> None:
    with cluster.database() as name:
        upgrade(url := cluster.url(name))
        with psycopg.connect(url, autocommit=True) as connection:
            new = [connection.execute(each).fetchall() for each in (EVENTS, TRIGGERS)]
            connection.execute("DROP TABLE events, counted, renewals")
            connection.execute("DROP FUNCTION conversation_changed, renewal_changed CASCADE")
            for column in ("epoch", "writer", "stopping", "failure"):
                connection.execute(f"ALTER TABLE conversations DROP COLUMN {column}".encode())
            connection.execute("ALTER TABLE reservations DROP COLUMN process")
            connection.execute("UPDATE alembic_version SET version_num = '0015'")
        upgrade(url)
        with psycopg.connect(url) as connection:
            assert [connection.execute(each).fetchall() for each in (EVENTS, TRIGGERS)] == new
        assert new[0][0][0] == "u"
        assert len(new[1]) == 2


async def test_the_log_tells_nothing_of_what_was_to_be_stored(url: str, caplog: pytest.LogCaptureFixture) -> None:
    async with opened(url) as (database, _):
        again = "INSERT INTO workspaces (id, created_at) VALUES (%s, now())", ("secret bees",)
        await database.write(lambda c: c.exec_driver_sql(*again))
        with pytest.raises(StoreError):
            await database.write(lambda c: c.exec_driver_sql(*again))
    assert "duplicate key" in caplog.text
    assert "secret bees" not in caplog.text


async def test_texts_of_any_length_and_numbers_of_any_size_are_kept_as_in_sqlite(url: str) -> None:
    async with opened(url) as (_, store):
        article = await store.create("w" * 300, topic="Null\0 and ünïcode", brief="{}")
        stored = await store.get(article.id)
        assert (stored.workspace, stored.topic) == ("w" * 300, "Null\ufffd and ünïcode")
        with pytest.raises(NotFound):
            await store.version(article.id, 2**40)
