"""`pressroom` with PRESSROOM_DATABASE_URL: why it does not start, and what it answers while the database is away."""

import asyncio
import signal
import socket
from asyncio.subprocess import PIPE
from collections.abc import Callable, Generator
from contextlib import nullcontext
from pathlib import Path

import pytest

from service.store import postgres_upgrade
from tests import postgres
from tests.closed import AUTH
from tests.commands import exit_code
from tests.environment import inherited
from tests.postgres import ENCODED, PASSWORD, USER, Cluster
from tests.server import free_port, serving
from tests.warm import pressroom

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


USED = newer, foreign, of_somebody_else, with_other_texts  # which want a database of their own
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
    "data of a later version": (newer, "a later version of Pressroom (revision 9999)"),
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
