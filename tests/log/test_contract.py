"""What every log keeps to, wherever it has its entries."""

import asyncio
import tracemalloc
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from service.core.events import Done, StageEvent, Token
from service.core.run import STRIDE, event_id
from service.log.contract import Log
from tests.log.contract import KEEP, LOGS, PATIENCE, Follower, done, end, follow, stage, story

DRAFT, TEXT = ("draft", 1), ("article", None)


@pytest_asyncio.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.process)])
async def log(request: pytest.FixtureRequest) -> AsyncGenerator[Log]:
    async with LOGS[request.param]() as log:
        yield log


# -- order


async def test_a_stage_event_comes_behind_the_text_before_it(log: Log) -> None:
    writer = log.writer("a", 1, 1)
    follower = follow(log)
    writer.put(stage("started"))
    await follower.until(lambda f: f.statuses == ["started"])
    for word in ("bees ", "make ", "honey"):
        writer.text(DRAFT).append(word)
    writer.put(stage("completed"))
    await follower.until(lambda f: f.statuses[-1:] == ["completed"])
    assert follower.texts == {DRAFT: "bees make honey"}
    assert isinstance(follower.events[-1], StageEvent)


async def test_articles_are_told_apart(log: Log) -> None:
    one, other = log.writer("a", 1, 1), log.writer("b", 1, 1)
    one.text(DRAFT).append("bees")
    other.text(DRAFT).append("wasps")
    for writer in (one, other):
        end(writer)
    assert (await follow(log, "a").to_the_end()).texts == {DRAFT: "bees"}
    assert (await follow(log, "b").to_the_end()).texts == {DRAFT: "wasps"}


# -- texts

CHANGES = ["Bees 🐝 make hony", "Bees 🐝 make honey. 🐝🐝", "Bees 🐝 make honey. 🐝 漢字", "", "🐝", "🐝", "Wasps"]


async def test_what_a_text_holds_is_what_followers_have_whatever_changes_in_it(log: Log) -> None:
    writer = log.writer("a", 1, 1)
    text, follower = writer.text(DRAFT), follow(log)
    for value in CHANGES:
        text.replace(value)
        text.append(" and 🐝")
        assert text.value == f"{value} and 🐝"
        await follower.until(lambda f: f.texts.get(DRAFT) == text.value)
        late = follow(log)
        await late.until(lambda f: f.texts.get(DRAFT) == text.value)
        await late.leave()


async def test_withdrawing_is_a_token_at_offset_0_with_empty_text(log: Log) -> None:
    writer = log.writer("a", 1, 1)
    follower = follow(log)
    writer.text(DRAFT).append("on a wrong track")
    await follower.until(lambda f: bool(f.texts.get(DRAFT)))
    writer.text(DRAFT).replace("")
    await follower.until(lambda f: f.texts[DRAFT] == "")
    assert follower.events[-1] == Token(1, "draft", 1, 0, "")


async def test_a_repair_is_told_from_where_the_change_begins(log: Log) -> None:
    writer = log.writer("a", 1, 1)
    follower = follow(log)
    writer.text(TEXT).append("Bees 🐝 make hony. ")
    await follower.until(lambda f: bool(f.texts))
    writer.text(TEXT).replace("Bees 🐝 make honey.")
    await follower.until(lambda f: f.texts[TEXT] == "Bees 🐝 make honey.")
    assert follower.events[-1] == Token(1, "article", None, 16, "ey.")
    writer.text(TEXT).replace("Bees 🐝 make honey.")  # nothing has changed
    writer.put(stage("completed"))
    await follower.until(lambda f: bool(f.statuses))
    assert len([event for event in follower.events if isinstance(event, Token)]) == 2


# -- late followers, and those that come back


