"""Counts words."""

import re

WORDS_A_MINUTE, CHARACTERS_A_MINUTE = 230, 400

# Scripts written without spaces between words count by character.
_cjk = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_ideograph = re.compile(f"[{_cjk}]")
_word = re.compile(rf"[{_cjk}]|[^\W{_cjk}]+(?:['’.-][^\W{_cjk}]+)*")
_ascii_word = re.compile(r"\w+(?:['.-]\w+)*", re.ASCII)  # the same where there are no others, and quicker


def split(text: str) -> list[str]:
    """The words, in a form for comparison."""
    return _found(text.casefold())


def count(text: str) -> int:
    return len(_found(text))


def minutes(text: str) -> int:
    """How long it takes to read, at least one minute."""
    characters = len(_ideograph.findall(text))
    return max(1, round(characters / CHARACTERS_A_MINUTE + (count(text) - characters) / WORDS_A_MINUTE))


def _found(text: str) -> list[str]:
    return (_ascii_word if text.isascii() else _word).findall(text)
