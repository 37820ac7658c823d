"""`pressroom` with PRESSROOM_DATABASE_URL: why it does not start, and what it answers while the database is away."""

import asyncio
import signal
import socket
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import ExitStack, nullcontext
from functools import partial
from pathlib import Path

import psycopg
import pytest

from service.store import postgres_upgrade
from service.store.database import READERS
from service.store.postgres import BESIDE
from tests import postgres
from tests.closed import AUTH
from tests.commands import exit_code
from tests.environment import inherited
from tests.migrated import prepare
from tests.postgres import ENCODED, PASSWORD, USER, Cluster
from tests.server import free_port, serving
from tests.warm import pressroom

LEAST = 1 + READERS + BESIDE  # connections of a server

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def cluster() -> Generator[Cluster]:
    with postgres.own() as cluster:
        yield cluster


def newer(database: str) -> str:
    postgres_upgrade.upgrade(url := postgres.cluster().url(database))
    postgres.cluster().ask("UPDATE alembic_version SET version_num = '9999'", database=database)
    return url


def foreign(database: str) -> str:
    postgres.cluster().ask("CREATE TABLE articles (id int)", database=database)
    return postgres.cluster().url(database)


def of_somebody_else(database: str) -> str:
    postgres.cluster().ask(f"ALTER DATABASE {database} OWNER TO postgres")
    return postgres.cluster().url(database)


def with_other_texts(database: str) -> str:
    postgres.cluster().ask(
        f"DROP DATABASE {database}",
        f"CREATE DATABASE {database} TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' "
        f'LOCALE_PROVIDER libc OWNER "{USER}"',
    )
    return postgres.cluster().url(database)


