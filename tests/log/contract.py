"""The logs that have to pass the suite in test_contract.py, and somebody who follows them.

Another implementation is a function that opens it, and its line in LOGS.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

from service.core.events import Done, Error, Event, StageEvent, Token, Usage
from service.core.pace import steady
from service.core.sentences import Sentence
from service.core.texts import TextKey
from service.log.contract import Batch, Log, Story, Writer
from service.log.memory import MemoryLog
from service.log.postgres import PostgresLog, opened
from service.stages import flows
from service.store.postgres_dialect import connected
from tests import postgres

KEEP = 4  # entries that a log of the suite holds, so that followers soon fall behind
FRAME = 0.005  # seconds that text may gather
PATIENCE = 30.0


@asynccontextmanager
async def memory() -> AsyncGenerator[Log]:
    yield MemoryLog(pace=steady(FRAME), keep=KEEP, linger=60)


@asynccontextmanager
async def shared() -> AsyncGenerator[Log]:
    with postgres.url() as url:
        async with on(url) as log:
            yield log


def on(url: str, *, keep: int = KEEP, linger: float = 60, data: Any = None) -> AbstractAsyncContextManager[PostgresLog]:
    """One of the logs on a database."""
    return opened(partial(connected, url), pace=steady(FRAME), keep=keep, linger=linger, data=data or flows.data())


LOGS: dict[str, Callable[[], AbstractAsyncContextManager[Log]]] = {"memory": memory, "postgres": shared}


def stage(status: Any = "started", section: int | None = None) -> StageEvent:
    sentence = Sentence(f"content.{status}")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return StageEvent(run=1, stage="content", section=section, status=status, progress=0, sentence=sentence, at=at)


def done() -> Done:
    return Done(article_id="a", run=1, status="completed", progress=100, words=1, usage=Usage(), elapsed_ms=1)


def end(writer: Writer) -> int:
    """The id of the terminal event."""
    last = writer.seal(1)
    writer.end(done())
    return last


class Follower:
    """Follows a story in a task of its own. Its texts are what a client has by the one rule for clients."""

    def __init__(self, story: Story, after: int | None = None) -> None:
        self.texts: dict[TextKey, str] = {}
        self.events: list[Event] = []
        self.ids: list[int | None] = []
        self.snapshots = 0  # batches that tell anew what there is
        self._news = asyncio.Event()
        self._following = asyncio.create_task(self._follow(story, after))

    async def _follow(self, story: Story, after: int | None) -> None:
        async for batch in story.follow(after):
            self._take(batch)
            self._news.set()

    def _take(self, batch: Batch) -> None:
        self.snapshots += batch.snapshot
        for entry in batch.entries:
            self.ids.append(entry.id)
            self.events.append(entry.event)
            if isinstance(entry.event, Token):
                self._write(entry.event)

    def _write(self, token: Token) -> None:
        before = self.texts.get((token.kind, token.section), "").encode("utf-16-le")
        assert 2 * token.offset <= len(before), "a token stands behind the end of its text"
        self.texts[token.kind, token.section] = before[: 2 * token.offset].decode("utf-16-le") + token.text

    @property
    def statuses(self) -> list[str]:
        """How the stages' and the run's events have it, in order."""
        return ["failed" if isinstance(e, Error) else e.status for e in self.events if not isinstance(e, Token)]

    @property
    def ends(self) -> int:
        """How many terminal events it was told."""
        return sum(isinstance(event, Done | Error) for event in self.events)

    @property
    def last_id(self) -> int:
        last = self.ids[-1]
        assert last is not None
        return last

    async def until(self, reached: Callable[["Follower"], bool]) -> "Follower":
        async with asyncio.timeout(PATIENCE):
            while not reached(self):
                assert not self._following.done(), "the stream has ended before"
                self._news.clear()
                await self._news.wait()
        return self

    async def to_the_end(self) -> "Follower":
        async with asyncio.timeout(PATIENCE):
            await self._following
        return self

    async def leave(self) -> None:
        self._following.cancel()
        await asyncio.gather(self._following, return_exceptions=True)


def story(log: Log, article_id: str = "a") -> Story:
    found = log.story(article_id)
    assert found is not None
    return found


def follow(log: Log, article_id: str = "a", after: int | None = None) -> Follower:
    return Follower(story(log, article_id), after)
