"""The listeners of a session. Each receives the messages so far, then events as they happen."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field

from service.conversations.proposals import Proposal
from service.core.sentences import Sentence
from service.log.channel import Channel
from service.store.conversations import Begun, ChatMessage

KEPT = 16  # events kept for a slow listener; one that misses more starts again from what is stored


@dataclass(frozen=True, slots=True)
class History:
    """The messages so far."""

    said: list[ChatMessage]


@dataclass(frozen=True, slots=True)
class Started:
    """An answer to the question begins, and its text is in the channel."""

    question: ChatMessage
    channel: Channel


@dataclass(frozen=True, slots=True)
class Ended:
    answer: ChatMessage


@dataclass(frozen=True, slots=True)
class Failed:
    """The question gets no answer; the text so far is withdrawn."""

    why: Sentence
    retryable: bool


@dataclass(frozen=True, slots=True)
class Proposed:
    """The last answer holds a proposal, or a proposal was applied as a version of the article."""

    proposal: Proposal
    applied: int | None


News = History | Started | Ended | Failed | Proposed


@dataclass(slots=True)
class Seen:
    """What of the stored conversation the listeners have seen."""

    stored: bool = False  # a first question is
    latest: tuple[int, int] = 0, 0  # the epoch of the latest answer, and the number of the last message
    applied: set[str] = field(default_factory=set)  # proposals

    def misses(self, begun: Begun) -> bool:
        """Whether something was said before an answer was begun that they have not seen."""
        epoch, number = self.latest
        return begun.epoch > epoch + 1 or begun.question.number > number + 1


class _Listener:
    """What a listener has not received yet."""

    def __init__(self) -> None:
        self.waiting: list[News] = []
        self.missed = True  # it missed more than was kept
        self.news = asyncio.Event()

    def add(self, event: News) -> None:
        if len(self.waiting) == KEPT:
            self.begin_again()
        if not self.missed:
            self.waiting.append(event)
        self.news.set()

    def begin_again(self) -> None:
        self.waiting.clear()
        self.missed = True
        self.news.set()


class Audience:
    def __init__(self, said: Callable[[], Awaitable[list[ChatMessage]]]) -> None:
        self._said = said  # reads the stored messages
        self._started: Started | None = None  # and has not ended yet
        self._events = 0
        self._listeners: set[_Listener] = set()
        self.seen = Seen()
        self.closed = False

    def tell(self, event: News) -> None:
        self._events += 1
        if isinstance(event, Started):
            self._started = event
        elif isinstance(event, Ended | Failed):
            self._started = None
        for listener in self._listeners:
            listener.add(event)

    def begin_again(self) -> None:
        """Have all listeners begin again from what is stored."""
        self._events += 1
        self._started = None
        for listener in self._listeners:
            listener.begin_again()

    def close(self) -> None:
        """Listeners receive the remaining events, then their streams end."""
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
                    yield listener.waiting.pop(
                        0
                    )  # not kept in a variable: it may be large, and the wait may take hours
                if self.closed and not listener.missed:
                    return
                await listener.news.wait()
        finally:
            self._listeners.discard(listener)

    async def _so_far(self, listener: _Listener) -> list[News]:
        """The messages so far and the current answer, as of one moment."""
        while True:
            started, events = self._started, self._events
            said = await self._said()
            if events == self._events:
                break
        listener.missed = False
        if started is None:
            return [History(said)]
        # Its answer may be stored already, but `Ended` has not been sent.
        return [History([one for one in said if one.number <= started.question.number]), started]
