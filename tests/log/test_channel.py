import asyncio
import tracemalloc
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from service.core.events import Done, StageEvent, Usage
from service.core.pace import steady
from service.core.run import STRIDE
from service.core.sentences import Sentence
from service.log.channel import Channel
from service.wire.events import wire_event
from tests.log.viewing import view
from tests.sse import Viewer

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = 3600.0


def channel(frame: float = 0.0, keep: int = 4, epoch: int | None = 1) -> Channel:
    return Channel(epoch=epoch, run=1, pace=steady(frame), keep=keep)


def stage(status: Any = "started", name: str = "outline", section: int | None = None) -> StageEvent:
    sentence = Sentence("stage.failed")
    return StageEvent(run=1, stage=name, section=section, status=status, progress=0, sentence=sentence, at=NOW)


def done() -> Done:
    return Done(article_id="a", run=1, status="completed", progress=100, words=1, usage=Usage(), elapsed_ms=1)


def end(of: Channel) -> int:
    last = of.seal(1)
    of.end(done())
    return last


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def watch_to_the_end(of: Channel, after: int | None = None) -> Viewer:
    viewer = Viewer()
    async with asyncio.timeout(60):
        async for piece in view(of, after):
            assert len(piece) <= 64 * 1024
            viewer.feed(piece)
    return viewer


async def next_piece(viewed: AsyncIterator[bytes]) -> bytes:
    async with asyncio.timeout(60):
        return await anext(viewed)


async def test_a_delta_after_a_quiet_frame_leaves_at_once_and_those_that_follow_gather() -> None:
    c = channel(frame=HOUR)
    viewed = view(c, None)
    await next_piece(viewed)
    waiting = asyncio.ensure_future(anext(viewed))
    await settle()
    c._last_flush = -HOUR  # a quiet hour has passed
    text = c.text(("draft", 1))
    text.append("one")
    await settle()
    viewer = Viewer()
    viewer.feed(waiting.result())
    assert viewer.texts == {("content", 1): "one"}
    text.append(" two")
    text.append(" three")
    waiting = asyncio.ensure_future(anext(viewed))
    await settle()
    assert not waiting.done()
    c.flush()  # the frame's end
    await settle()
    viewer.feed(waiting.result())
    assert [token.text for token in viewer.tokens()] == ["one", " two three"]


async def test_the_frame_ends_by_itself() -> None:
    c = channel(frame=0.02)
    text = c.text(("draft", 1))
    text.append("one")
    text.append(" two")
    viewed = view(c, 0)
    viewer = Viewer()
    while viewer.texts.get(("content", 1)) != "one two":
        viewer.feed(await next_piece(viewed))


async def watch_now(of: Channel, after: int | None = None) -> Viewer:
    """What a viewer gets without waiting."""
    viewer = Viewer()
    viewed = view(of, after)
    while True:
        piece = asyncio.ensure_future(anext(viewed))
        await settle()
        if not piece.done():
            piece.cancel()
            await settle()
            return viewer
        if piece.exception() is not None:
            return viewer
        viewer.feed(piece.result())


async def test_the_terminal_event_does_not_wait_for_the_frame() -> None:
    c = channel(frame=HOUR)
    c.text(("draft", 1)).append("one")
    c.text(("draft", 1)).append(" two")
    end(c)
    viewer = await watch_now(c)
    assert viewer.texts == {("content", 1): "one two"}
    assert viewer.end == wire_event(done())


async def test_a_viewer_that_fell_behind_gets_one_snapshot() -> None:
    c = channel(keep=4)
    c.put(stage())
    viewed, viewer = view(c, None), Viewer()
    for _ in range(2):  # when to come back, and what there is
        viewer.feed(await next_piece(viewed))
    for n in range(1000):
        c.text(("draft", 1)).append(f"{n} ")
    end(c)
    async for piece in viewed:
        viewer.feed(piece)
    assert viewer.texts[("content", 1)] == "".join(f"{n} " for n in range(1000))
    assert len(viewer.tokens()) == 1
    assert viewer.ids == sorted(set(viewer.ids))


