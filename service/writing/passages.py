"""Which passages of the sources a section's writer is given: those that share the most telling words with it."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import log

from service import words
from service.writing.desk import Source

LONGEST = 900  # characters of a passage
GIVEN = 6_000  # characters that one writer is given


@dataclass(frozen=True, slots=True)
class Passage:
    source: Source
    text: str


def chosen(sources: Iterable[Source], wanted: str) -> list[Passage]:
    """In the sources' order, as many as there is room for."""
    every = [Passage(source, text) for source in sources for text in _split(source.text)]
    terms = [set(words.split(passage.text)) for passage in every]
    frequency = Counter(term for each in terms for term in each)
    asked = set(words.split(wanted))
    weights = [sum(log(1 + len(every) / frequency[term]) for term in each & asked) for each in terms]
    best, room = set[int](), GIVEN
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
