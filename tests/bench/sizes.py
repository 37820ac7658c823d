"""How much of everything is run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    articles: int = 20
    repeats: int = 3
    tps: float = 50
    ttft: float = 0.3
    spread: float = 1.0  # seconds over which articles begin, so that their tokens don't fall into step
    hundred: int = 100
    section_tokens: int = 100
    style_tokens: int = 380
    viewers: int = 500


QUICK = Sizes(
    articles=4,
    repeats=1,
    tps=150,
    ttft=0.1,
    spread=0.2,
    hundred=10,
    section_tokens=60,
    style_tokens=100,
    viewers=100,
)
