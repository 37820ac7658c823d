"""Counters that all rooms update while they work, at almost no cost; `/metrics` reads them."""

from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from service.core.events import ArticleStatus, StageStatus, Usage

INSTANT = (0.001, 0.002, 0.005, 0.01, 0.02, 0.035, 0.05, 0.1, 0.25, 1.0)
BRIEF = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
LONG = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 900.0)


class Times:
    """A histogram of seconds: `counts[i]` counts values up to `bounds[i]`, the last count those beyond."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, seconds: float) -> None:
        seconds = max(0.0, seconds)  # the clock may have been set back
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.sum += seconds


@dataclass
class ModelTally:
    """Counts every attempt of a call by its outcome: `ok`, `cancelled` or an error code."""

    outcomes: Counter[str] = field(default_factory=Counter)
    retries: Counter[str] = field(default_factory=Counter)
    first_token: Times = field(default_factory=lambda: Times(BRIEF))
    last: str | None = None  # outcome of the last attempt that was not cancelled


@dataclass
class StreamTally:
    viewers: int = 0  # current viewers
    snapshots: int = 0
    lateness: Times = field(default_factory=lambda: Times(INSTANT))  # of the oldest token in each frame
    cut_off: int = 0  # viewers disconnected because they stopped reading


@dataclass
class RunTally:
    waited: Times = field(default_factory=lambda: Times(LONG))
    stages: defaultdict[tuple[str, StageStatus], Times] = field(
        default_factory=lambda: defaultdict(lambda: Times(LONG))
    )
    articles: Counter[ArticleStatus] = field(default_factory=Counter)
    usage: Usage = field(default_factory=Usage)
