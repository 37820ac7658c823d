"""Who takes part in a conversation: each gets what was said so far, then what happens."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

from service.conversations.proposals import Proposal
from service.core.errors import PressroomError
from service.log.channel import Channel
from service.store.conversations import ChatMessage

KEPT = 16  # events for who is slow; who misses more begins again from what is stored


@dataclass(frozen=True, slots=True)
class History:
    """What was said so far."""

    said: list[ChatMessage]


@dataclass(frozen=True, slots=True)
class Started:
    """An answer to the question begins, and comes through the channel."""

    question: ChatMessage
    channel: Channel


@dataclass(frozen=True, slots=True)
class Ended:
    answer: ChatMessage


@dataclass(frozen=True, slots=True)
class Failed:
    """There will be no answer to the question; what came of it is void."""

    error: PressroomError


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal came with the last answer, or was applied as a version of the article."""

    proposal: Proposal
    applied: int | None


News = History | Started | Ended | Failed | Proposed


class _Listener:
    """What one of them has not been told yet."""

    def __init__(self) -> None:
        self.waiting: list[News] = []
        self.missed = True  # more than was kept
        self.news = asyncio.Event()

    def add(self, event: News) -> None:
        if len(self.waiting) == KEPT:
            self.waiting.clear()
            self.missed = True
        if not self.missed:
            self.waiting.append(event)
        self.news.set()


class Audience:
    def __init__(self, said: Callable[[], Awaitable[list[ChatMessage]]]) -> None:
        self._said = said  # reads what is stored
        self._started: Started | None = None  # and not ended yet
        self._events = 0
        self._listeners: set[_Listener] = set()
        self.closed = False

    def tell(self, event: News) -> None:
        self._events += 1
        if isinstance(event, Started):
            self._started = event
        elif isinstance(event, Ended | Failed):
            self._started = None
        for listener in self._listeners:
            listener.add(event)

    def close(self) -> None:
        """Everybody is told what is left, then nothing more."""
        self.closed = True
        for listener in self._listeners:
            listener.news.set()

    async def view(self) -> AsyncGenerator[News]:
        listener = _Listener()
        self._listeners.add(listener)
        try:
            while True:
                listener.news.clear()
                if listener.missed:
                    listener.waiting = await self._so_far(listener)
                while listener.waiting:
                    yield listener.waiting.pop(0)  # and kept nowhere: it may be large, and nothing happen for hours
                if self.closed and not listener.missed:
                    return
                await listener.news.wait()
        finally:
            self._listeners.discard(listener)

    async def _so_far(self, listener: _Listener) -> list[News]:
        """What was said so far, and what is going on: of one moment."""
        while True:
            started, events = self._started, self._events
            said = await self._said()
            if events == self._events:
                break
        listener.missed = False
        if started is None:
            return [History(said)]
        # Its answer may be stored already, but is not told yet.
        return [History([one for one in said if one.number <= started.question.number]), started]
