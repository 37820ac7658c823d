"""Several processes write what one PostgreSQL has waiting."""

import asyncio
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from functools import partial
from statistics import median

import psycopg
import pytest

from service.core.errors import StoreAway
from service.core.run import RollCall
from service.queue import shared
from service.queue.bell import Bell
from service.queue.shared import SharedQueue
from service.store.articles import Articles
from service.store.postgres import Postgres
from service.store.postgres_dialect import connected
from tests import postgres
from tests.queue.contract import PATIENCE, Office, joined

pytestmark = pytest.mark.process

NEVER = 3600.0
BEAT, LEASE = 0.05, 1.0  # long enough for a machine on which all tests run


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Generator[str]:
    monkeypatch.setattr(shared, "BEAT", BEAT)
    monkeypatch.setattr(shared, "LEASE", LEASE)
    with postgres.url() as url:
        yield url


@asynccontextmanager
async def together(url: str, many: int, *, at_once: int = 2) -> AsyncGenerator[list[Office]]:
    async with AsyncExitStack() as stack:
        offices = [await stack.enter_async_context(joined(url, at_once=at_once, sweep=NEVER)) for _ in range(many)]
        for office in offices:
            assert isinstance(office.queue, SharedQueue)
            await asyncio.wait_for(office.queue.known.wait(), PATIENCE)
        yield offices


async def test_each_article_is_written_by_one_process(url: str) -> None:
    async with together(url, 3) as offices:
        ids = [await offices[n % 3].create() for n in range(30)]
        await offices[0].completed_anywhere(*ids)
        await asyncio.sleep(3 * BEAT)
        assert sorted(article for office in offices for article in office.begun) == sorted(ids)
        assert sum(bool(office.begun) for office in offices) > 1


async def test_what_another_process_writes_is_stopped_there_at_once(url: str) -> None:
    async with together(url, 2) as (asks, writes):
        await asks.stop()
        took = []
        for n in range(7):
            article = await asks.create("waits")
            await writes.until(lambda n=n: len(writes.begun) == n + 1)
            began = time.monotonic()
            assert await asks.queue.cancel(article) is True
            took.append(time.monotonic() - began)
            assert (await asks.store.get(article)).status == "cancelled"
        print(f"\nstopped elsewhere within {1000 * median(took):.0f} ms")
        assert median(took) < 0.25


async def test_what_a_process_was_writing_goes_on_elsewhere_when_it_stops(url: str) -> None:
    async with together(url, 2) as (one, other):
        article = await one.create("waits")
        writes, takes_over = await _who_writes(article, one, other)
        await writes.stop()
        await takes_over.until(lambda: takes_over.begun == [article])


async def test_what_a_dead_process_was_writing_goes_on_elsewhere(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with together(url, 2) as (one, other):
        article = await one.create("waits")
        writes, takes_over = await _who_writes(article, one, other)
        before = await one.store.get(article)
        for goodbye in ("hand_over", "sign_off"):
            monkeypatch.setattr(writes.store, goodbye, partial(asyncio.sleep, 0))
        began = time.monotonic()
        await writes.stop()
        await takes_over.until(lambda: takes_over.begun == [article])
        assert time.monotonic() - began > LEASE / 2
        assert (await one.store.get(article)).epoch > before.epoch


async def test_a_process_that_comes_back_leaves_what_others_write_by_now(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with together(url, 2) as (one, other):
        article = await one.create("waits")
        writes, takes_over = await _who_writes(article, one, other)
        call_roll, awake = writes.store.call_roll, asyncio.Event()

        async def stopped(dead: dict[str, int]) -> RollCall:
            await awake.wait()
            return await call_roll(dead)

        monkeypatch.setattr(writes.store, "call_roll", stopped)
        await takes_over.until(lambda: takes_over.begun == [article])
        assert not writes.cancelled
        awake.set()
        await writes.until(lambda: article in writes.cancelled)
        assert writes.cancelled[article] == ()
        takes_over.gate.set()
        await takes_over.completed(article)


async def test_nobody_is_taken_for_dead_by_who_could_not_look(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with together(url, 2) as offices:
        article = await offices[0].create("waits")
        await _who_writes(article, *offices)
        away = asyncio.Event()
        call_roll = Articles.call_roll

        async def cut(self: Articles, dead: dict[str, int]) -> RollCall:
            if not away.is_set():
                raise StoreAway(retry_after=1)
            assert not dead
            return await call_roll(self, dead)

        monkeypatch.setattr(Articles, "call_roll", cut)
        await asyncio.sleep(2 * LEASE)
        away.set()
        await asyncio.sleep(6 * BEAT)
        assert (await offices[0].store.get(article)).status == "processing"
        assert not any(office.cancelled for office in offices)


async def test_a_process_that_writes_nothing_says_that_it_lives_until_it_ends(url: str) -> None:
    async with together(url, 1) as [office]:
        with closing(Postgres(url)) as database:
            store = Articles(database, waiting_limit=1)
            queue = SharedQueue(store, Bell(partial(connected, url)), at_once=1, sweep=NEVER)
            told: list[float] = []
            queue.lives = told.append
            living = asyncio.create_task(queue.live())
            await asyncio.wait_for(queue.known.wait(), PATIENCE)
            assert 0 < told[0] < LEASE
            assert database.process in (await office.store.call_roll({})).beats
            living.cancel()
            await asyncio.wait([living])
            assert database.process not in (await office.store.call_roll({})).beats


async def test_processes_hear_each_other_again_after_they_were_cut_off(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.queue.bell.AGAIN", 0.05)
    async with together(url, 2) as (asks, writes):
        await asks.stop()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE 'LISTEN%' AND pid <> pg_backend_pid()"
            )
        first = await asks.create()  # perhaps unheard, and then found when they hear again
        await writes.completed(first)
        await writes.completed(await asks.create())


async def _who_writes(article: str, *offices: Office) -> tuple[Office, Office]:
    """Who does, and somebody who does not."""
    async with asyncio.timeout(PATIENCE):
        while True:
            for office, other in (offices, offices[::-1]):
                if article in office.begun:
                    return office, other
            await asyncio.sleep(0.01)