def only_read(database: str) -> str:
    postgres.cluster().ask(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    return postgres.cluster().url(database)


USED = newer, foreign, of_somebody_else, with_other_texts, only_read  # which want a database of their own
WRONG: dict[str, tuple[Callable[[str], str], str]] = {
    "no URL": (lambda _: f"{PASSWORD}@nowhere", "is not the URL of a PostgreSQL database"),
    "another database": (lambda _: f"mysql://ada:{PASSWORD}@localhost/press", "is not the URL"),
    "a password that is not encoded": (lambda _: f"postgresql://ada:{PASSWORD}@localhost/press", "is not the URL"),
    "a port that is none": (lambda _: f"postgresql://ada:{PASSWORD}@localhost:many/press", "is not the URL"),
    "no database": (lambda _: "postgresql://ada@localhost", "is not the URL"),
    "an option that is none": (lambda name: postgres.cluster().url(name) + "?color=red", "is not the URL"),
    "nobody listens": (lambda _: f"postgresql://{ENCODED}@127.0.0.1:{free_port()}/press", "start it, or correct"),
    "a wrong password": (lambda name: postgres.cluster().url(name, "press%20room:wrong"), "correct user and password"),
    "no password": (lambda name: postgres.cluster().url(name, "press%20room"), "correct user and password"),
    "an unknown user": (lambda name: postgres.cluster().url(name, "nobody:wrong"), "correct user and password"),
    "a missing database": (lambda name: postgres.cluster().url(name), "make it with `createdb nowhere`"),
    "no right to make tables": (of_somebody_else, "ALTER DATABASE"),
    "tables of another program": (foreign, "name a database of its own"),
    "data of a later version": (newer, "(revision 9999); start that version, or name another database"),
    "only to be read": (only_read, "can only be read; name the server that is written to"),
    "an option with a wrong value": (
        lambda name: postgres.cluster().url(name) + "?sslmode=nonsense",
        'invalid sslmode value: "nonsense"); correct what follows the question mark',
    ),
    "TLS that it does not have": (
        lambda name: postgres.cluster().url(name) + "?sslmode=require",
        "SSL was required); correct sslmode and the certificates it needs, or set up TLS at the server",
    ),
    "texts in no encoding": (with_other_texts, "--encoding UTF8"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_with_the_database_is_said_in_one_line(
    wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make, expected = WRONG[wrong]
    with postgres.cluster().database() if make in USED else nullcontext("nowhere") as name:
        monkeypatch.setenv("PRESSROOM_DATABASE_URL", make(name))
        monkeypatch.setenv("PRESSROOM_DATA_DIR", str(tmp_path))
        assert exit_code("serve", "--port", "0") == 2
    said = capsys.readouterr().err
    assert said.startswith("pressroom: PRESSROOM_DATABASE_URL: ")
    assert said.count("\n") == 1
    assert expected in said
    assert PASSWORD not in said
    assert "wrong" not in said
    assert not list(tmp_path.iterdir())


def made_only_read(cluster: Cluster, name: str) -> None:
    cluster.ask(f"ALTER DATABASE {name} SET default_transaction_read_only = on")


def without_a_table(cluster: Cluster, name: str) -> None:
    cluster.ask("ALTER TABLE articles OWNER TO postgres", database=name)


def with_few_connections(cluster: Cluster, name: str, *, most: int) -> None:
    cluster.ask(f"ALTER DATABASE {name} CONNECTION LIMIT {most}")


FEW = "raise max_connections or the limit of the role or database, or run fewer processes"
GRANT = f'(articles); make it the owner of them, or GRANT ALL ON ALL TABLES IN SCHEMA public TO "{USER}"'
UNUSABLE: dict[str, tuple[Callable[[Cluster, str], None], str]] = {
    "only to be read": (made_only_read, "can only be read; name the server that is written to"),
    "a table of somebody else": (without_a_table, GRANT),
    **{f"{most} connections": (partial(with_few_connections, most=most), FEW) for most in (0, 1, 2, 5, LEAST - 1)},
}


@pytest.mark.parametrize("wrong", UNUSABLE)
def test_a_database_that_a_server_could_not_use_is_refused_at_once(
    wrong: str, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil, expected = UNUSABLE[wrong]
    with cluster.database() as name:
        postgres_upgrade.upgrade(cluster.url(name))
        spoil(cluster, name)
        monkeypatch.setenv("PRESSROOM_DATABASE_URL", cluster.url(name))
        for words in (["serve", "--port", "0"], ["serve", "--no-writing", "--port", "0"], ["work"]):
            assert exit_code(*words) == 2
            said = capsys.readouterr().err
            assert said.startswith("pressroom: PRESSROOM_DATABASE_URL: ")
            assert said.count("\n") == 1
            assert expected in said


def test_a_server_whose_connections_are_in_use_is_named(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with cluster.database() as name, ExitStack() as stack:
        postgres_upgrade.upgrade(url := cluster.url(name))
        with pytest.raises(psycopg.OperationalError):
            while True:
                stack.enter_context(psycopg.connect(url))
        monkeypatch.setenv("PRESSROOM_DATABASE_URL", url)
        for words in (["serve", "--port", "0"], ["keys", "list"], ["backup", "copy.db"]):
            assert exit_code(*words) == 2
            said = capsys.readouterr().err
            assert said.count("\n") == 1
            assert FEW in said


def test_a_copy_of_a_later_version_is_left_to_that_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with postgres.cluster().database() as name:
        monkeypatch.setenv("PRESSROOM_DATABASE_URL", newer(name))
        assert exit_code("backup", str(tmp_path / "copy.db")) == 2
    assert "(revision 9999); make the copy with that version, or with `pg_dump`" in capsys.readouterr().err


def test_move_names_what_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PRESSROOM_DATA_DIR", str(prepare(tmp_path)))
    for url, expected in (
        ("sqlite:///x", "--to: is not the URL of a PostgreSQL database"),
        (f"postgresql://{ENCODED}@127.0.0.1:{free_port()}/press", "--to: no PostgreSQL can be reached"),
    ):
        assert exit_code("move", "--to", url) == 2
        said = capsys.readouterr().err
        assert said.startswith(f"pressroom: {expected}")
        assert "PRESSROOM_DATABASE_URL" not in said
        monkeypatch.setenv("PRESSROOM_DATABASE_URL", url)
        assert exit_code("move") == 2
        assert capsys.readouterr().err.startswith("pressroom: PRESSROOM_DATABASE_URL: ")
        monkeypatch.delenv("PRESSROOM_DATABASE_URL")


def test_an_unknown_host_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setenv("PRESSROOM_DATABASE_URL", f"postgresql://{ENCODED}@databse.example/press")
    assert exit_code("serve", "--port", "0") == 2
    said = capsys.readouterr().err
    assert "databse.example:5432/press" in said
    assert "Name or service not known" in said
    assert PASSWORD not in said


def test_a_server_older_than_tested_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with postgres.url() as url:
        monkeypatch.setattr(postgres_upgrade, "OLDEST", 990000)
        monkeypatch.setenv("PRESSROOM_DATABASE_URL", url)
        assert exit_code("serve", "--port", "0") == 2
    assert "needs 15 or newer" in capsys.readouterr().err


def test_with_keys_all_servers_of_a_database_are_told_the_same_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with postgres.url() as url:
        monkeypatch.setenv("PRESSROOM_DATABASE_URL", url)
        monkeypatch.setenv("PRESSROOM_AUTH", "on")
        for words in (["serve", "--port", "0"], ["keys", "list"]):
            assert exit_code(*words) == 2
            assert capsys.readouterr().err.startswith("pressroom: PRESSROOM_SECRET: is needed")


async def test_articles_are_written_while_the_database_goes_and_comes(cluster: Cluster, tmp_path: Path) -> None:
    with cluster.database() as name:  # whose tables are made at the start
        words = {"PRESSROOM_DATABASE_URL": cluster.url(name), "PRESSROOM_DEMO_TOKENS_PER_SECOND": "400"}
        async with serving(tmp_path, **words) as server:
            first = await server.start_job("Bees")
            await server.watch(first, until=lambda viewer: viewer.tokens())
            cluster.stop(signal.SIGQUIT)
            try:
                answer = await server.client.get(f"/articles/{first}")
                assert (answer.status_code, answer.json()["code"]) == (503, "store_away")
                assert int(answer.headers["retry-after"]) > 0
                assert answer.headers["content-type"] == "application/problem+json"
                refused = await server.client.post("/start-job", json={"topic": "Wasps"})
                assert refused.status_code == 503
                assert (await server.client.get("/readyz")).json()["status"] == "no_database"
                assert (await server.client.get("/healthz")).status_code == 200
            finally:
                cluster.start()
            async with asyncio.timeout(60):
                while (await server.client.get("/readyz")).status_code != 200:
                    await asyncio.sleep(0.05)
            second = await server.start_job("Ants")
            for article in (first, second):
                viewer = await server.watch(article)
                assert viewer.end is not None
                result = await server.get(f"/articles/{article}/result")
                assert result["status"] == "completed"
            health = (await server.client.get("/health")).text
            await server.terminate()
        log = (tmp_path / "log.txt").read_text()
    for told in (health, log):
        assert PASSWORD not in told
        assert ENCODED.rpartition(":")[2] not in told


async def cut(cluster: Cluster, name: str) -> None:
    """End all connections, so that what was set holds for those that are made anew."""
    cluster.ask(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")


async def test_a_database_that_can_only_be_read_meanwhile_is_away_for_who_writes(
    cluster: Cluster, tmp_path: Path
) -> None:
    with cluster.database() as name:
        async with serving(tmp_path, PRESSROOM_DATABASE_URL=cluster.url(name)) as server:
            first = await server.start_job("Bees")
            assert (await server.watch(first)).end is not None
            made_only_read(cluster, name)
            await cut(cluster, name)
            for _ in range(3):
                answer = await server.client.post("/start-job", json={"topic": "Wasps"})
                assert (answer.status_code, answer.json()["code"]) == (503, "store_read_only")
                assert int(answer.headers["retry-after"]) > 0
            assert (await server.client.get(f"/articles/{first}")).status_code == 200
            assert (await server.client.get("/readyz")).json()["status"] == "no_database"
            cluster.ask(f"ALTER DATABASE {name} SET default_transaction_read_only = off")
            await cut(cluster, name)
            second = await server.start_job("Ants")
            assert (await server.watch(second)).end is not None
            await server.terminate()
    log = (tmp_path / "log.txt").read_text()
    assert log.count("nothing can be stored: the database can only be read now") == 1
    assert "what is new can be stored again" in log
    assert "Traceback" not in log


async def test_what_fails_again_and_again_for_want_of_connections_fills_no_log(
    cluster: Cluster, tmp_path: Path
) -> None:
    with cluster.database() as name:
        async with serving(tmp_path, PRESSROOM_DATABASE_URL=cluster.url(name), PRESSROOM_LOG_LEVEL="warning") as server:
            with_few_connections(cluster, name, most=2)
            await cut(cluster, name)
            for _ in range(10):
                await asyncio.gather(*(server.client.get("/articles/") for _ in range(8)))
                await asyncio.sleep(0.1)
            with_few_connections(cluster, name, most=-1)
            async with asyncio.timeout(60):
                while (await server.client.get("/readyz")).status_code != 200:
                    await asyncio.sleep(0.1)
            assert (await server.watch(await server.start_job("Ants"))).end is not None
            await server.terminate()
    lines = [line.partition(" ")[2] for line in (tmp_path / "log.txt").read_text().splitlines()]
    failures = Counter(line for line in lines if "too many connections" in line)
    assert failures
    assert max(failures.values()) == 1
    assert len(lines) < 20


async def test_keys_are_made_beside_servers(tmp_path: Path) -> None:
    with postgres.url() as url:
        words = {"PRESSROOM_DATABASE_URL": url, "PRESSROOM_DATA_DIR": str(tmp_path)} | AUTH

        async def run(*arguments: str) -> tuple[int, str, str]:
            process = await pressroom(*arguments, env=inherited() | words, stdout=PIPE, stderr=PIPE)
            async with asyncio.timeout(60):
                output, errors = await process.communicate()
            return process.returncode or 0, output.decode(), errors.decode()

        async with serving(tmp_path, **words) as server:
            code, key, _ = await run("keys", "create", "Ada")
            assert code == 0
            listed = await server.client.get("/articles/", headers={"Authorization": f"Bearer {key.strip()}"})
            assert listed.status_code == 200
            await server.kill()
        async with serving(tmp_path, **words):  # at once
            pass
