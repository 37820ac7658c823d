"""What the rooms count while they work, so cheaply that nobody notices; who wants to know looks at it."""

from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from service.core.events import ArticleStatus, StageStatus, Usage

INSTANT = (0.001, 0.002, 0.005, 0.01, 0.02, 0.035, 0.05, 0.1, 0.25, 1.0)
BRIEF = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
LONG = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 900.0)


class Times:
    """How often something took how long, in seconds: `counts[i]` is how often up to `bounds[i]`, the last beyond."""

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
    """Every try of a call counts by its outcome: `ok`, `cancelled` or an error's code."""

    outcomes: Counter[str] = field(default_factory=Counter)
    retries: Counter[str] = field(default_factory=Counter)
    first_token: Times = field(default_factory=lambda: Times(BRIEF))
    last: str | None = None  # the outcome of the try that ended last, unless it was cancelled


@dataclass
class StreamTally:
    viewers: int = 0  # that are there now
    snapshots: int = 0
    lateness: Times = field(default_factory=lambda: Times(INSTANT))  # of the oldest token of each frame
    cut_off: int = 0  # viewers that took nothing for too long


@dataclass
class RunTally:
    waited: Times = field(default_factory=lambda: Times(LONG))
    stages: defaultdict[tuple[str, StageStatus], Times] = field(
        default_factory=lambda: defaultdict(lambda: Times(LONG))
    )
    articles: Counter[ArticleStatus] = field(default_factory=Counter)
    usage: Usage = field(default_factory=Usage)