async def test_a_viewer_that_was_shown_what_has_no_ids_goes_on_nowhere_as_if_it_still_had_what_it_had() -> None:
    here, elsewhere = channel(epoch=None), channel()
    elsewhere.text(("draft", 1)).append("bees")
    viewer = await watch_now(elsewhere)
    here.text(("draft", 1))  # nothing of it is stored
    viewed = view(here, viewer.last_id)
    for _ in range(2):  # when to come back, and what there is
        viewer.feed(await next_piece(viewed))
    assert viewer.texts == {("content", 1): ""}
    elsewhere.text(("draft", 1)).append(" make honey")
    end(elsewhere)
    async for piece in view(elsewhere, viewer.last_id):
        viewer.feed(piece)
    assert viewer.texts == {("content", 1): "bees make honey"}
    assert viewer.ids == sorted(set(viewer.ids))


async def test_withdrawing_is_sent_at_once() -> None:
    c = channel(frame=HOUR)
    text = c.text(("draft", 1))
    text.append("wrong")
    viewed, viewer = view(c, None), Viewer()
    for _ in range(2):  # when to come back, and what there is
        viewer.feed(await next_piece(viewed))
    text.replace("")
    withdrawn = asyncio.ensure_future(anext(viewed))
    await settle()
    viewer.feed(withdrawn.result())
    assert viewer.texts == {("content", 1): ""}


async def test_a_cancelled_viewer_leaves_nothing_behind() -> None:
    c = channel()

    async def watch() -> None:
        async for _ in view(c, None):
            pass

    tasks = [asyncio.create_task(watch()) for _ in range(50)]
    await settle()
    assert (c.viewers, len(c._waiting)) == (50, 50)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (c.viewers, len(c._waiting)) == (0, 0)


async def test_a_viewer_that_is_cancelled_in_the_moment_of_news_disturbs_nobody() -> None:
    c = channel()
    one, other = asyncio.create_task(watch_to_the_end(c)), asyncio.create_task(watch_to_the_end(c))
    await settle()
    one.cancel()
    c.put(stage())
    end(c)
    assert (await other).end == wire_event(done())


async def test_a_long_text_comes_in_pieces() -> None:
    c = channel()
    c.text(("article", None)).append("\x01🐝" * 100_000)  # six bytes each in JSON: the worst there is
    end(c)
    viewer = await watch_to_the_end(c)
    assert viewer.texts == {("style", None): "\x01🐝" * 100_000}


async def test_each_snapshot_of_a_growing_text_is_the_whole_text() -> None:
    c = channel(keep=2)
    text = c.text(("article", None))
    for part in ["🐝" * 5_000, "b" * 3_192, "🐝c" * 9_000, "d" * 8_192 * 2, "", "e"]:
        text.append(part)
        assert (await watch_now(c, None)).texts == {("style", None): text.value}
    text.replace("🐝" * 5_000 + "another end" * 2_000)
    assert (await watch_now(c, None)).texts == {("style", None): text.value}


async def test_viewers_that_take_nothing_share_the_text() -> None:
    c = channel()
    text = c.text(("article", None))
    text.append("bees " * 200_000)
    views = [view(c, None) for _ in range(50)]
    tracemalloc.start()
    try:
        for viewed in views:
            text.append(" more")  # so that no two of them see the same
            await next_piece(viewed)
            await next_piece(viewed)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 15_000_000  # two texts, and a piece for each viewer; a text for each would be 50 MB


async def test_ids_only_grow_where_an_epoch_is_learnt_of_later_than_elsewhere() -> None:
    """A viewer comes to a server that at first knows only what is stored."""
    elsewhere = channel(epoch=3)
    elsewhere.put(stage())
    viewer = Viewer()
    seeing = asyncio.create_task(_fed(viewer, elsewhere))
    await settle()
    seeing.cancel()
    here = Channel(run=1, pace=steady(0), keep=4)
    following = asyncio.create_task(_fed(viewer, here))
    await settle()
    here.begin(3, 1)
    here.put(stage())
    await settle()
    before = viewer.last_id
    assert before is not None
    assert viewer.ids == [before]  # it is told again, without an id
    here.put(stage("completed"))
    await settle()
    assert viewer.ids == [before, before + STRIDE]
    following.cancel()


async def _fed(viewer: Viewer, of: Channel) -> None:
    async for piece in view(of, viewer.last_id):
        viewer.feed(piece)
