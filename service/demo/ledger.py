"""Records calls and their outcomes."""

import asyncio
from collections import Counter, deque
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, get_args

import msgspec

from service.demo.asked import Kind
from service.demo.holds import Holds
from service.models.model import Message

KEPT_CALLS = 1_000


@dataclass(frozen=True, slots=True)
class Call:
    kind: Kind | Literal["image"]
    messages: list[Message]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """A call counts as `completed` or `aborted` (by its client) when it ends, and as its fault when it begins."""

    calls: dict[str, int]
    outcomes: dict[str, int]
    tokens: int
    under_way: int
    most_under_way: int
    held: int


class Ledger:
    """The server's record of calls."""

    def __init__(self) -> None:
        self.calls: deque[Call] = deque(maxlen=KEPT_CALLS)
        self.tokens = 0
        self.closing = False
        self.holds = Holds()
        self._kinds = Counter[str](**dict.fromkeys(get_args(Kind), 0), image=0)
        self._outcomes = Counter[str](completed=0, aborted=0)
        self._under_way = 0
        self._most_under_way = 0

    @contextmanager
    def entry(self, call: Call, fault: str | None) -> Generator[int]:
        """Record a call from beginning to end; yields its number."""
        self.calls.append(call)
        self._kinds[call.kind] += 1
        self._under_way += 1
        self._most_under_way = max(self._most_under_way, self._under_way)
        if fault:
            self._outcomes[fault] += 1
        try:
            yield self._kinds.total()
            self._outcomes["completed"] += not fault
        except (asyncio.CancelledError, ConnectionError):
            self._outcomes["aborted"] += not fault and not self.closing
            raise
        finally:
            self._under_way -= 1

    def counts(self) -> Counts:
        return Counts(
            calls=dict(self._kinds),
            outcomes=dict(self._outcomes),
            tokens=self.tokens,
            under_way=self._under_way,
            most_under_way=self._most_under_way,
            held=self.holds.waiting,
        )