async def test_a_late_follower_gets_a_snapshot_that_equals_what_there_is(log: Log) -> None:
    writer = log.writer("a", 1, 1)
    early = follow(log)
    for n in range(1, 20):
        writer.put(stage("started", n % 3))
        writer.text(("draft", n % 3)).append(f"{n} 🐝 " * 2_000)
        await early.until(lambda f, n=n: f"{n} " in f.texts.get(("draft", n % 3), ""))
    writer.text(DRAFT).replace("anew")
    await early.until(lambda f: f.texts[DRAFT] == "anew")
    late = await follow(log).until(lambda f: f.texts == early.texts)
    assert late.snapshots
    assert late.statuses == ["started"] * 3  # only the latest of its kind
    assert late.last_id == early.last_id
    assert late.ids == sorted({id for id in late.ids if id is not None})


async def test_whoever_comes_back_gets_only_what_is_newer(log: Log) -> None:
    writer = log.writer("a", 1, 1)
    follower = follow(log)
    writer.text(DRAFT).append("old")
    seen = (await follower.until(lambda f: f.texts == {DRAFT: "old"})).last_id
    back = follow(log, after=seen)
    writer.put(stage("completed"))
    await back.until(lambda f: bool(f.events))
    assert (back.statuses, back.texts, back.snapshots) == (["completed"], {}, 0)
    assert back.last_id > seen


UNKNOWN = [0, 1, 7, 2**32 - 1, event_id(1, 2) + 1, event_id(1, 99), event_id(2, 2), 2**62]


@pytest.mark.parametrize("after", UNKNOWN)
async def test_an_id_that_is_unknown_foreign_or_from_the_future_gets_all_anew(log: Log, after: int) -> None:
    writer = log.writer("a", 1, 1)
    writer.put(stage("started"))
    writer.text(DRAFT).append("bees")
    back = await follow(log, after=after).until(lambda f: f.texts == {DRAFT: "bees"})
    assert back.statuses == ["started"]


async def test_whoever_was_cut_off_in_mid_snapshot_gets_all_anew(log: Log) -> None:
    writer = log.writer("a", 1, 1)
    for n in range(1, 9):
        writer.put(stage("started", n))
        writer.text(("draft", n)).append(f"section {n}")
    end(writer)
    ended = story(log)
    whole = await Follower(ended).to_the_end()
    for seen in whole.ids[:-1]:
        assert (await Follower(ended, seen).to_the_end()).texts == whole.texts


# -- ids, epochs


async def test_ids_only_grow_also_over_epochs(log: Log) -> None:
    writer = log.writer("a", 1, 1)
    follower = follow(log)
    for epoch in (1, 2, 7):
        writer = writer if epoch == 1 else log.writer("a", epoch, 1)
        writer.put(stage("started"))
        writer.text(DRAFT).append(f"epoch {epoch}")
        await follower.until(lambda f, epoch=epoch: f.texts.get(DRAFT) == f"epoch {epoch}")
        assert event_id(epoch, 0) < follower.last_id < event_id(epoch + 1, 0)
    assert follower.ids == sorted({id for id in follower.ids if id is not None})


async def test_a_writer_of_a_new_epoch_makes_followers_begin_anew(log: Log) -> None:
    writer = log.writer("a", 1, 1)
    follower = follow(log)
    writer.text(DRAFT).append("of the epoch before")
    writer.text(TEXT).append("the same")
    await follower.until(lambda f: len(f.texts) == 2)
    writer = log.writer("a", 2, 1)
    writer.text(DRAFT)
    writer.text(TEXT).replace("the same")
    await follower.until(lambda f: f.texts == {DRAFT: "", TEXT: "the same"})
    assert follower.last_id > event_id(2, 0)


async def test_an_id_of_an_earlier_epoch_gets_all_anew(log: Log) -> None:
    writer = log.writer("a", 1, 1)
    writer.put(stage("started"))
    seen = (await follow(log).until(lambda f: bool(f.events))).last_id
    writer = log.writer("a", 2, 1)
    writer.put(stage("started", 1))
    writer.put(stage("started", 2))
    back = await follow(log, after=seen).until(lambda f: len(f.events) == 2)
    assert back.snapshots


# -- without a writer


