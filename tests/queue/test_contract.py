"""What every queue keeps to, whoever keeps its entries."""

import asyncio
from collections.abc import Generator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest

from service.core.errors import StoreAway, StoreBusy
from service.core.run import CANCELLED, Claim
from tests.queue.contract import PATIENCE, QUEUES, Office

NEVER, SOON = 3600.0, 0.02  # seconds between sweeps


class Opens(Protocol):
    def __call__(self, *, at_once: int = 2, sweep: float = NEVER) -> AbstractAsyncContextManager[Office]: ...


@pytest.fixture(params=["in process", pytest.param("shared", marks=pytest.mark.process)])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Opens]:
    """A queue that is being served; opened again, it is the one after a restart."""
    with QUEUES[request.param](tmp_path) as open_queue:

        def opened(*, at_once: int = 2, sweep: float = NEVER) -> AbstractAsyncContextManager[Office]:
            return open_queue(at_once=at_once, sweep=sweep)

        yield opened


async def test_every_submitted_article_is_written_once_the_oldest_first(opened: Opens) -> None:
    async with opened(at_once=1) as office:
        ids = [await office.create() for _ in range(10)]
        await office.completed(*ids)
        assert office.begun == ids
        assert office.queue.running == 0


async def test_submitting_twice_is_harmless(opened: Opens) -> None:
    async with opened(sweep=SOON) as office:
        ids = [await office.create(submits=3) for _ in range(5)]
        await office.completed(*ids)
        for article_id in ids:
            await office.queue.submit(article_id)
        await office.completed(await office.create())
        assert sorted(office.begun[:5]) == ids
        assert len(office.begun) == 6


async def test_an_article_whose_hint_was_lost_is_found_by_the_sweep(opened: Opens) -> None:
    async with opened(sweep=SOON) as office:
        await office.completed(await office.create(submits=0))


async def test_no_more_are_written_at_once_than_may_and_not_fewer(opened: Opens) -> None:
    async with opened(at_once=3) as office:
        ids = [await office.create("waits") for _ in range(8)]
        await office.until(lambda: len(office.begun) == 3)
        assert office.queue.running == 3
        office.gate.set()
        await office.completed(*ids)
        assert office.most == 3


async def test_one_that_takes_long_holds_up_no_other(opened: Opens) -> None:
    async with opened(at_once=2) as office:
        long = await office.create("waits")
        await office.completed(*[await office.create() for _ in range(5)])
        assert office.ended.count(long) == 0
        office.gate.set()
        await office.completed(long)


async def test_one_that_can_not_be_written_holds_up_no_other_and_is_tried_again(opened: Opens) -> None:
    async with opened(at_once=1, sweep=SOON) as office:
        broken, other = await office.create("breaks once"), await office.create()
        await office.completed(other)
        await office.completed(broken)
        assert office.begun.count(broken) == 2


async def test_nobody_begins_while_the_article_s_last_writer_is_still_leaving(opened: Opens) -> None:
    async with opened(at_once=2) as office:
        article_id = await office.create("fails and lingers")
        async with asyncio.timeout(PATIENCE):
            while (await office.store.get(article_id)).status != "failed":
                await asyncio.sleep(0.002)
        await office.store.retry(article_id)
        await office.queue.submit(article_id)
        await asyncio.sleep(0.05)
        assert office.begun == [article_id]
        office.gate.set()
        await office.until(lambda: len(office.ended) == 2)
        await asyncio.sleep(0)
        assert office.queue.running == 0


async def test_one_that_broke_is_tried_again_also_while_others_come_and_go(opened: Opens) -> None:
    async with opened(sweep=10 * SOON) as office:
        broken = await office.create("breaks once")
        async with asyncio.timeout(PATIENCE):
            while office.begun.count(broken) < 2:
                await office.create()


# -- cancelling an article


