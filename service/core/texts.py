"""The texts of an article, and their lengths as JavaScript counts them."""

from collections.abc import Iterator
from typing import Literal

# There is a draft per section, and one article text, which is kept.
TextKind = Literal["draft", "article"]
TextKey = tuple[str, int | None]
ARTICLE: TextKey = ("article", None)


def draft(section: int) -> TextKey:
    return "draft", section


def units(text: str) -> int:
    """The length as JavaScript counts it: UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def before(text: str, offset: int) -> str:
    """The text's first `offset` code units."""
    return text[:offset] if text.isascii() else text.encode("utf-16-le")[: 2 * offset].decode("utf-16-le")


def split(text: str, offset: int, longest: int) -> Iterator[tuple[int, str]]:
    """Parts of at most `longest` characters with their offsets; one empty part for an empty text."""
    if len(text) <= longest:
        yield offset, text
        return
    for start in range(0, len(text), longest):
        part = text[start : start + longest]
        yield offset, part
        offset += units(part)
