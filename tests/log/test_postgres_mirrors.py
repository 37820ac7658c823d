"""Several logs on one database: what one process writes, viewers have in all."""

import asyncio
import signal
from collections.abc import Generator

import msgspec
import psycopg
import pytest

from service.core.events import Place, Token, Words
from service.core.run import STRIDE, event_id
from service.log import postgres as module
from tests import postgres
from tests.log.articles import CUT, DRAFT, ask, connected, joined, logs, rows, stored, story, told, until
from tests.log.contract import PATIENCE, Follower, done, end, follow, on, stage
from tests.postgres import Cluster

pytestmark = pytest.mark.process

TEXT = "article", None


@pytest.fixture(scope="module")
def cluster() -> Generator[Cluster]:
    with postgres.own() as cluster:
        yield cluster


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


async def test_what_only_another_version_knows_is_left_out(url: str) -> None:
    async with on(url) as newer, on(url, data=Words) as older:
        writer = newer.writer("a", 1, 1)
        away = await joined(older)
        writer.put(msgspec.structs.replace(stage(), data=Place(place=3)))
        writer.put(msgspec.structs.replace(stage("completed"), data=Words(words=3)))
        end(writer)
        await away.to_the_end()
        assert [msgspec.structs.asdict(event)["data"] for event in away.events[:2]] == [None, Words(words=3)]


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
        await until(lambda: not rows(url))  # so that who comes is told by what is stored
        stored(url, "a", 2)
        here.writer("a", 2, 1).put(stage("started"))
        deleted = await joined(there)
        ask(url, "DELETE FROM articles")
        await deleted.to_the_end()


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


async def test_viewers_who_come_while_the_server_stops_are_sent_on(url: str) -> None:
    async with logs(url) as (here, there):
        here.writer("a", 1, 1).put(stage("started"))
        await until(lambda: rows(url))
        there.close()
        assert await there.join("a") is None
        await Follower(there.opened("a", 1)).to_the_end()
