"""The plan of a load test."""

import random
from dataclasses import dataclass, field
from typing import Literal

from service.core.errors import SettingsError

Flow = Literal["quick", "full"]
Manner = Literal["steady", "slow", "reconnecting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    urls: tuple[str, ...]  # of servers on one database
    key: str = field(default="", repr=False)  # that the server asks for
    jobs: int = 20
    concurrency: int = 10  # articles in progress at the same time
    viewers: int = 1  # per article
    ramp: float = 2.0  # seconds over which the first articles are started
    flow: Flow = "quick"
    slow: float = 0.0  # share of viewers that read slowly
    reconnect: float = 0.0  # share of viewers that drop their connection now and then
    stuck: float = 330.0  # seconds without any start, event or end after which the test is aborted: more than any model
    # is waited for

    def manners(self) -> list[Manner]:
        """The behaviour of each viewer; those of article n begin at n × viewers."""
        whole = self.jobs * self.viewers
        slow, dropping = round(self.slow * whole), round(self.reconnect * whole)
        if slow + dropping > whole:
            raise SettingsError("shares")
        mixed: list[Manner] = ["slow"] * slow + ["reconnecting"] * dropping
        mixed += ["steady"] * (whole - len(mixed))
        random.Random(whole).shuffle(mixed)  # the same plan always gives the same test
        return mixed

    def body(self, number: int) -> tuple[str, dict[str, object]]:
        """The route and body that create an article."""
        topic = f"Load test {number + 1}"
        if self.flow == "quick":
            return "/start-job", {"topic": topic}
        return "/articles/create", {"topic": topic, "min_words": 800, "seo_optimize": True}
