"""Chooses passages of the sources for a section's writer: those that share the most distinctive words with it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

from service.core import words
from service.stages.sources import Source

LONGEST = 900  # characters of a passage
GIVEN = 6_000  # characters given to one writer


@dataclass(frozen=True, slots=True)
class Passage:
    source: Source
    text: str
    words: frozenset[str]


def of(sources: Iterable[Source]) -> list[Passage]:
    """All passages. Takes a tenth of a second for much material."""
    every = [(source, text) for source in sources for text in _split(source.text)]
    return [Passage(source, text, frozenset(words.split(text))) for source, text in every]


def chosen(every: Sequence[Passage], wanted: str, room: int = GIVEN) -> list[Passage]:
    """The best passages that fit into so many characters, in the sources' order."""
    weights = [0.0] * len(every)
    for term in set(words.split(wanted)):
        tell = [n for n, passage in enumerate(every) if term in passage.words]
        for n in tell:
            weights[n] += log(1 + len(every) / len(tell))
    best = set[int]()
    for n in sorted(range(len(every)), key=lambda n: -weights[n]):
        if len(every[n].text) <= room:
            best.add(n)
            room -= len(every[n].text)
    return [every[n] for n in sorted(best)]


def _split(text: str) -> Iterable[str]:
    passage = ""
    for paragraph in re.split(r"\n\s*\n", text):
        for piece in _pieces(paragraph.strip()):
            if passage and len(passage) + len(piece) > LONGEST:
                yield passage
                passage = ""
            passage = f"{passage}\n\n{piece}" if passage else piece
    if passage:
        yield passage


def _pieces(paragraph: str) -> Iterable[str]:
    while len(paragraph) > LONGEST:
        cut = paragraph.rfind(" ", LONGEST // 2, LONGEST) + 1 or LONGEST
        yield paragraph[:cut].strip()
        paragraph = paragraph[cut:]
    if paragraph:
        yield paragraph
