import asyncio
from collections.abc import AsyncGenerator

from service.core.pace import steady
from service.log.channel import Channel
from service.log.memory import MemoryLog
from tests.log.test_channel import end, settle, stage
from tests.log.viewing import view


def channels(linger: float = 60) -> MemoryLog:
    return MemoryLog(pace=steady(0), keep=4, linger=linger)


async def watching(of: MemoryLog, name: str) -> asyncio.Task[None]:
    channel = of.story(name)
    assert channel is not None

    async def watch() -> None:
        async for _ in view(channel, None):
            pass

    task = asyncio.create_task(watch())
    await settle()
    return task


async def viewing(channel: Channel) -> AsyncGenerator[bytes]:
    """A viewer who has stopped after the first event, and stays."""
    channel.put(stage())
    viewed = view(channel, None)
    await anext(viewed)
    await anext(viewed)
    assert channel.viewers == 1
    return viewed


async def test_an_article_has_one_channel_until_it_is_closed() -> None:
    some = channels()
    first = some.opened("a", 1)
    assert some.opened("a", 1) is first
    first.close()
    assert some.opened("a", 1) is not first


async def test_an_ended_channel_goes_with_its_last_viewer() -> None:
    some = channels()
    channel = some.opened("a", 1)
    channel.begin(2, 1)
    one, two = await watching(some, "a"), await watching(some, "a")
    channel.put(stage())
    end(channel)
    some.leave("a")
    assert len(some) == 1
    await asyncio.gather(one, two)
    await settle()
    assert (len(some), some.dropped) == (0, 1)


async def test_an_ended_channel_goes_after_a_while_though_a_viewer_stays() -> None:
    some = channels(linger=0.02)
    channel = some.writer("a", 1, 1)
    viewed = await viewing(channel)
    end(channel)
    some.leave("a")
    await asyncio.sleep(0.1)
    assert len(some) == 0
    assert [piece async for piece in viewed]  # who stays gets all the same
    some.drop("a")
    assert some.dropped == 1


async def test_an_ended_channel_that_stays_does_not_take_its_successor_along() -> None:
    some = channels(linger=0.02)
    old = some.writer("a", 1, 1)
    viewed = await viewing(old)
    end(old)
    some.leave("a")
    new = some.opened("a", 2)
    await asyncio.sleep(0.1)
    assert some.story("a") is new
    await viewed.aclose()


async def test_an_ended_channel_without_viewers_goes_at_once() -> None:
    some = channels()
    end(some.writer("a", 1, 1))
    some.leave("a")
    assert len(some) == 0


async def test_a_channel_that_nobody_writes_goes_with_its_last_viewer() -> None:
    some = channels()
    some.opened("waits", 1)
    assert set(some.unwritten()) == {"waits"}
    task = await watching(some, "waits")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert len(some) == 0


async def test_a_channel_being_written_stays_without_viewers() -> None:
    some = channels()
    some.writer("a", 1, 1)
    task = await watching(some, "a")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert len(some) == 1
    assert some.unwritten() == {}


async def test_how_late_text_leaves_is_counted_once_a_frame() -> None:
    some = MemoryLog(pace=steady(0.05), keep=4, linger=60)
    text = some.opened("a", 1).text(("draft", 1))
    for word in ("at once", " after", " a frame"):
        text.append(word)
    text.replace("changed")  # ends the frame, and is not late itself
    late = some.tally.lateness
    assert sum(late.counts) == 2
    assert 0 <= late.sum < 0.05


async def test_text_that_was_read_with_the_frame_may_be_as_old_as_the_frame() -> None:
    pace = steady(3600)
    some = MemoryLog(pace=pace, keep=4, linger=60)
    text = some.opened("a", 1).text(("draft", 1))
    pace.read(lambda: text.append("new"))
    pace.began -= 30
    pace._beat(asyncio.get_running_loop())
    assert text.value == "new" == text.sent
    assert 25 < some.tally.lateness.sum < 35


async def test_a_loose_channel_belongs_to_no_article() -> None:
    some = channels()
    some.loose("a")
    assert len(some) == 0


async def test_who_is_about_to_follow_what_is_dropped_is_let_go() -> None:
    some = channels()
    about_to = view(some.opened("waits", 1), None)
    task = await watching(some, "waits")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert len(some) == 0
    async with asyncio.timeout(60):
        assert len([piece async for piece in about_to]) == 1  # nothing but when to come back
