"""Notices what a small model copied from its prompt instead of doing what it says, and what it says again."""

from collections.abc import Sequence, Set
from functools import lru_cache

from service.core import words

RUN = 3  # words in a row
LEAST = 4  # runs of a paragraph that can be told from chance
SHARE = 0.6  # of its runs that stand in the prompt; in other texts, less than half do
LEAST_AGAIN, AGAIN = 12, 0.75  # the same of what the text itself says before

Run = tuple[str, ...]


@lru_cache(256)  # a paragraph is looked at as it arrives, as a whole, and in its section
def runs(text: str) -> tuple[Run, ...]:
    said = words.split(text)
    return tuple(zip(*(said[n:] for n in range(RUN)), strict=False))


@lru_cache(256)
def runs_of_prompt(prompt: str) -> frozenset[Run]:
    """Its runs: every text that is written after it is compared with them."""
    return frozenset(runs(prompt))


def echoes(said: Sequence[Run], prompt: Set[Run]) -> bool:
    """Whether a paragraph of these runs mostly says what the prompt says. `prompt` are the runs of the prompt
    without material."""
    return len(said) >= LEAST and sum(run in prompt for run in said) >= SHARE * len(said)


def says_again(said: Sequence[Run], before: Set[Run]) -> bool:
    """Whether a paragraph of these runs mostly says what was said before."""
    return len(said) >= LEAST_AGAIN and sum(run in before for run in said) >= AGAIN * len(said)