async def test_what_is_told_of_an_article_that_nobody_writes_has_no_id(log: Log) -> None:
    opened = log.opened("a", 1)
    assert not opened.writing
    assert log.opened("a", 1) is opened
    assert set(log.unwritten()) == {"a"}
    opened.put(stage("started"))
    opened.text(DRAFT).append("stored")
    follower = await follow(log).until(lambda f: f.texts == {DRAFT: "stored"})
    assert set(follower.ids) == {None}
    writer = log.writer("a", 3, 1)
    assert not log.unwritten()
    writer.put(stage("completed"))
    await follower.until(lambda f: f.statuses == ["started", "completed"])
    assert follower.last_id > event_id(3, 0)


async def test_while_the_writer_rests_followers_stay_and_ids_pause(log: Log) -> None:
    writer = log.writer("a", 1, 1)
    follower = follow(log)
    writer.put(stage("started"))
    await follower.until(lambda f: len(f.events) == 1)
    seen = follower.last_id
    writer.rest()
    log.leave("a")
    assert set(log.unwritten()) == {"a"}
    log.opened("a", 1).put(stage("retrying"))
    await follower.until(lambda f: len(f.events) == 2)
    assert follower.ids[-1] is None
    back = await follow(log, after=seen).until(lambda f: len(f.events) == 2)
    assert set(back.ids[1:]) == {None}
    log.writer("a", 2, 1).put(stage("completed"))
    for each in (follower, back):
        await each.until(lambda f: f.statuses[-1] == "completed")
        assert each.last_id > seen


# -- the end


@pytest.mark.parametrize("cut_short", [0, 2])
async def test_the_end_has_the_id_that_sealing_promised(log: Log, cut_short: int) -> None:
    writer = log.writer("a", 1, 1)
    live = follow(log)
    writer.text(DRAFT).append("bees")
    last = writer.seal(cut_short + 1)
    writer.end(*(stage("failed", n) for n in range(cut_short)), done())
    for follower in (live, follow(log), follow(log, after=0)):
        await follower.to_the_end()
        assert follower.last_id == last
        assert follower.events[-1] == done()
        assert follower.texts == {DRAFT: "bees"}


async def test_an_end_that_is_stored_already_has_the_id_that_was_stored(log: Log) -> None:
    writer = log.writer("a", 2, 1)
    writer.put(stage("completed"))
    writer.text(TEXT).replace("bees")
    writer.seal(1)
    writer.end(done(), last=event_id(2, 500))
    ended = story(log)
    follower = await Follower(ended).to_the_end()
    assert (follower.last_id, follower.texts) == (event_id(2, 500), {TEXT: "bees"})
    assert ended.over(event_id(2, 500))


async def test_nothing_gets_in_after_sealing_but_the_end(log: Log) -> None:
    writer = log.writer("a", 1, 1)
    text = writer.text(DRAFT)
    text.append("bees")
    last = writer.seal(1)
    writer.put(stage("started"))
    text.append(" and wasps")
    text.replace("wasps")
    assert text.value == "bees"
    writer.end(done())
    follower = await follow(log).to_the_end()
    assert (follower.texts, follower.statuses, follower.last_id) == ({DRAFT: "bees"}, ["completed"], last)


async def test_everybody_is_told_exactly_one_terminal_event_and_nothing_behind_it(log: Log) -> None:
    writer = log.writer("a", 1, 1)
    live = follow(log)
    writer.text(DRAFT).append("bees")
    seen = (await live.until(lambda f: bool(f.texts))).last_id
    end(writer)
    writer.put(stage("started"))
    ended = story(log)
    for follower in (live, Follower(ended), Follower(ended, seen), Follower(ended, 0)):
        await follower.to_the_end()
        assert follower.ends == 1
        assert isinstance(follower.events[-1], Done)


async def test_only_whoever_has_seen_the_terminal_event_has_seen_all(log: Log) -> None:
    writer = log.writer("a", 1, 1)
    writer.put(stage("started"))
    seen = (await follow(log).until(lambda f: bool(f.events))).last_id
    last = writer.seal(1)
    assert not any(story(log).over(id) for id in (seen, last))
    writer.end(done())
    watched = story(log)
    assert watched.ended
    assert watched.over(last)
    assert not any(watched.over(other) for other in (None, 0, last - 1, last - STRIDE, last + STRIDE))
    assert (await Follower(watched, last).to_the_end()).events == []


