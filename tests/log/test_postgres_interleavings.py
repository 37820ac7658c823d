"""Write, join, leave, move, be cut off, let another process take over, in any order and at any server: what every
viewer has in the end is what the writer has."""

import asyncio
import itertools
from collections.abc import Generator
from contextlib import AsyncExitStack
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.core.events import Done, Token
from service.core.texts import TextKey
from service.log import postgres as module
from service.log.contract import Story, Writer
from service.log.postgres import PostgresLog
from tests import postgres
from tests.examples import examples
from tests.log.articles import CUT, ask, connected, stored
from tests.log.contract import done, on, stage

pytestmark = pytest.mark.process

SERVERS, VIEWERS = 3, 3
KEYS = [("draft", 1), ("draft", 2), ("article", None)]
_names = itertools.count()

text = st.text(alphabet=st.sampled_from("abc é漢🐝\n"), max_size=6)
which_key, which_server = st.sampled_from(KEYS), st.integers(0, SERVERS - 1)
nothing = st.none()
write = st.tuples(st.just("append"), which_key, text.filter(bool))
wait = st.tuples(st.just("wait"), st.sampled_from([0.0, 0.001, 0.01]), nothing)
steps = st.lists(
    st.one_of(
        write,
        write,
        wait,
        wait,
        st.tuples(st.just("replace"), which_key, text),
        st.tuples(st.just("stage"), st.sampled_from(["started", "retrying", "completed"]), nothing),
        st.tuples(st.just("move"), st.integers(0, VIEWERS - 1), which_server),
        st.tuples(st.just("take over"), which_server, st.booleans()),
        st.tuples(st.just("rest"), which_server, nothing),
        st.tuples(st.just("drop"), which_server, nothing),
        st.tuples(st.just("zombie"), nothing, nothing),
        st.tuples(st.just("cut"), nothing, nothing),
    ),
    min_size=15,
    max_size=30,
)


class Play:
    """An article, those who write it, and those who follow it."""

    def __init__(self, database: psycopg.Connection, servers: list[PostgresLog]) -> None:
        self.database, self.servers = database, servers
        self.name = f"article-{next(_names)}"
        self.epoch = 0
        self.texts: dict[TextKey, str] = {}
        self.saved: dict[TextKey, str] = {}  # what the store has
        self.last: int | None = None
        self.writers: list[tuple[PostgresLog, Writer]] = []
        self.begin(0)

    def begin(self, server: int) -> None:
        log = self.servers[server]
        if any(before is log for before, _ in self.writers):  # one run at a time in a process
            log.leave(self.name)
            self.writers = [each for each in self.writers if each[0] is not log]
        self.epoch += 2
        stored(self.database, self.name, self.epoch)
        self.saved = dict(self.texts)
        writer = log.writer(self.name, self.epoch, 1)
        _fill(writer, self.saved)
        self.writers.append((log, writer))

    def pause(self) -> None:
        log, writer = self.writers.pop()
        self.saved = dict(self.texts)
        stored(self.database, self.name, self.epoch, "awaiting_review")
        writer.rest()
        log.leave(self.name)
        stored(self.database, self.name, self.epoch + 1, "pending")

    def end(self) -> None:
        log, writer = self.writers[-1]
        last = writer.seal(1)
        stored(self.database, self.name, self.epoch, "completed")
        self.last = last
        writer.end(done())
        log.leave(self.name)

    async def story(self, log: PostgresLog) -> Story | None:
        """As the newsroom finds it; None if it has ended."""
        while True:
            if (story := await log.join(self.name)) is not None:
                return story
            before, dropped = log.story(self.name), log.dropped
            last, saved = self.last, dict(self.saved)
            await asyncio.sleep(0.001)  # the store is read
            if log.story(self.name) is before and log.dropped == dropped:
                if last is not None:
                    return None
                opened = log.opened(self.name, 1)
                _fill(opened, saved)
                return opened


