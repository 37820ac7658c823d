"""Undo and redo over stored versions. Either makes a new version, so that nothing that was stored ever goes away; which
states there are to go back to, or forward, follows from how the versions came about."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.core.article import Reason


@dataclass(frozen=True, slots=True)
class Step:
    """A step back or forward: to the text of which version, and over the change that made which, and how."""

    to: int
    over: int
    reason: Reason


def step(versions: Sequence[tuple[int, Reason]], *, forward: bool = False) -> Step | None:
    """The step that can be made; None if there is none."""
    states: list[tuple[int, Reason]] = []  # the first is the oldest; a new change drops those that were undone
    at = -1
    for version, reason in versions:
        if reason == "undone":
            at -= 1
        elif reason == "redone":
            at += 1
        else:
            at += 1
            states[at:] = [(version, reason)]
    there = at + 1 if forward else at - 1
    if not 0 <= there < len(states):
        return None
    over, reason = states[max(at, there)]
    return Step(states[there][0], over, reason)
