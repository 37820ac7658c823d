"""Straight quotation marks as the language has them. Linear in the text, whatever it is."""

import re
from collections import deque
from collections.abc import Iterator

from markdown_it.token import Token

ENGLISH = ("“", "”", "‘", "’")
_LOW = ("„", "“", "‚", "‘")
_ANGLED = ("«", "»", "“", "”")
_CORNERS = ("「", "」", "『", "』")
QUOTES = {
    **dict.fromkeys(("bg", "cs", "de", "et", "is", "lt", "sk", "sl", "sr"), _LOW),
    **dict.fromkeys(("pl", "ro", "hu", "hr"), ("„", "”", "‚", "’")),
    **dict.fromkeys(("de-CH", "it", "es", "pt-PT", "ca", "el", "nb", "no", "nn", "fa", "ar"), _ANGLED),
    **dict.fromkeys(("ru", "uk"), ("«", "»", "„", "“")),
    "fr": ("«\u202f", "\u202f»", "“", "”"),
    **dict.fromkeys(("sv", "fi"), ("”", "”", "’", "’")),
    **dict.fromkeys(("ja", "zh-Hant", "zh-TW", "zh-HK"), _CORNERS),
}
APOSTROPHE = "’"

_straight = re.compile("[\"']")
_opening = re.compile(r"[\s(\[{<–—/“‘„‚«‹「『-]|^$")  # what may stand before an opening mark
_unspaced = re.compile("[\u3000-\u9fff\uff00-\uffef]")  # of scripts without spaces
_closing_single = re.compile(r"(?<=[^\s])'(?!\w)")


def of(language: str) -> tuple[str, str, str, str]:
    """The marks of a language or of its region: double ones, and single ones for quotes within quotes."""
    tags = language.split("-")
    names = ("-".join(tags[:length]) for length in range(len(tags), 0, -1))
    return next((QUOTES[name] for name in names if name in QUOTES), ENGLISH)


def curled(text: str, language: str) -> str:
    """One line, such as a title."""
    token = Token("text", "", 0, content=text)
    curl([token], language)
    return token.content


def curl(tokens: list[Token], language: str) -> None:
    """The inline tokens of a paragraph, in place. Code stays as it is."""
    contents = [" " if token.type.endswith("break") else token.content for token in tokens]
    shown = (c if token.type == "text" else _straight.sub("x", c) for token, c in zip(tokens, contents, strict=True))
    marks, start = deque(_marks("".join(shown), of(language))), 0
    for token, content in zip(tokens, contents, strict=True):
        parts, done, end = list[str](), 0, start + len(content)
        while marks and marks[0][0] < end:
            at, mark = marks.popleft()
            parts += [content[done : at - start], mark]
            done = at - start + 1
        if parts:
            token.content = "".join([*parts, content[done:]])
        start = end


def _marks(text: str, quotes: tuple[str, str, str, str]) -> Iterator[tuple[int, str]]:
    """Each straight mark's place and what it becomes."""
    # A single mark opens only where one that closes still follows; otherwise it is an apostrophe.
    last_single = max((match.start() for match in _closing_single.finditer(text)), default=-1)
    double, single, mark, end = False, False, "", -1
    for match in _straight.finditer(text):
        at = match.start()
        before = mark[-1:] if at == end else text[max(0, at - 1) : at]
        opens = bool(text[at + 1 : at + 2].strip()) and (
            _opening.match(before) is not None or (_unspaced.match(before) is not None and not double)
        )
        if match[0] == '"':
            double, mark = opens, quotes[0 if opens else 1]
        elif opens and at < last_single and not text[at + 1].isdigit():
            single, mark = True, quotes[2]
        elif single and not text[at + 1 : at + 2].isalnum():
            single, mark = False, quotes[3]
        else:
            mark = APOSTROPHE
        end = at + 1
        yield at, mark
