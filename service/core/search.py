"""What a search finds: where each word of the query stands in a text, whatever its case, accents and width.

A word of three or more letters is found within other words too, a shorter one where a word begins. Scripts without
spaces between words have no such beginnings. White space separates words; beside signs it does not count.
"""

import re
import unicodedata
from collections.abc import Sequence

import msgspec

BEFORE, AFTER = 60, 120  # characters shown around what was found
PIECE = 2_048  # characters in which a place is looked up
_WITHIN = 3  # letters from which a word is found within others

_WITHOUT_SPACES = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# In the scripts from Hebrew to Khmer, vowels are marks, which `\w` does not know.
_LETTER = rf"(?:[^\W_{_WITHOUT_SPACES}]|[\u0590-\u109f\u1780-\u17ff])"
_begin, _fill = "\x01\x01", "\x02\x02"
_word = re.compile(rf"[a-z0-9]+{_LETTER}*|{_LETTER}+")  # most words are found faster by the first
_sign = re.compile(f"[{_WITHOUT_SPACES}]")
_unit = re.compile(rf"{_word.pattern}|[^\x01\x02]")
_asked = re.compile(r'"([^"]+)"|([^\s"]+)')
_markdown = re.compile(r"\s*\n\s*(?:#{1,6}|[-*>]|\d+\.)?\s+|\*\*|__|`")


class Part(msgspec.Struct, frozen=True):
    """A part of an excerpt, and whether it was found or only stands around it."""

    text: str
    found: bool


class _Folded(dict[int, str]):
    """Each character as it is compared. Characters are added as they appear."""

    def __missing__(self, point: int) -> str:
        plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", chr(point)).casefold())
        folded = "".join(map(_bare, plain))
        if point < 0x30000:  # beyond, there are too many to keep
            self[point] = folded
        return folded


def _bare(c: str) -> str:
    """The character, or nothing for accents and what is invisible."""
    kind = unicodedata.category(c)
    if kind == "Cc":
        return " "
    return "" if kind[0] == "C" or "\u0300" <= c <= "\u036f" or "\ufe00" <= c <= "\ufe0f" else c


_folded = _Folded()


def spelled(text: str) -> str:
    """The text as it is indexed. Words begin with a mark and signs are followed by one, so that the shortest of either
    has three characters: then what is found in this text is what contains the term."""
    words = _word.sub(lambda word: _begin + word[0], text.translate(_folded))
    return "".join(_sign.sub(lambda sign: sign[0] + _fill, words).split())


def terms(query: str) -> list[str]:
    """The query's words, and its phrases in double quotes, spelled. Empty if it has neither letters nor digits."""
    found = [spelled(phrase or word) for phrase, word in _asked.findall(query)]
    return list(dict.fromkeys(_open(term) for term in found if any(map(str.isalnum, term))))


def _open(term: str) -> str:
    """The term without the mark that only the beginning of a word has, unless it is short."""
    first = _word.match(term, len(_begin)) if term.startswith(_begin) else None
    return term[len(_begin) :] if first and len(first[0]) >= _WITHIN else term


def excerpt(text: str, terms: Sequence[str]) -> list[Part] | None:
    """What stands around the first place where a term is found; None if there is none."""
    pattern = re.compile("|".join(map(_pattern, terms)))
    first = pattern.search(text.translate(_folded))
    if first is None:
        return None
    begin = max(0, _place(text, first.start()) - BEFORE)
    end = min(len(text), _place(text, first.end()) + AFTER)
    if begin and (space := text.find(" ", begin, begin + BEFORE // 2)) >= 0:
        begin = space + 1
    if end < len(text) and (space := text.rfind(" ", end - AFTER // 2, end)) >= 0:
        end = space
    return _parts(text[begin:end], pattern, "…" * (begin > 0), "…" * (end < len(text)))


def _pattern(term: str) -> str:
    units = r"\s*".join(map(re.escape, _unit.findall(term)))
    return rf"(?<!{_LETTER}){units}" if term.startswith(_begin) else units


def _place(text: str, at: int) -> int:
    """The place in the text of a place in the folded text."""
    start = 0
    while start + PIECE < len(text) and at > (length := len(text[start : start + PIECE].translate(_folded))):
        start, at = start + PIECE, at - length
    while start < len(text) and (at > 0 or not _folded[ord(text[start])]):  # accents belong to what is before them
        at -= len(_folded[ord(text[start])])
        start += 1
    return start


def _parts(text: str, pattern: re.Pattern[str], head: str, tail: str) -> list[Part]:
    folded, parts, at = text.translate(_folded), list[Part](), 0
    for match in pattern.finditer(folded):
        begin, end = _place(text, match.start()), _place(text, match.end())
        parts += [Part(head + _plain(text[at:begin]), False), Part(_plain(text[begin:end]), True)]
        head, at = "", end
    parts.append(Part(head + _plain(text[at:]) + tail, False))
    return [part for part in parts if part.text]


def _plain(text: str) -> str:
    """One line without the most common marks of Markdown."""
    return _markdown.sub(lambda mark: " " if mark[0].strip("*_`") else "", text).replace("\n", " ")
