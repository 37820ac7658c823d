"""Canned revisions of a passage: what was asked for can be seen in them, and that no AI is at work."""

import random
import re
from collections.abc import Callable

from service.demo import phrases

SHORTEST = 3  # words that are left of a line

_sentence = re.compile(r".+?(?:[.!?…](?=\s|$)\s*|[。！？]|$)")
_marks = re.compile(r"\s*(?:[-*+] |\d+[.)] |>\s?|#{1,6} )?")
_mistakes = (
    (re.compile(r"\bteh\b"), "the"), (re.compile(r"\brecieve"), "receive"), (re.compile(r"(?<=\S) {2,}(?=\S)"), " "),
    (re.compile(r" +(?=[,.;!?])"), ""), (re.compile(r"\bi\b"), "I"),
)  # fmt: skip


def revised(passage: str, task: str, rng: random.Random) -> str:
    """The passage as the task wants it, line by line, so that lists stay lists."""
    change = next((change for word, change in TASKS if re.search(rf"\b{word}", task, re.IGNORECASE)), _rewritten)
    lines = passage.split("\n")
    first = next((n for n, line in enumerate(lines) if line.strip()), 0)
    return "\n".join(_line(line, lambda text, n=n: change(text, rng, n == first)) for n, line in enumerate(lines))


def _line(line: str, change: Callable[[str], str]) -> str:
    marks = _marks.match(line)
    at = marks.end() if marks else 0
    return line[:at] + change(line[at:]) if line[at:].strip() else line


def _shortened(text: str, rng: random.Random, first: bool) -> str:
    sentences = _sentence.findall(text)
    if len(sentences) > 1:
        return "".join(sentences[: (len(sentences) + 1) // 2]).rstrip()
    said = text.split(" ")
    kept = " ".join(said[: max(SHORTEST, len(said) // 2)]).rstrip(",;:")
    return kept + text[-1] if text[-1] in ".!?" and kept[-1:] not in ".!?" else kept


def _expanded(text: str, rng: random.Random, first: bool) -> str:
    more = next(phrases.sentences(rng, rng.randrange(len(phrases.SCENES))))
    return f"{text} {more}" if first else text


def _toned(text: str, rng: random.Random, first: bool) -> str:
    return f"{next(phrases.openers(rng))} {text}" if first else text


def _fixed(text: str, rng: random.Random, first: bool) -> str:
    for mistake, right in _mistakes:
        text = mistake.sub(right, text)
    return text


def _rewritten(text: str, rng: random.Random, first: bool) -> str:
    return f"In other words, canned ones, {text[:1].lower()}{text[1:]}" if first else text


TASKS: tuple[tuple[str, Callable[[str, random.Random, bool], str]], ...] = (
    ("shorten", _shortened), ("expand", _expanded), ("correct", _fixed), ("tone", _toned),
)  # fmt: skip
