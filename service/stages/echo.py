"""Notices what a small model copied from its prompt instead of doing what it says, and what it says again."""

from collections.abc import Set

from service.core import words

RUN = 3  # words in a row
LEAST = 4  # runs of a paragraph that can be told from chance
SHARE = 0.6  # of its runs that stand in the prompt; in other texts, less than half do
LEAST_AGAIN, AGAIN = 12, 0.75  # the same of what the text itself says before

Runs = Set[tuple[str, ...]]


def runs(text: str) -> list[tuple[str, ...]]:
    said = [word.casefold() for word in words.split(text)]
    return [tuple(said[n : n + RUN]) for n in range(len(said) - RUN + 1)]


def echoes(paragraph: str, told: Runs) -> bool:
    """Whether a paragraph mostly says what the prompt says. `told` are the prompt's runs, without those of material."""
    said = runs(paragraph) if told else []
    return len(said) >= LEAST and sum(run in told for run in said) >= SHARE * len(said)


def says_again(said: list[tuple[str, ...]], before: Runs) -> bool:
    """Whether a paragraph of these runs mostly says what was said before."""
    return len(said) >= LEAST_AGAIN and sum(run in before for run in said) >= AGAIN * len(said)
