"""Counts words."""

import re

# Scripts written without spaces between words count by character.
_cjk = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_word = re.compile(rf"[{_cjk}]|[^\W{_cjk}]+(?:['’.-][^\W{_cjk}]+)*")


def split(text: str) -> list[str]:
    """The words, in a form for comparison."""
    return [word.casefold() for word in _word.findall(text)]


def count(text: str) -> int:
    return len(_word.findall(text))
