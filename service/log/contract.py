"""The log: one article's events in order, between whoever writes the article and whoever watches it."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import NamedTuple, Protocol

from service.core.events import Event, StageEvent, Terminal
from service.core.tally import StreamTally
from service.core.texts import TextKey


class Entry:
    """An event with its id, and its bytes in each dialect that somebody has asked for.

    What is told of an article that nobody writes has no id: nobody can resume there.
    """

    __slots__ = ("bytes", "event", "id")

    def __init__(self, id: int | None, event: Event) -> None:
        self.id = id
        self.event = event
        self.bytes: dict[object, bytes] | None = None


class Batch(NamedTuple):
    """What a viewer has not seen yet, in order. A snapshot tells anew all that there is, and may come in several."""

    entries: Sequence[Entry]
    snapshot: bool


class Text(Protocol):
    """One text of the article. What it holds is what every viewer has, or is about to have."""

    @property
    def value(self) -> str: ...

    def append(self, delta: str) -> None:
        """Add to its end. Never waits."""

    def replace(self, value: str) -> None:
        """Change what was already sent, from where the change begins; at once, also to nothing."""


class Writer(Protocol):
    """Writes an article's log in one epoch. Never waits for a viewer and never loses anything."""

    def text(self, key: TextKey) -> Text:
        """The text, empty if new; from now on viewers know that it exists."""
        ...

    def put(self, event: StageEvent) -> None:
        """Append a stage event, after all text that was written before it."""

    def seal(self, events: int) -> int:
        """Let nothing in any more but the `events` that end the run; the id that the last of them will have."""
        ...

    def end(self, *events: StageEvent | Terminal, last: int | None = None) -> None:
        """Append a run's last events, of which the very last is terminal. If its id is stored already, it is `last`."""

    def rest(self) -> None:
        """Nobody writes for now, and viewers stay; what is told until the next epoch carries no id."""


class Story(Protocol):
    """One article's log as its viewers see it."""

    @property
    def ended(self) -> bool: ...

    def over(self, after: int | None) -> bool:
        """Whether a viewer that has seen `after` has seen all there will ever be."""
        ...

    def follow(self, after: int | None) -> AsyncGenerator[Batch]:
        """What is newer than `after`, or a snapshot if that can't be told, and then what comes; ends after the
        terminal event."""
        ...


class Watched(Story, Writer, Protocol):
    """The log of an article that is watched although nobody writes it now. What is told of it has no id."""

    run: int
    writing: bool


class Log(Protocol):
    tally: StreamTally
    dropped: int  # how many articles were forgotten: whoever waited for the store can tell whether it missed one

    def writer(self, article_id: str, epoch: int, run: int) -> Writer:
        """Begin an epoch. Whoever watches already starts again with what this writer puts in."""
        ...

    def story(self, article_id: str) -> Story | None:
        """What there is to watch, if anybody writes or watches the article now."""
        ...

    def opened(self, article_id: str, run: int) -> Watched:
        """The log of an article that nobody writes, for whoever watches it."""
        ...

    def unwritten(self) -> Mapping[str, Watched]:
        """The articles that are watched although nobody writes them now."""
        ...

    def leave(self, article_id: str) -> None:
        """Its writer has left. Streams end when viewers have what there is; without a terminal event they come back."""

    def drop(self, article_id: str) -> None:
        """Forget the article; its streams end, and viewers come back to what is stored."""

    def close(self) -> None:
        """All streams end, without a terminal event: viewers come back to whoever serves next."""
