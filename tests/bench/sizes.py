"""How much of everything is run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    tps: float = 50
    ttft: float = 0.3
    spread: float = 1.0  # seconds over which articles begin, so that their tokens don't fall into step
    articles: int = 20
    pairs: int = 3  # of the CPU measurement
    repeats: int = 2  # of the others
    section_tokens: int = 100
    style_tokens: int = 380
    hundred: int = 100
    long_words: int = 5_000
    viewers: int = 500
    # At full load: seconds until so many streams have found their pace, and then for which it is measured.
    settle: float = 0.7
    hold: float = 1.3
    most_streams: int = 4000
    # For the fan: so slow that both servers have time to spare, or else they would join writes.
    fan_tps: float = 20
    fan_section_tokens: int = 60
    fan_style_tokens: int = 100
    fan_wait: float = 1  # seconds before the outline begins; until it ends all viewers have to come


QUICK = Sizes(
    tps=300,
    ttft=0.1,
    spread=0.2,
    articles=4,
    pairs=1,
    repeats=1,
    section_tokens=60,
    style_tokens=100,
    hundred=10,
    long_words=600,
    viewers=50,
    settle=0.2,
    hold=0.3,
    most_streams=48,
    fan_tps=60,
    fan_section_tokens=20,
    fan_style_tokens=20,
    fan_wait=0.5,
)