class Viewer:
    def __init__(self, play: Play) -> None:
        self.play = play
        self.server = 0
        self.texts: dict[TextKey, str] = {}
        self.after: int | None = None
        self.ends = 0
        self.following = asyncio.create_task(self.follow())

    async def move(self, server: int) -> None:
        self.server = server
        if self.ends == 0:
            self.following.cancel()
            await asyncio.gather(self.following, return_exceptions=True)
            self.following = asyncio.create_task(self.follow())

    async def follow(self) -> None:
        while self.ends == 0:
            story = await self.play.story(self.play.servers[self.server])
            if story is None:  # it is replayed from the store
                self.texts, self.after, self.ends = dict(self.play.texts), self.play.last, 1
                return
            async for batch in story.follow(self.after):
                for entry in batch.entries:
                    self.take(entry.event)
                    self.after = entry.id or self.after

    def take(self, event: object) -> None:
        if isinstance(event, Token):
            before = self.texts.get((event.kind, event.section), "").encode("utf-16-le")
            assert 2 * event.offset <= len(before)
            self.texts[event.kind, event.section] = before[: 2 * event.offset].decode("utf-16-le") + event.text
        self.ends += isinstance(event, Done)


def _fill(writer: Any, texts: dict[TextKey, str]) -> None:
    for key in KEYS:
        writer.text(key).replace(texts.get(key, ""))


async def play(url: str, script: list[tuple[str, Any, Any]], keep: int) -> None:
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(on(url, keep=keep)) for _ in range(SERVERS)]
        for log in servers:
            await connected(log)
        it = Play(stack.enter_context(psycopg.connect(url, autocommit=True)), servers)
        viewers = [Viewer(it) for _ in range(VIEWERS)]
        for step in script:
            await act(it, viewers, *step)
        await act(it, viewers, "zombie", None, None)  # each notices in the end
        it.end()
        async with asyncio.timeout(4):
            await asyncio.gather(*(viewer.following for viewer in viewers))
        for viewer in viewers:
            assert {key: value for key, value in viewer.texts.items() if value} == {
                key: value for key, value in it.texts.items() if value
            }
            assert (viewer.ends, viewer.after) == (1, it.last)
        for log, _ in it.writers:
            log.leave(it.name)


async def act(it: Play, viewers: list[Viewer], what: str, one: Any, other: Any) -> None:
    log, writer = it.writers[-1]
    match what:
        case "append":
            writer.text(one).append(other)
            it.texts[one] = it.texts.get(one, "") + other
        case "replace":
            writer.text(one).replace(other)
            it.texts[one] = other
        case "stage":
            writer.put(stage(one))
        case "wait":
            await asyncio.sleep(one)
        case "move":
            await viewers[one].move(other)
        case "take over":
            if other or it.servers[one] is log:  # who wrote it notices at once, or goes on as a zombie
                it.writers.pop()
                log.leave(it.name)
            it.begin(one)
        case "rest":
            it.pause()
            it.begin(one)
        case "drop":
            if it.servers[one].story(it.name) is not writer:
                it.servers[one].drop(it.name)
        case "zombie":
            for old, zombie in it.writers[:-1]:
                zombie.text(KEYS[0]).append("zombie")
                if old.story(it.name) is zombie:
                    old.leave(it.name)
            del it.writers[:-1]
        case "cut":
            await asyncio.to_thread(ask, it.database, CUT)


@pytest.fixture(scope="module")
def url() -> Generator[str]:
    with postgres.url() as url, pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "AGAIN", 0.01)
        yield url


@settings(max_examples=examples(15), deadline=None)
@given(script=steps, keep=st.sampled_from([1, 2, 5, 64]))
def test_what_a_viewer_has_is_what_the_writer_has(url: str, script: list[tuple[str, Any, Any]], keep: int) -> None:
    asyncio.run(play(url, script, keep))
