"""`pressroom` on a disk that is full, or can only be read: at its start, and while it runs."""

import asyncio
import os
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from service.store.postgres_upgrade import upgrade
from service.store.sqlite import SQLite
from tests.closed import AUTH
from tests.disks import Disk, disk
from tests.environment import inherited
from tests.migrated import prepare
from tests.postgres import KINDS, Cluster
from tests.server import Server, free_port, serving
from tests.warm import pressroom

pytestmark = pytest.mark.process

STORE_FULL = "the server's disk is full: somebody has to make room there; nothing that is stored is lost"


@pytest.fixture
def small() -> Generator[Disk]:
    with disk(megabytes=4) as small:
        yield small


@pytest.fixture(scope="module")
def full() -> Generator[tuple[Disk, Cluster]]:
    """A PostgreSQL on a disk of its own, which is to be filled."""
    with disk(megabytes=120) as of_cluster:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tempfile, "tempdir", str(of_cluster.folder))
            made = Cluster()
        try:
            yield of_cluster, made
        finally:
            made.remove()


async def said(*words: str, **environment: str) -> str:
    """What a command says that exits with code 2, or nothing if all is well."""
    everything = inherited() | {"PRESSROOM_PORT": str(free_port()), "PRESSROOM_LOG_LEVEL": "error"} | environment
    process = await pressroom(*words, env=everything, stdout=PIPE, stderr=PIPE)
    async with asyncio.timeout(60):
        _, errors = await process.communicate()
    assert process.returncode == (2 if errors else 0), errors.decode()
    return errors.decode()


@pytest.mark.parametrize("new", [True, False])
@pytest.mark.parametrize("words", [["serve"], ["keys", "list"], ["keys", "create", "Ada"]], ids=" ".join)
async def test_on_a_full_disk_a_data_folder_is_not_opened(small: Disk, words: list[str], *, new: bool) -> None:
    if not new:
        prepare(small.folder)
    small.fill()
    told = await said(*words, PRESSROOM_DATA_DIR=str(small.folder))
    expected = f"pressroom: the disk of {small.folder} is full (database or disk is full); make room and start again\n"
    assert told == expected
    small.make_room()
    assert await said("keys", "list", PRESSROOM_DATA_DIR=str(small.folder)) == ""


async def test_a_copy_that_does_not_fit_is_not_kept(small: Disk, tmp_path: Path) -> None:
    small.fill()
    copy = small.folder / "copy.db"
    told = await said("backup", str(copy), PRESSROOM_DATA_DIR=str(prepare(tmp_path)))
    assert told.startswith(f"pressroom: the disk of {small.folder} is full (")
    assert not [*small.folder.glob("copy*")]


async def test_a_data_folder_that_can_only_be_read_is_named(small: Disk) -> None:
    SQLite(prepare(small.folder)).close()
    small.close()
    told = await said("serve", PRESSROOM_DATA_DIR=str(small.folder), PRESSROOM_AUTH="on")
    writable = "make it writable for this user, or name another folder"
    refused = f"PRESSROOM_DATA_DIR: {small.folder} can't be used"
    assert told == f"pressroom: {refused} (Read-only file system); {writable}\n"
    told = await said("keys", "create", "Ada", PRESSROOM_DATA_DIR=str(small.folder))
    assert told == f"pressroom: {refused} (unable to open database file); {writable}\n"
    told = await said("backup", str(small.folder.parent / "copy.db"), PRESSROOM_DATA_DIR=str(small.folder))
    assert told == f"pressroom: {refused} (unable to open database file); {writable}\n"


async def test_on_a_full_disk_a_postgresql_is_not_opened(full: tuple[Disk, Cluster], tmp_path: Path) -> None:
    of_cluster, cluster = full
    with cluster.database() as new, cluster.database() as current:
        upgrade(cluster.url(current))
        of_cluster.fill()
        try:
            folder = {"PRESSROOM_DATA_DIR": str(prepare(tmp_path))}
            with_new = folder | AUTH | {"PRESSROOM_DATABASE_URL": cluster.url(new)}
            to = "move", "--to", cluster.url(new)
            for words, environment in ((("serve",), with_new), (("keys", "list"), with_new), (to, folder)):
                told = await said(*words, **environment)
                assert told.startswith(f"pressroom: the disk of 127.0.0.1:{cluster.port}/{new} is full (")
                assert told.endswith("; make room and start again\n")
                assert told.count("\n") == 1
            with_current = with_new | {"PRESSROOM_DATABASE_URL": cluster.url(current)}
            for words in (["serve"], ["serve", "--no-writing"], ["work"], ["keys", "create", "Ada"]):
                assert await said(*words, **with_current) == f"pressroom: {STORE_FULL}\n"
        finally:
            of_cluster.make_room()


@asynccontextmanager
async def on_small_disk(kind: str, request: pytest.FixtureRequest, folder: Path) -> AsyncGenerator[tuple[Server, Disk]]:
    if kind == "sqlite":
        small: Disk = request.getfixturevalue("small")
        async with serving(folder, PRESSROOM_DATA_DIR=str(small.folder), PRESSROOM_SWEEP_INTERVAL="1") as server:
            yield server, small
    else:
        small, cluster = request.getfixturevalue("full")
        with cluster.with_tables() as url:
            async with serving(folder, PRESSROOM_DATABASE_URL=url, PRESSROOM_SWEEP_INTERVAL="1") as server:
                yield server, small


@pytest.mark.parametrize("kind", KINDS)
async def test_a_disk_that_is_full_meanwhile_is_told_to_clients_and_once_in_the_log(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    async with on_small_disk(kind, request, tmp_path) as (server, small):
        before = await server.start_job("Bees")
        small.fill()
        try:
            async with asyncio.timeout(60):
                refused, status = 0, ""
                while refused < 5 or status != "no_database":  # a little may still fit, and then it is ready
                    brief = {"topic": "Bees", "sources": [{"title": "Bees", "text": os.urandom(20_000).hex()}]}
                    answer = await server.client.post("/articles/create", json=brief)
                    if answer.status_code == 201:
                        continue
                    refused += 1
                    assert (answer.status_code, answer.json()["code"]) == (503, "store_full")
                    assert answer.json()["detail"] == STORE_FULL
                    assert int(answer.headers["retry-after"]) > 0
                    status = (await server.client.get("/readyz")).json()["status"]
        finally:
            small.make_room()
        async with asyncio.timeout(60):
            while (await server.client.get("/readyz")).status_code != 200:
                await asyncio.sleep(0.05)
        assert (await server.watch(before)).end is not None
        assert (await server.get(f"/articles/{before}/result"))["content"]
        await server.terminate()
    log = (tmp_path / "log.txt").read_text()
    assert log.count(f"nothing can be stored: {STORE_FULL}") == 1
    assert "what is new can be stored again" in log
    assert "Traceback" not in log
    assert "sqlalche" not in log
