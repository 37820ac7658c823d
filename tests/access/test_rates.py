"""How much keys, workspaces and addresses may do, in memory, in PostgreSQL and in Redis."""

import asyncio
import logging
import os
import signal
import socket
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from limits.aio.storage import MemoryStorage

from service.access import rates
from service.access.rates import Allowed, Rates
from service.core.caller import Caller
from service.core.errors import LimitReached, SettingsError
from service.messages import say
from service.store import counted
from tests import postgres
from tests.server import free_port

ALLOWED = Allowed(key="3/minute", workspace="4/minute", messages="2/minute", failed_sign_ins="2/minute", streams=2)
ADA, BEA = Caller("bees", "writer", "Ada", "a"), Caller("bees", "writer", "Bea", "b")
WASP = Caller("wasps", "writer", "Ada", "w")


async def refused(counted: Coroutine[Any, Any, Any]) -> LimitReached | None:
    try:
        await counted
    except LimitReached as error:
        return error
    return None


async def test_a_key_may_do_so_much_and_no_more() -> None:
    rates = Rates(ALLOWED)
    left = [[(each.name, each.left) for each in await rates.changes(ADA)] for _ in range(3)]
    assert left == [[("key", n - 1), ("workspace", n)] for n in (3, 2, 1)]
    error = await refused(rates.changes(ADA))
    assert error is not None
    assert (error.params["reason"], error.standing.left, error.standing.window) == ("key", 0, 60)
    assert error.retry_after == error.params["seconds"] == error.standing.wait
    assert error.standing.wait in range(1, 61)
    assert await refused(rates.changes(WASP)) is None


async def test_a_key_has_a_rate_of_its_own() -> None:
    rates = Rates(ALLOWED)
    slow, quick = replace(ADA, rate="1/minute"), replace(WASP, rate="4/minute")
    assert [await refused(rates.changes(slow)) is None for _ in range(2)] == [True, False]
    assert [await refused(rates.changes(quick)) is None for _ in range(5)] == [True] * 4 + [False]


async def test_the_keys_of_a_workspace_share_what_it_may() -> None:
    rates = Rates(ALLOWED)
    assert [await refused(rates.changes(key)) is None for key in (ADA, BEA, ADA, BEA)] == [True] * 4
    error = await refused(rates.changes(BEA))
    assert error is not None
    assert error.params["reason"] == "workspace"


async def test_what_was_done_is_forgotten_bit_by_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    rates = Rates(replace(ALLOWED, key="2/minute"))
    for now, fits in {1_000: True, 1_030: True, 1_059: False, 1_061: True, 1_089: False, 1_091: True}.items():
        monkeypatch.setattr(time, "time", lambda now=now: now)
        error = await refused(rates.changes(ADA))
        assert (error is None) == fits
        assert error is None or error.retry_after == {1_059: 1, 1_089: 1}[now]


async def test_who_did_nothing_for_long_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "SWEPT", 0.01)
    counting = Rates(ALLOWED)
    for now, addresses in {1_000: ("192.0.2.1", "192.0.2.2"), 1_100: ("192.0.2.3",)}.items():
        monkeypatch.setattr(time, "time", lambda now=now: now)
        for address in addresses:
            await counting.fails(address)
    memory = counting._here.storage
    assert isinstance(memory, MemoryStorage)
    async with asyncio.timeout(60):
        while len(memory.events) > 1:
            await asyncio.sleep(0.01)
    assert ["192.0.2.3" in name for name in memory.events] == [True]


async def test_messages_are_counted_by_themselves() -> None:
    rates = Rates(ALLOWED)
    await rates.changes(ADA)
    assert [await refused(rates.says(ADA)) is None for _ in range(3)] == [True, True, False]
    assert await refused(rates.says(BEA)) is None


@pytest.mark.parametrize(
    ("one", "same", "other"),
    [
        ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
        ("2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1"),
        ("::ffff:192.0.2.1", "192.0.2.1", "::ffff:192.0.2.2"),
        ("x" * 9_000, "x" * 90, ""),
    ],
)
async def test_failed_sign_ins_are_counted_by_address(one: str, same: str, other: str) -> None:
    rates = Rates(ALLOWED)
    assert [await refused(rates.fails(each)) is None for each in (one, same, one)] == [True, True, False]
    assert await refused(rates.fails(other)) is None


