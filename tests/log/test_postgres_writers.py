"""Several logs on one database: what writers do, one after the other, and when the database fails."""

import asyncio
import sys

import msgspec
import psycopg
import pytest

from service.core.run import event_id
from service.log import postgres as module
from service.settings import ROOT
from tests.environment import inherited
from tests.log.articles import CUT, DRAFT, answering, ask, connected, joined, logs, rows, stored, told, until
from tests.log.contract import end, follow, on, stage

pytestmark = pytest.mark.process


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
    answering(url, "talk", 2, "a process")
    answering(url, "quiet", 1, None)
    left = [("a", 0, 5), ("b", 1, 0), ("gone", 1, 0), ("gone.1", 1, 0), ("quiet.1", 1, 0), ("talk.1", 1, 0)]
    for row in (("a", 1, 5), ("talk.2", 1, 0), *left):
        ask(url, "INSERT INTO events VALUES (%s, %s, %s, '')", *row)
    async with on(url):
        await until(lambda: rows(url) == [("a", 1, 5), ("talk.2", 1, 0)])


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
