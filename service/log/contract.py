"""The log: one article's events in order, between its writer and its viewers."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from service.core.events import Event, StageEvent, Terminal
from service.core.tally import StreamTally
from service.core.texts import TextKey


class Entry(msgspec.Struct, gc=False):
    """An event with its id. Without an id, viewers can't resume there: nobody writes the article.

    Entries are by far the most numerous objects. The garbage collector, which would hold up every stream while it
    visits them, leaves them out.
    """

    id: int | None
    event: Event


class Batch(msgspec.Struct):
    """Entries that a viewer has not seen, in order. A snapshot repeats the whole state, perhaps in several batches.

    Viewers that have seen the same share a batch, with its bytes by dialect.
    """

    entries: Sequence[Entry]
    snapshot: bool
    bytes: dict[str, bytes] = msgspec.field(default_factory=dict)


class Text(Protocol):
    """One text of the article. Every viewer has its value, or is about to."""

    @property
    def value(self) -> str: ...

    def append(self, delta: str) -> None:
        """Append to the text. Never waits."""

    def replace(self, value: str) -> None:
        """Change text that was already sent, from the first difference on. An empty value withdraws it. Takes effect at
        once."""


class Writer(Protocol):
    """Writes an article's log in one epoch. Never waits for a viewer and never loses an event."""

    def text(self, key: TextKey) -> Text:
        """The text, empty if new. From now on, viewers know that it exists."""
        ...

    def put(self, event: StageEvent) -> None:
        """Append a stage event after all text written so far."""

    def seal(self, events: int) -> int:
        """Accept only `events` more events, which end the run; return the id of the last one."""
        ...

    def end(self, *events: StageEvent | Terminal, last: int | None = None) -> None:
        """Append a run's last events, the very last of which is terminal. `last` is its id, if already stored."""

    def rest(self) -> None:
        """Stop writing for now. Viewers stay, and events have no ids until the next epoch."""


class Story(Protocol):
    """One article's log, as viewers see it."""

    @property
    def ended(self) -> bool: ...

    def over(self, after: int | None) -> bool:
        """Whether no more events will follow `after`."""
        ...

    def follow(self, after: int | None) -> AsyncGenerator[Batch]:
        """Events after `after`, or a snapshot if that id is unknown, and then new events; ends after the terminal
        event."""
        ...


class Watched(Story, Writer, Protocol):
    """The log of an article that has viewers but no writer. Its events have no ids."""

    run: int
    writing: bool


class Loose(Story, Writer, Protocol):
    """What one process writes and any may follow, of no article."""

    def flush(self) -> None:
        """Send new text at once."""


class Log(Protocol):
    tally: StreamTally
    dropped: int  # number of articles dropped, by which a reader of the store notices that it missed one

    def writer(self, article_id: str, epoch: int, run: int) -> Writer:
        """Begin an epoch. Current viewers start again with what this writer adds."""
        ...

    def hear(self, kind: str, heard: Callable[[str], None]) -> None:
        """From now on, call this with the id of what any process changes in the store, or with an empty one if that may
        be all of this kind: conversations, or renewals, which have the id of their article."""

    def story(self, article_id: str) -> Story | None:
        """The article's log, if it has a writer or a viewer now."""
        ...

    async def join(self, article_id: str) -> Story | None:
        """The same for a new viewer, also if another process writes it. None if what is stored tells as much."""
        ...

    def opened(self, article_id: str, run: int) -> Watched:
        """The log of an article that nobody writes, for its viewers."""
        ...

    def unwritten(self) -> Mapping[str, Watched]:
        """The articles that have viewers but no writer."""
        ...

    def loose(self, key: str, *, written: bool = True) -> Loose:
        """A channel that belongs to no article. It is written here, or else by the process that has one of that key,
        and is there until it is left."""
        ...

    def leave(self, article_id: str) -> None:
        """The writer has finished. Streams end once viewers have everything; without a terminal event, they return."""

    def drop(self, article_id: str) -> None:
        """Forget the article. Its streams end, and viewers reconnect to what is stored."""

    def close(self) -> None:
        """End all streams, also those still to be opened, without a terminal event: viewers reconnect to the next
        process."""
