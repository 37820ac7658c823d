"""The event log: the contract between whoever writes an article and whoever watches it."""

from collections.abc import AsyncIterator
from typing import Protocol

from service.core.events import Stage, Terminal, TextStage

Key = tuple[TextStage, int | None]


class Text(Protocol):
    """The text of one stage and section. What it holds is what every viewer has, or is about to have."""

    @property
    def value(self) -> str: ...

    def append(self, delta: str) -> None:
        """Add to its end. Never waits."""

    def replace(self, value: str) -> None:
        """Change what was already sent, from where the change begins; at once, also to nothing."""


class EventLog(Protocol):
    """One article's events, in order. Writing never waits for a reader and never loses anything."""

    def text(self, key: Key) -> Text:
        """The text of a stage and section, empty if new; from now on viewers know that it exists."""
        ...

    def put(self, event: Stage) -> None:
        """Append a stage event, after all text that was written before it."""

    def seal(self, events: int) -> int:
        """Let nothing in any more but the `events` that end the run; the id that the last of them will have."""
        ...

    def end(self, *events: Stage | Terminal) -> None:
        """Append a run's last events, of which the very last is terminal."""

    def resumable(self, after: int | None) -> bool:
        """Whether a viewer that has seen `after` only needs what is newer."""
        ...

    def view(self, after: int | None) -> AsyncIterator[bytes]:
        """What is newer than `after`, or everything if that is not resumable, and then what comes, in pieces ready
        for the wire; ends after the terminal event."""
        ...