async def test_cancelling_stops_who_writes_and_returns_when_they_have_ended(opened: Opens) -> None:
    async with opened() as office:
        article_id, other = await office.create("waits"), await office.create("waits")
        await office.until(lambda: len(office.begun) == 2)
        assert await office.queue.cancel(article_id) is True
        assert office.ended == [article_id]
        assert office.cancelled == {article_id: (CANCELLED,)}
        assert office.under_way[other] == 1


async def test_nobody_is_cancelled_who_does_not_write(opened: Opens) -> None:
    async with opened(at_once=1) as office:
        done = await office.create()
        await office.completed(done)
        writing, waits = await office.create("waits"), await office.create()
        await office.until(lambda: writing in office.begun)
        await asyncio.sleep(0)
        for article_id in (done, waits, "nobody"):
            assert await office.queue.cancel(article_id) is False
        assert not office.cancelled
        assert (await office.store.get(waits)).status == "pending"


async def test_several_may_cancel_at_once(opened: Opens) -> None:
    async with opened() as office:
        article_id = await office.create("waits")
        await office.until(lambda: office.begun == [article_id])
        assert all(await asyncio.gather(*(office.queue.cancel(article_id) for _ in range(3))))
        assert office.ended == [article_id]


async def test_who_is_cancelled_before_the_first_step_still_takes_it_to_store_the_end(opened: Opens) -> None:
    async with opened() as office:
        for _ in range(5):
            article_id = await office.create("waits")
            async with asyncio.timeout(PATIENCE):
                while not await office.queue.cancel(article_id):
                    await asyncio.sleep(0)  # in the very moment in which it can be cancelled
            assert office.cancelled[article_id] == (CANCELLED,)
            assert office.ended[-1] == article_id


async def test_the_place_of_a_cancelled_article_is_free(opened: Opens) -> None:
    async with opened(at_once=1) as office:
        first, second = await office.create("waits"), await office.create()
        await office.until(lambda: office.begun == [first])
        await office.queue.cancel(first)
        await office.completed(second)


# -- stopping to serve


async def test_stopping_to_serve_cancels_what_is_written_and_leaves_it_for_the_next_start(opened: Opens) -> None:
    async with opened(at_once=2) as office:
        ids = [await office.create("waits") for _ in range(3)]
        await office.until(lambda: len(office.begun) == 2)
        before = {article_id: await office.store.get(article_id) for article_id in ids}
        await office.stop()
        assert sorted(office.ended) == sorted(office.cancelled) == ids[:2]
        assert all(CANCELLED not in args for args in office.cancelled.values())
        for article_id in ids:
            after = await office.store.get(article_id)
            assert after.status in {"pending", before[article_id].status}
            assert replace(after, status="", epoch=0) == replace(before[article_id], status="", epoch=0)
    async with opened() as office:
        office.gate.set()
        await office.completed(*ids)
        assert sorted(office.begun) == ids
        for article_id in ids[:2]:
            assert (await office.store.get(article_id)).epoch > before[article_id].epoch


async def test_what_was_submitted_while_nobody_served_is_written_after_the_next_start(opened: Opens) -> None:
    async with opened() as office:
        await office.stop()
        article_id = await office.create()
        assert office.begun == []
    async with opened() as office:
        await office.completed(article_id)


async def test_that_the_store_is_away_takes_a_line_for_each_reason_and_one_when_it_is_back(
    opened: Opens, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(sweep=SOON) as office:
        claim, errors = office.store.claim, [StoreAway(retry_after=1), StoreBusy(retry_after=1)] * 5

        async def tried(limit: int) -> list[Claim]:
            if errors:
                raise errors.pop()
            return await claim(limit)

        monkeypatch.setattr(office.store, "claim", tried)
        await office.completed(await office.create())
    lines = [record for record in caplog.records if "the queue" in record.getMessage()]
    assert [line.getMessage().partition(":")[0] for line in lines] == [
        "the queue can't be read",
        "the queue can't be read",
        "the queue can be read again",
    ]
    assert not any(line.exc_info for line in lines)