# -- who leaves


async def test_streams_end_when_the_writer_has_left_without_a_terminal_event(log: Log) -> None:
    writer = log.writer("a", 1, 1)
    follower = follow(log)
    writer.text(DRAFT).append("so far")
    log.leave("a")
    await follower.to_the_end()
    assert (follower.texts, follower.ends) == ({DRAFT: "so far"}, 0)
    log.leave("a")  # there is nothing to leave any more


async def test_what_is_dropped_is_forgotten_and_its_streams_end(log: Log) -> None:
    log.writer("a", 1, 1).text(DRAFT).append("bees")
    follower = await follow(log).until(lambda f: bool(f.texts))
    dropped = log.dropped
    log.drop("a")
    await follower.to_the_end()
    assert follower.ends == 0
    assert log.story("a") is None
    assert log.dropped == dropped + 1
    log.drop("a")
    assert log.dropped == dropped + 1


async def test_closing_ends_all_streams_without_a_terminal_event(log: Log) -> None:
    log.writer("a", 1, 1).text(DRAFT).append("bees")
    log.opened("b", 1).text(DRAFT).append("bees")
    followers = [follow(log, name) for name in "aabb"]
    for follower in followers:
        await follower.until(lambda f: bool(f.texts))
    log.close()
    for follower in followers:
        assert (await follower.to_the_end()).ends == 0
    log.leave("a")  # as its writer does, who only now notices
    for late in log.opened("a", 1), log.opened("c", 1):  # asked for before, and opened after
        assert (await Follower(late).to_the_end()).ends == 0


async def test_nothing_is_kept_of_an_article_when_nobody_writes_or_follows_it(log: Log) -> None:
    assert log.story("a") is None
    log.opened("a", 1).put(stage("started"))
    await (await follow(log).until(lambda f: bool(f.events))).leave()
    assert log.story("a") is None
    end(log.writer("a", 1, 1))
    log.leave("a")
    assert log.story("a") is None


async def test_followers_are_counted(log: Log) -> None:
    log.writer("a", 1, 1).put(stage("started"))
    followers = [await follow(log).until(lambda f: bool(f.events)) for _ in range(3)]
    assert (log.tally.viewers, log.tally.snapshots) == (3, 3)
    await followers[0].leave()
    log.close()
    for follower in followers[1:]:
        await follower.to_the_end()
    assert log.tally.viewers == 0


# -- followers that take nothing


async def test_a_follower_that_takes_nothing_holds_up_nobody(log: Log) -> None:
    writer = log.writer("a", 1, 1)
    writer.put(stage("started"))
    stuck = story(log).follow(None)
    await anext(stuck)
    follower = follow(log)
    for n in range(100):
        writer.text(DRAFT).append(f"{n} ")
        writer.put(stage("retrying"))  # does not wait for the frame
        await asyncio.sleep(0)
    end(writer)
    await follower.to_the_end()
    async with asyncio.timeout(PATIENCE):
        later = [entry.event async for batch in stuck for entry in batch.entries]
    assert later[-1] == follower.events[-1] == done()
    whole = "".join(f"{n} " for n in range(100))
    assert follower.texts == {DRAFT: whole}
    assert "".join(event.text for event in later if isinstance(event, Token)) == whole
    assert len(later) < 4 * KEEP


async def test_memory_is_bounded_by_the_text_whatever_followers_do(log: Log) -> None:
    writer = log.writer("a", 1, 1)
    writer.put(stage("started"))
    stuck = story(log).follow(None)
    await anext(stuck)
    tracemalloc.start()
    try:
        for _ in range(5_000):
            writer.text(DRAFT).append("x" * 100)
            writer.text(DRAFT).replace("")
            writer.put(stage("retrying"))
        await asyncio.sleep(0)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 200_000  # of two million characters and ten thousand events
    await stuck.aclose()
