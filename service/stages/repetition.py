"""What sections say twice. Writers that cannot see each other repeat each other: it shows in shared runs of words."""

import re
from collections.abc import Sequence

from service.core import words

RUN = 8  # words in a row that two texts hardly share by chance
NEARLY = 0.5  # the share of a sentence's runs that makes it a repetition

_sentence = re.compile(r"[^\n]*?(?:[.!?…][\"'”’)\]]*(?=\s|$)|[。！？]+[”’」』）]*|\n|$)")

Runs = set[tuple[str, ...]]


def rate(texts: Sequence[str]) -> float:
    """The share of runs that an earlier text has too, from 0 to 1."""
    seen: Runs = set()
    shared = total = 0
    for text in texts:
        runs = _runs(text)
        shared += len(runs & seen)
        total += len(runs)
        seen |= runs
    return shared / total if total else 0.0


def without(texts: Sequence[str]) -> list[str]:
    """The texts, each without the sentences that an earlier one has nearly the same."""
    seen: Runs = set()
    kept: list[str] = []
    for text in texts:
        kept.append(_pruned(text, seen))
        seen |= _runs(kept[-1])
    return kept


def _pruned(text: str, seen: Runs) -> str:
    if not _runs(text) & seen:
        return text
    kept = [sentence for sentence in _sentence.findall(text) if not _repeats(sentence, seen)]
    return re.sub(r"\n{3,}", "\n\n", "".join(kept)).strip()


def _repeats(sentence: str, seen: Runs) -> bool:
    runs = _runs(sentence)
    return bool(runs) and len(runs & seen) >= NEARLY * len(runs)


def _runs(text: str) -> Runs:
    said = words.split(text)
    return {tuple(said[n : n + RUN]) for n in range(len(said) - RUN + 1)}
