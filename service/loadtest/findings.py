"""The findings of a load test: times, errors, and broken rules of streams."""

import time
from array import array
from collections import Counter
from dataclasses import dataclass, field

from aiohttp import ClientResponseError

KEPT_FAULTS = 20


class Series:
    """Values with their times, in seconds since the test began."""

    def __init__(self) -> None:
        self.at = array("f")
        self.values = array("f")

    def add(self, at: float, value: float) -> None:
        self.at.append(at)
        self.values.append(value)

    def __len__(self) -> int:
        return len(self.values)


@dataclass
class Findings:
    began: float = field(default_factory=time.monotonic)
    ended: float | None = None
    started: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    shown_faults: list[str] = field(default_factory=list)
    compared: int = 0  # viewers' texts compared with the stored result
    events: int = 0
    news: int = 0  # events that the viewer had not received before
    tokens: int = 0  # as the provider counts them
    drops: int = 0  # connections dropped by the test
    moves: int = 0  # connections that went on in mid-stream at another server
    lost_connections: int = 0  # connections lost otherwise
    replays: int = 0  # connections that started from the beginning although they sent an id
    first_token: Series = field(default_factory=Series)
    gaps: Series = field(default_factory=Series)
    job_time: Series = field(default_factory=Series)
    cpu: Series = field(default_factory=Series)  # seconds, as the server reports them
    memory: Series = field(default_factory=Series)

    def now(self) -> float:
        """Seconds since the test began."""
        return time.monotonic() - self.began

    @property
    def seconds(self) -> float:
        return (self.ended or time.monotonic()) - self.began

    @property
    def finished(self) -> int:
        return self.statuses.total()

    def lost(self, error: Exception) -> None:
        """Count a lost connection and its cause."""
        self.lost_connections += 1
        if isinstance(error, ClientResponseError):
            self.errors[f"{error.status}"] += 1
        elif isinstance(error, TimeoutError):
            self.errors["timeout"] += 1

    def fault(self, kind: str, article_id: str, detail: str = "") -> None:
        self.faults[kind] += 1
        if len(self.shown_faults) < KEPT_FAULTS:
            self.shown_faults.append(f"{article_id}: {detail or kind}")

    @property
    def headline(self) -> str:
        if self.faults:
            kinds = ", ".join(f"{count} × {kind}" for kind, count in self.faults.most_common())
            return f"PROBLEMS FOUND: {kinds}"
        if not self.compared:
            return "no text could be compared"
        return f"nothing lost or repeated: {self.compared} texts match what is stored"
