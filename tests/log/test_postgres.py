"""Several logs on one database: what one process writes, viewers have in all."""

import asyncio
import signal
import sys
from collections.abc import Generator
from typing import Any

import msgspec
import psycopg
import pytest

from service.core.events import Event, Place, Token
from service.core.run import STRIDE, event_id
from service.log import postgres as module
from service.settings import ROOT
from tests import postgres
from tests.environment import inherited
from tests.log.articles import ask, connected, joined, logs, rows, stored, story
from tests.log.contract import PATIENCE, Follower, done, end, follow, on, stage
from tests.postgres import Cluster

pytestmark = pytest.mark.process

DRAFT, TEXT = ("draft", 1), ("article", None)


@pytest.fixture
def url() -> Generator[str]:
    with postgres.url() as url:
        stored(url, "a", 1)
        yield url


@pytest.fixture(scope="module")
def cluster() -> Generator[Cluster]:
    with postgres.own() as cluster:
        yield cluster


def told(follower: Follower) -> list[tuple[int | None, Event]]:
    return list(zip(follower.ids, follower.events, strict=True))


async def until(reached: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not reached():
            await asyncio.sleep(0.005)


# -- the same everywhere


async def test_viewers_have_the_same_events_with_the_same_ids_at_every_server(url: str) -> None:
    async with logs(url) as (here, there):
        there.opened("a", 1)
        away = follow(there)
        writer = here.writer("a", 1, 1)
        near = follow(here)
        writer.put(msgspec.structs.replace(stage(), data=Place(place=3)))
        writer.text(DRAFT).append("Bees 🐝 make hony")
        await away.until(lambda f: f.texts == {DRAFT: "Bees 🐝 make hony"})
        writer.text(DRAFT).replace("Bees 🐝 make honey")
        writer.text(TEXT).append("漢字")
        writer.put(stage("completed"))
        last = end(writer)
        here.leave("a")
        for follower in (near, away):
            await follower.to_the_end()
        assert away.last_id == last
        assert away.texts == {DRAFT: "Bees 🐝 make honey", TEXT: "漢字"}
        assert told(near) == told(away)
        assert msgspec.structs.asdict(away.events[0])["data"] == Place(place=3)
        await until(lambda: there.story("a") is None)


async def test_a_snapshot_is_the_same_at_every_server(url: str) -> None:
    async with logs(url, keep=4) as (here, there):
        writer = here.writer("a", 1, 1)
        away = await joined(there)
        for n in range(30):
            writer.put(stage("started", n % 3))
            writer.text(("draft", n % 3)).append(f"{n} 🐝 " * 1_000)
            await away.until(lambda f, n=n: f"{n} " in f.texts.get(("draft", n % 3), ""))
        writer.text(DRAFT)
        writer.text(("draft", 9))  # exists, and is empty
        writer.put(stage("completed"))
        await away.until(lambda f: f.statuses[-1] == "completed")
        late = [await joined(log) for log in (here, there)]
        for follower in late:
            await follower.until(lambda f: f.ids[-1:] == away.ids[-1:])
        assert told(late[0]) == told(late[1])
        assert late[1].texts[("draft", 9)] == ""
        end(writer)


async def test_who_moves_to_another_server_gets_exactly_what_is_newer(url: str) -> None:
    async with logs(url) as (here, there):
        writer = here.writer("a", 1, 1)
        near = follow(here)
        await until(lambda: here.tally.viewers == 1)
        for word in ("bees ", "make ", "honey"):
            writer.text(DRAFT).append(word)
            writer.put(stage())
        await near.until(lambda f: len(f.events) == 6)
        for n, id in enumerate(near.ids, start=1):
            moved = await joined(there, after=id)
            moved.texts[DRAFT] = "bees make honey"  # at least what it has seen
            await moved.until(lambda f, n=n: len(f.events) == 6 - n)
            assert (told(moved), moved.snapshots) == (told(near)[n:], 0)
            await moved.leave()
        moved = await joined(there, after=near.ids[2])
        moved.texts[DRAFT] = "bees make "
        last = end(writer)
        await moved.to_the_end()
        assert (told(moved)[:-1], moved.last_id) == (told(near)[3:6], last)


async def test_who_is_ahead_of_the_mirror_waits_for_what_is_newer(url: str) -> None:
    async with logs(url) as (here, there):
        writer = here.writer("a", 1, 1)
        writer.put(stage("started"))
        mirror = await story(there)
        async with asyncio.timeout(PATIENCE):
            await anext(mirror.follow(None))
        ahead = Follower(mirror, event_id(1, 3))  # as the server has told that cut them off
        far = await Follower(mirror, event_id(1, 3_000)).until(lambda f: f.statuses == ["started"])
        for status in ("retrying", "completed", "started"):
            writer.put(stage(status))
            await far.until(lambda f, status=status: f.statuses[-1] == status)
        await ahead.until(lambda f: f.statuses[-1:] == ["started"])
        assert (ahead.statuses, ahead.snapshots) == (["completed", "started"], 0)
        assert ahead.ids == [event_id(1, 4), event_id(1, 5)]


async def test_only_who_has_seen_the_end_has_seen_all_also_elsewhere(url: str) -> None:
    async with logs(url) as (here, there):
        writer = here.writer("a", 1, 1)
        mirror = await story(there)
        last = end(writer)
        await Follower(mirror).to_the_end()
        assert [mirror.over(id) for id in (last, last - STRIDE, last + STRIDE, None)] == [True, False, False, False]
        assert await there.join("a") is None  # what is stored tells as much, also if it is changed


async def test_an_end_that_was_stored_before_has_its_id_everywhere(url: str) -> None:
    async with logs(url) as (here, there):
        there.opened("a", 1)
        away = follow(there)
        writer = here.writer("a", 2, 1)
        writer.text(TEXT).replace("so far")
        writer.end(done(), last=event_id(2, 1))
        here.leave("a")
        await away.to_the_end()
        assert (away.last_id, away.texts, away.ends) == (event_id(2, 1), {TEXT: "so far"}, 1)


# -- epochs


async def test_who_waits_elsewhere_sees_the_article_begin(url: str) -> None:
    stored(url, "a", 2, "pending")
    async with logs(url) as (here, there):
        there.opened("a", 1).put(stage("retrying"))
        away = await follow(there).until(lambda f: len(f.events) == 1)
        assert set(there.unwritten()) == {"a"}
        stored(url, "a", 3)
        here.writer("a", 3, 1).put(stage("started"))
        await away.until(lambda f: f.statuses == ["retrying", "started"])
        assert away.ids == [None, event_id(3, 2)]
        assert not there.unwritten()


async def test_who_comes_between_claim_and_the_first_row_misses_nothing(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK", 3600)
    async with logs(url) as (here, there):
        assert await there.join("a") is None  # so what is stored is read; and meanwhile it begins
        writer = here.writer("a", 1, 1)
        writer.put(stage("started"))
        await until(lambda: rows(url))
        await asyncio.sleep(0.05)  # its notification has come, and nobody wanted it
        there.opened("a", 1)
        await follow(there).until(lambda f: f.statuses == ["started"])


async def test_an_article_that_rests_may_go_on_at_another_server(url: str) -> None:
    async with logs(url) as (here, there):
        writer = here.writer("a", 1, 1)
        near, away = follow(here), await joined(there)
        writer.put(stage("started"))
        writer.rest()
        here.leave("a")
        here.opened("a", 1).put(stage("retrying"))  # as each server tells of the queue
        await away.until(lambda f: f.statuses == ["started"])
        await until(lambda: set(there.unwritten()) == {"a"})
        there.opened("a", 1).put(stage("retrying"))
        for follower in (near, away):
            await follower.until(lambda f: f.statuses == ["started", "retrying"])
        stored(url, "a", 3)
        writer = there.writer("a", 3, 1)
        writer.text(DRAFT).append("bees")
        writer.put(stage("completed"))
        for follower in (near, away):
            await follower.until(lambda f: f.statuses == ["started", "retrying", "completed"])
            assert follower.texts == {DRAFT: "bees"}
        end(writer)
        there.leave("a")
        for follower in (near, away):
            await follower.to_the_end()
        assert told(near)[-3:] == told(away)[-3:]


async def test_an_article_goes_on_before_it_is_stored_that_it_rests(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK", 3600)
    stored(url, "b", 3)
    async with logs(url) as (here, there):
        there.writer("b", 3, 1).put(stage("completed"))
        for elsewhere, epoch in ((False, 3), (True, 5)):
            writer = here.writer("a", epoch - 1, 1)
            near, away = follow(here), await joined(there)
            with psycopg.connect(url) as held:  # the next row has to wait for one that has its place
                ask(held, "INSERT INTO events VALUES ('a', %s, %s, '')", epoch - 1, writer.part + 1)
                writer.put(stage("started"))
                writer.rest()
                here.leave("a")
                await asyncio.sleep(0.05)
                if elsewhere:
                    ask(url, "INSERT INTO events SELECT 'a', %s, part, body FROM events WHERE article_id = 'b'", epoch)
                    ask(url, "NOTIFY events, 'a'")
                    await asyncio.sleep(0.05)
                else:
                    writer = here.writer("a", epoch, 1)
                held.rollback()
            if not elsewhere:
                await asyncio.sleep(0.05)
                writer.put(stage("completed"))
            for follower in (near, away):
                await follower.until(lambda f: f.statuses[-1:] == ["completed"])
                assert follower.last_id > event_id(epoch, 0)
                await follower.leave()


async def test_an_article_that_its_writer_left_waits_for_the_next(url: str) -> None:
    async with logs(url) as (here, there):
        here.writer("a", 1, 1).text(DRAFT).append("bees")
        near, away = follow(here), await joined(there)
        here.leave("a")
        await near.to_the_end()
        await until(lambda: set(there.unwritten()) == {"a"})
        stored(url, "a", 3)
        end(there.writer("a", 3, 1))
        assert (await away.to_the_end()).ends == 1


async def test_nobody_sees_what_a_writer_of_an_older_epoch_writes(url: str) -> None:
    async with logs(url) as (zombie, there):
        old = zombie.writer("a", 1, 1)
        away = await joined(there)
        old.text(DRAFT).append("old")
        await away.until(lambda f: f.texts == {DRAFT: "old"})
        stored(url, "a", 2, "pending")  # its lease has ended
        async with on(url) as third:
            await connected(third)
            old.text(DRAFT).append(" zombie")
            await away.until(lambda f: f.texts == {DRAFT: "old zombie"})  # until somebody begins
            assert await third.join("a") is None
            third.opened("a", 1)
            waiting = follow(third)
            old.text(DRAFT).append(" more")
            await asyncio.sleep(0.1)
            assert waiting.events == []
            stored(url, "a", 3)
            new = there.writer("a", 3, 1)
            new.text(DRAFT).append("new")
            for follower in (away, waiting):
                await follower.until(lambda f: f.texts == {DRAFT: "new"})
            seen = [len(follower.events) for follower in (away, waiting)]
            old.text(DRAFT).append(" and more")
            end(old)
            zombie.leave("a")
            await until(lambda: not zombie._written)
            await asyncio.sleep(0.1)
            assert [len(follower.events) for follower in (away, waiting)] == seen
            end(new)
            for follower in (away, waiting):
                assert (await follower.to_the_end()).ends == 1


async def test_what_follows_an_end_is_for_those_who_come_anew(url: str) -> None:
    """The end and the next epoch's beginning may be read at once."""
    async with logs(url) as (here, there):
        there.opened("a", 1)
        away = follow(there)
        await until(lambda: there.tally.viewers == 1)
        with psycopg.connect(url) as held:
            held.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
            end(here.writer("a", 1, 1))
            here.leave("a")
            here.writer("a", 2, 1).put(stage("started"))
            await asyncio.sleep(0.05)
        await away.to_the_end()
        assert (away.ends, away.last_id) == (1, event_id(1, 2))


# -- faults


async def test_the_writer_waits_for_no_database_and_everything_arrives(url: str) -> None:
    async with logs(url, keep=4) as (here, there):
        writer = here.writer("a", 1, 1)
        writer.put(stage("started"))
        away = await (await joined(there)).until(lambda f: bool(f.events))
        with psycopg.connect(url) as held:
            held.execute("LOCK TABLE events IN EXCLUSIVE MODE")
            for n in range(100):
                writer.text(DRAFT).append(f"{n} ")
                writer.put(stage("retrying", n % 2))
                await asyncio.sleep(0.001)
            assert len(rows(url)) < 10
        await away.until(lambda f: f.texts == {DRAFT: "".join(f"{n} " for n in range(100))})
        assert len(rows(url)) < 20
        end(writer)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "crashed"])
async def test_viewers_lose_nothing_when_the_database_is_restarted(how: signal.Signals, cluster: Cluster) -> None:
    with cluster.with_tables() as url:
        stored(url, "a", 1)
        async with logs(url) as (here, there):
            writer = here.writer("a", 1, 1)
            writer.put(stage("started"))
            writer.text(DRAFT).append("before ")
            near, away = follow(here), await joined(there)
            await away.until(lambda f: f.texts == {DRAFT: "before "})
            cluster.stop(how)
            writer.text(DRAFT).append("meanwhile ")
            writer.put(stage("retrying"))
            await asyncio.sleep(0.05)
            cluster.start()
            writer.text(DRAFT).append("after")
            whole = {DRAFT: "before meanwhile after"}
            await away.until(lambda f: f.texts == whole)
            late = await (await joined(there)).until(lambda f: f.texts == whole)
            async with on(url) as third:
                await connected(third)
                anew = await (await joined(third)).until(lambda f: f.texts == whole)
                last = end(writer)
                for follower in (near, away, late, anew):
                    assert (await follower.to_the_end()).last_id == last
                    assert follower.texts == whole


async def deafen(url: str) -> None:
    """Cut off the one who listens, because it has a viewer."""
    listening = (
        "FROM pg_stat_activity WHERE query = 'LISTEN events' AND state = 'idle' AND datname = current_database()"
    )
    await until(lambda: len(ask(url, f"SELECT pid {listening}")) == 1)
    ask(url, f"SELECT pg_terminate_backend(pid) {listening}")


async def test_who_listens_again_looks_at_all_that_was_missed(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK", 3600)
    monkeypatch.setattr(module, "AGAIN", 0.2)
    async with logs(url) as (here, there):
        writer = here.writer("a", 1, 1)
        away = await joined(there)
        await deafen(url)
        await asyncio.sleep(0.05)
        writer.text(DRAFT).append("bees")
        await away.until(lambda f: f.texts == {DRAFT: "bees"})


async def test_a_notification_that_is_lost_delays_only(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK", 0.2)
    monkeypatch.setattr(module, "AGAIN", 3600)
    async with logs(url) as (here, there):
        writer = here.writer("a", 1, 1)
        away = await joined(there)
        await deafen(url)
        writer.text(DRAFT).append("bees")
        await away.until(lambda f: f.texts == {DRAFT: "bees"})


CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()"


async def test_every_connection_may_be_cut_at_any_time(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGAIN", 0.02)
    async with logs(url) as (here, there):
        writer = here.writer("a", 1, 1)
        near, away = follow(here), await joined(there)
        for n in range(8):
            for m in range(10):
                writer.text(DRAFT).append(f"{n}.{m} 🐝 ")
                writer.put(stage("retrying", m))
                await asyncio.sleep(0.003)
            await asyncio.to_thread(ask, url, CUT)
        last = end(writer)
        here.leave("a")
        for follower in (near, away):
            await follower.to_the_end()
            assert follower.last_id == last
        assert near.texts == away.texts


async def test_who_has_all_notices_nothing_of_a_connection_that_was_cut(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AGAIN", 0.02)
    async with logs(url) as (here, there):
        writer = here.writer("a", 1, 1)
        away = await joined(there)
        writer.text(DRAFT).append("bees")
        await away.until(lambda f: bool(f.texts))
        before = len(rows(url))
        mirror = there._mirrors()[0]
        ask(url, CUT)
        here.writer("b", 1, 1).put(stage())  # by which it is noticed
        await until(lambda: len([row for row in rows(url) if row[0] == "a"]) > before)
        await until(lambda: mirror.seen[1] > 1)
        moved = await (await joined(there, after=event_id(1, 1))).until(lambda f: bool(f.texts))
        assert moved.snapshots == 0  # nor who comes back
        writer.text(DRAFT).append(" and wasps")
        await away.until(lambda f: f.texts == {DRAFT: "bees and wasps"})
        assert [event.text for event in away.events if isinstance(event, Token)] == ["bees", " and wasps"]


async def test_rows_that_are_lost_are_written_again_by_who_reconnects(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AGAIN", 0.02)
    async with logs(url) as (here, there):
        writer = here.writer("a", 1, 1)
        writer.text(DRAFT).append("bees")
        await until(lambda: rows(url))
        ask(url, "TRUNCATE events")  # as a crash does
        writer.text(DRAFT).append(" and")
        await until(lambda: rows(url))
        assert await there.join("a") is None  # the beginning is missing
        there.opened("a", 1)
        away = follow(there)
        ask(url, CUT)
        writer.text(DRAFT).append(" wasps")
        await away.until(lambda f: f.texts == {DRAFT: "bees and wasps"})


async def test_a_bug_delays_only(url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(module, "AGAIN", 0.02)
    async with logs(url) as (here, there):
        writer = here.writer("a", 1, 1)
        away = await joined(there)
        monkeypatch.setattr(module, "groupby", None)
        writer.text(DRAFT).append("bees")
        await until(lambda: "TypeError" in caplog.text)
        monkeypatch.undo()
        await away.until(lambda f: f.texts == {DRAFT: "bees"})


async def test_another_process_takes_over_from_one_that_was_killed(url: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.log.writing", url, cwd=ROOT, env=inherited(), stdout=asyncio.subprocess.PIPE
    )
    async with logs(url) as (here, there):
        away = await (await joined(there)).until(lambda f: len(f.texts.get(DRAFT, "")) > 100)
        process.kill()
        await process.wait()
        late = await (await joined(here)).until(lambda f: bool(f.texts))
        assert away.texts[DRAFT].startswith(late.texts[DRAFT][:100])
        stored(url, "a", 2, "pending")
        stored(url, "a", 3)
        writer = here.writer("a", 3, 1)
        writer.text(DRAFT).replace("taken over")
        last = end(writer)
        for follower in (away, late):
            await follower.to_the_end()
            assert (follower.texts, follower.last_id, follower.ends) == ({DRAFT: "taken over"}, last, 1)


async def test_an_end_that_nobody_told_closes_the_mirror(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK", 0.05)
    async with logs(url) as (here, there):
        here.writer("a", 1, 1).put(stage("started"))
        away = await joined(there)
        await asyncio.sleep(0.3)
        assert there.tally.viewers == 1
        stored(url, "a", 1, "completed")  # and the writer was killed at once
        await away.to_the_end()
        assert (away.ends, there.story("a")) == (0, None)
        ended = await joined(there)  # but as long as a row was not removed, it is there
        ask(url, "DELETE FROM articles")
        await ended.to_the_end()


async def test_a_row_that_cant_be_read_holds_up_no_other_article(url: str, caplog: pytest.LogCaptureFixture) -> None:
    stored(url, "b", 1)
    async with logs(url) as (here, there):
        here.writer("a", 1, 1).put(stage("started"))
        writer = here.writer("b", 1, 1)
        one, other = await joined(there, "a"), await joined(there, "b")
        await one.until(lambda f: bool(f.events))
        ask(url, "INSERT INTO events VALUES ('a', 1, 99, 'nonsense')")
        writer.put(stage("completed"))
        await other.until(lambda f: f.statuses == ["completed"])
        ask(url, "NOTIFY events, 'a'")
        await one.to_the_end()
    assert "article a can't be followed" in caplog.text


async def test_one_article_that_cant_be_written_holds_up_no_other(url: str, caplog: pytest.LogCaptureFixture) -> None:
    stored(url, "b", 1)
    async with logs(url) as (here, there):
        bad = here.writer("a", 1, 1)
        bad.put(msgspec.structs.replace(stage(), section=2**80))
        await until(lambda: caplog.text)
        good = here.writer("b", 1, 1)
        away = await joined(there, "b")
        bad.put(msgspec.structs.replace(stage(), section=2**80))
        good.text(DRAFT).append("bees")
        await away.until(lambda f: f.texts == {DRAFT: "bees"})
    assert "article a can't be shared" in caplog.text


# -- what stays


async def test_mirrors_go_with_their_last_viewer(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK", 0.05)
    async with logs(url) as (here, there):
        here.writer("a", 1, 1).put(stage("started"))
        one, other = await joined(there), await joined(there)
        for follower in (one, other):
            await follower.until(lambda f: bool(f.events))
        await one.leave()
        assert len(there) == 1
        await other.leave()
        assert len(there) == 0
        await story(there)  # who never comes
        await until(lambda: len(there) == 0)
        assert len(here) == 1


async def test_what_was_read_is_for_nobody_who_meanwhile_left_or_writes(url: str) -> None:
    stored(url, "b", 1)
    async with logs(url) as (here, there):
        writers = [here.writer(name, 1, 1) for name in "ab"]
        one, other = await joined(there, "a"), await joined(there, "b")
        for follower, writer in zip((one, other), writers, strict=True):
            writer.put(stage("started"))
            await follower.until(lambda f: bool(f.events))
        with psycopg.connect(url) as held:
            held.execute("LOCK TABLE articles, events IN ACCESS EXCLUSIVE MODE")
            for name in "ab":
                there._ask(name)
            await asyncio.sleep(0.05)
            ask(held, "INSERT INTO events SELECT article_id, 2, 0, body FROM events WHERE part = 0")
            await one.leave()
            writer = there.writer("b", 3, 1)
            writer.put(stage("retrying"))
        await other.until(lambda f: f.statuses == ["started", "retrying"])
        await there.join("c")
        assert (len(there), writer.epoch) == (1, 3)
        assert [id for id in other.ids if id is not None][-1] > event_id(3, 0)


async def test_rows_go_when_the_run_is_over(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK", 0.05)
    monkeypatch.setattr(module, "KEPT", 0.3)
    for article, epoch in (("b", 1), ("c", 2), ("d", 3)):
        stored(url, article, epoch)
    async with logs(url) as (here, there):
        ended, resting, left, goes_on = (here.writer(*of, 1) for of in (("a", 1), ("b", 1), ("c", 1), ("d", 2)))
        for writer in (ended, resting, left, goes_on):
            writer.put(stage("started"))
        await until(lambda: len(rows(url)) == 4)
        end(ended)
        here.leave("a")
        resting.rest()
        here.leave("b")
        there.writer("c", 2, 1).put(stage("started"))
        here.leave("c")
        here.writer("d", 3, 1)
        await until(lambda: {row[:2] for row in rows(url)} == {("c", 2), ("d", 2), ("d", 3)})


async def test_rows_that_a_killed_process_left_are_removed(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK", 0.05)
    monkeypatch.setattr(module, "SWEEP", 0.1)
    stored(url, "b", 1, "completed")
    for row in (("a", 0, 5), ("a", 1, 5), ("b", 1, 0), ("gone", 1, 0)):
        ask(url, "INSERT INTO events VALUES (%s, %s, %s, '')", *row)
    async with on(url):
        await until(lambda: rows(url) == [("a", 1, 5)])


async def test_many_articles_have_news_at_once(url: str) -> None:
    names = [f"{n:036}" for n in range(300)]
    for name in names[::100]:
        stored(url, name, 1)
    async with logs(url) as (here, there):
        writers = [here.writer(name, 1, 1) for name in names]
        followers = [await joined(there, name) for name in names[::100]]
        for writer in writers:
            writer.put(stage("started"))
        for follower in followers:
            await follower.until(lambda f: f.statuses == ["started"])


async def test_a_server_that_stops_writes_what_is_new_before(url: str) -> None:
    async with on(url) as there:
        async with on(url) as here:
            writer = here.writer("a", 1, 1)
            away = await joined(there)
            here.close()
            writer.text(DRAFT).append("to the last word")
            end(writer)
            here.leave("a")
        assert (await away.to_the_end()).texts == {DRAFT: "to the last word"}


async def test_viewers_who_come_while_the_server_stops_are_sent_on(url: str) -> None:
    async with logs(url) as (here, there):
        here.writer("a", 1, 1).put(stage("started"))
        await until(lambda: rows(url))
        there.close()
        assert await there.join("a") is None
        await Follower(there.opened("a", 1)).to_the_end()


async def test_without_a_database_the_writer_and_its_own_viewers_go_on(caplog: pytest.LogCaptureFixture) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/nowhere"
    async with on(nowhere) as log:
        writer = log.writer("a", 1, 1)
        near = follow(log)
        writer.text(DRAFT).append("bees")
        assert await log.join("b") is None
        assert await log.join("a") is log.story("a")
        end(writer)
        assert (await near.to_the_end()).texts == {DRAFT: "bees"}
        module.GOODBYE, goodbye = 0.1, module.GOODBYE
    module.GOODBYE = goodbye
    assert "can't be shared with other servers" in caplog.text
