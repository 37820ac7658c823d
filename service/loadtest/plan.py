"""What a load test does."""

import random
from dataclasses import dataclass
from typing import Literal

from service.core.errors import SettingsError

Flow = Literal["quick", "full"]
Manner = Literal["steady", "slow", "reconnecting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    url: str
    jobs: int = 20
    concurrency: int = 10  # articles under way at once
    viewers: int = 1  # of each article
    ramp: float = 2.0  # seconds over which the first articles are started
    flow: Flow = "quick"
    slow: float = 0.0  # share of the viewers that read slowly
    reconnect: float = 0.0  # share of the viewers that drop their connection now and then
    stuck: float = 120.0  # seconds without any start, event or end, after which the test is given up

    def manners(self) -> list[Manner]:
        """How each viewer of the test behaves; those of article n stand at n × viewers."""
        whole = self.jobs * self.viewers
        slow, dropping = round(self.slow * whole), round(self.reconnect * whole)
        if slow + dropping > whole:
            raise SettingsError("shares")
        mixed: list[Manner] = ["slow"] * slow + ["reconnecting"] * dropping
        mixed += ["steady"] * (whole - len(mixed))
        random.Random(whole).shuffle(mixed)  # the same plan is the same test
        return mixed

    def body(self, number: int) -> tuple[str, dict[str, object]]:
        """Where an article is asked for, and how."""
        topic = f"Load test {number + 1}"
        if self.flow == "quick":
            return "/start-job", {"topic": topic}
        return "/articles/create", {"topic": topic, "min_words": 800, "seo_optimize": True}
