"""How often something may be done, and how much of that is left."""

import re
from dataclasses import dataclass

from service.core.sentences import Unfit

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
_form = re.compile(rf"[1-9][0-9]{{0,5}}/({'|'.join(SECONDS)})")


def rate(text: str) -> str:
    """A rate such as 30/minute."""
    if not _form.fullmatch(text):
        raise Unfit("not_a_rate", given=text[:40])
    return text


def figures(rate: str) -> tuple[int, int]:
    """How many, and in how many seconds."""
    many, _, window = rate.partition("/")
    return int(many), SECONDS[window]


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of a limit. Without a window it limits what goes on at the same time."""

    name: str
    most: int
    left: int
    window: int | None = None  # seconds
    wait: int | None = None  # seconds until there is more
