"""What the model is asked for, and what that has used."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from service.core.events import Usage


@dataclass(slots=True)
class Work:
    """What one stage does. All calls made for it count here as they end, however they end."""

    stage: str = ""
    usage: Usage = field(default_factory=Usage)
    attempts: int = 1


_at_work: ContextVar[Work | None] = ContextVar("at work", default=None)


def at_work() -> Work:
    """What is being done. If nobody wants to know, nobody reads what is counted."""
    return _at_work.get() or Work()


@contextmanager
def working(stage: str) -> Generator[Work]:
    """Calls of the model in this block, and in tasks that it begins, count for the stage."""
    before = _at_work.set(work := Work(stage))
    try:
        yield work
    finally:
        _at_work.reset(before)