async def test_streams_are_counted_while_they_are_open() -> None:
    rates = Rates(ALLOWED)
    with pytest.raises(ZeroDivisionError), rates.watches(ADA):
        raise ZeroDivisionError
    with rates.watches(ADA) as first, rates.watches(ADA) as second:
        assert (first.left, second.left, second.window) == (1, 0, None)
        with pytest.raises(LimitReached) as caught, rates.watches(ADA):
            pass
        assert caught.value.params["reason"] == "streams"
        with rates.watches(BEA):
            pass
    with rates.watches(ADA):
        pass
    assert not rates._streams


# -- PostgreSQL


@pytest.fixture
def database() -> Generator[str]:
    with postgres.url() as url:
        yield url


def rows(database: str, change: str = "") -> int:
    with psycopg.connect(database, autocommit=True) as connection:
        if change:
            connection.execute(change.encode())
        row = connection.execute("SELECT count(*) FROM counted").fetchone()
    assert row is not None
    return row[0]


OLDER = "UPDATE counted SET until = until - interval '{} seconds'"


@pytest.mark.process
class TestPostgres:
    @pytest.fixture(autouse=True)
    def patience(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(counted, "PATIENCE", 60.0)

    async def test_no_more_than_the_limit_pass_however_many_ask_at_once(self, database: str) -> None:
        allowed = replace(ALLOWED, key="40/minute", workspace="1000/minute")
        processes = [Rates(allowed, database) for _ in range(4)]
        asked = [refused(each.changes(key)) for _ in range(30) for each in processes for key in (ADA, WASP)]
        answers = await asyncio.gather(*asked)
        assert answers.count(None) == 80
        assert {error.params["reason"] for error in answers if error is not None} == {"key"}
        assert rows(database) == 160  # what was refused is not counted
        left = [await refused(each.changes(BEA)) for each in processes]
        assert left == [None] * 4
        for each in processes:
            await each.close()

    async def test_what_is_left_is_told_alike_by_all(self, database: str) -> None:
        one, two = Rates(ALLOWED, database), Rates(ALLOWED, database)
        left = [[(s.name, s.left, s.window) for s in await each.changes(ADA)] for each in (one, two, one)]
        assert left == [[("key", n - 1, 60), ("workspace", n, 60)] for n in (3, 2, 1)]
        assert rows(database, OLDER.format(20)) == 6
        error = await refused(two.changes(ADA))
        assert error is not None
        assert error.retry_after in range(30, 41)
        assert await refused(one.fails("192.0.2.1")) is None
        assert await refused(two.fails("\ud800\0")) is None
        await one.close()
        await two.close()

    async def test_what_was_done_is_forgotten_bit_by_bit(self, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
        rates = Rates(replace(ALLOWED, key="2/minute"), database)
        await rates.changes(ADA)
        rows(database, OLDER.format(30))
        await rates.changes(ADA)
        assert await refused(rates.changes(ADA)) is not None
        assert rows(database, OLDER.format(31)) == 4
        assert [await refused(rates.changes(ADA)) is None for _ in range(2)] == [True, False]
        assert rows(database, OLDER.format(90)) == 4  # of whoever came again, what is over went
        shared = rates._shared
        assert shared is not None
        monkeypatch.setattr(shared.storage, "_sweep_at", 0.0)
        await rates.says(WASP)
        assert rows(database) == 1
        await rates.close()

    async def test_they_go_on_while_it_is_away_and_count_together_when_it_is_back(
        self, database: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        one, two = Rates(ALLOWED, database), Rates(ALLOWED, database)
        assert [await refused(each.changes(ADA)) is None for each in (one, two, one, two)] == [True] * 3 + [False]
        cluster = postgres.cluster()
        cluster.stop()
        try:
            with caplog.at_level(logging.WARNING, logger=rates.__name__):
                assert [await refused(two.changes(ADA)) is None for _ in range(4)] == [True] * 3 + [False]
            assert len(caplog.records) == 1
            assert postgres.PASSWORD not in caplog.text
            assert postgres.ENCODED not in caplog.text
        finally:
            cluster.start()
        monkeypatch.setattr(two, "_away_until", 0.0)
        assert await refused(one.changes(ADA)) is not None  # a connection that broke is replaced
        assert await refused(two.changes(ADA)) is not None
        assert len(caplog.records) == 1
        await one.close()
        await two.close()

    async def test_one_that_does_not_answer_is_not_waited_for(
        self, database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(counted, "PATIENCE", 1.0)
        rates = Rates(ALLOWED, database)
        await rates.changes(ADA)
        with psycopg.connect(database) as blocking:
            blocking.execute("LOCK TABLE counted")
            before = time.monotonic()
            answers = await asyncio.gather(*(refused(rates.changes(ADA)) for _ in range(9)))
            assert time.monotonic() - before < 10
            assert answers.count(None) == 3
        monkeypatch.setattr(rates, "_away_until", 0.0)
        assert [await refused(rates.changes(ADA)) is None for _ in range(3)] == [True, True, False]
        await rates.close()

    async def test_a_connection_that_has_stopped_is_replaced(
        self, database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(counted, "PATIENCE", 1.0)
        rates = Rates(ALLOWED, database)
        await rates.changes(ADA)
        storage = rates._shared and rates._shared.storage
        assert isinstance(storage, counted.Counted)
        assert storage._connection is not None
        stopped = storage._connection.info.backend_pid
        os.kill(stopped, signal.SIGSTOP)
        try:
            assert [await refused(rates.changes(ADA)) is None for _ in range(3)] == [True, True, False]
            assert rates._away_until == 0
        finally:
            os.kill(stopped, signal.SIGCONT)
        await rates.close()


# -- Redis

needs_redis = pytest.mark.process  # tests/run installs redis-server
Starts = Callable[[], Coroutine[Any, Any, Process]]


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
async def start(port: int) -> AsyncGenerator[Starts]:
    begun: list[Process] = []

    async def start() -> Process:
        words = "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--requirepass", "secret"
        begun.append(await asyncio.create_subprocess_exec("redis-server", *words, stdout=DEVNULL, stderr=DEVNULL))
        async with asyncio.timeout(60):
            while not listens(port):
                await asyncio.sleep(0.02)
        return begun[-1]

    yield start
    for process in begun:
        await stopped(process)


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


async def stopped(process: Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()


class TestRedis:
    pytestmark = needs_redis

    async def test_two_processes_count_together_and_go_on_without_it(
        self, start: Starts, port: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(rates, "PATIENCE", 60.0)
        process, url = await start(), f"redis://:secret@127.0.0.1:{port}/1"
        await rates.reach(url)
        one, two = Rates(ALLOWED, url), Rates(ALLOWED, url)
        assert [await refused(each.changes(ADA)) is None for each in (one, two, one, two)] == [True] * 3 + [False]
        await stopped(process)
        with caplog.at_level(logging.WARNING):
            assert [await refused(two.changes(ADA)) is None for _ in range(4)] == [True] * 3 + [False]
        assert len(caplog.records) == 1
        assert "secret" not in caplog.text
        await start()
        monkeypatch.setattr(two, "_away_until", 0.0)
        assert await refused(two.changes(ADA)) is None  # what it kept is gone with it
        await one.close()
        await two.close()

    async def test_a_wrong_password_is_said_without_it(
        self, start: Starts, port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rates, "PATIENCE", 60.0)
        await start()
        with pytest.raises(SettingsError) as caught:
            await rates.reach(f"redis://:guessed@127.0.0.1:{port}")
        said = say(caught.value.sentence)
        assert said.startswith("PRESSROOM_LIMITS_STORE: ")
        assert "guessed" not in said
        assert "\n" not in said


@pytest.mark.parametrize("answer", [None, b"HTTP/1.1 400 Bad Request\r\n\r\n", b""])
async def test_what_is_no_redis_is_said_in_one_line(answer: bytes | None) -> None:
    async def answering(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer or b"")
        writer.close()

    port = free_port()
    server = None if answer is None else await asyncio.start_server(answering, "127.0.0.1", port)
    with pytest.raises(SettingsError) as caught:
        await rates.reach(f"redis://127.0.0.1:{port}")
    said = say(caught.value.sentence)
    assert said.startswith("PRESSROOM_LIMITS_STORE: ")
    assert "\n" not in said
    if server is not None:
        server.close()
        await server.wait_closed()
