"""The brief: what was asked for, validated."""

import re
from math import ceil

import msgspec

from service.core.errors import SourceRefused
from service.core.sentences import Unfit
from service.core.urls import demand_fetchable

MAX_TOPIC = 500
MIN_WORDS, MAX_WORDS = 100, 5_000
WORDS_A_SECTION = 200
MIN_SECTIONS, MAX_SECTIONS = 3, 8
MAX_SOURCES = 10
MAX_SOURCE = 50_000  # characters
MAX_URL = 2_000
MAX_INSTRUCTION = 2_000
# Models tend to write less than they are asked for, and the style pass shortens.
MARGIN = 1.1
QUICK_WORDS = 100
SHORTEST = 15  # words that a section can be asked for
_CONTROLS = bytes({*range(0x20), 0x7F} - set(b"\n\t\r"))
_C1 = re.compile(rb"\xc2[\x80-\x9f]")


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A source of the asker's own: its text, or where it is."""

    title: str | None = None
    text: str | None = None
    url: str | None = None


class Brief(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every flow writes by. The defaults are the quick flow's."""

    topic: str
    flow: str = "quick"  # one of the flows that there are
    tone: str = "conversational"
    target_audience: str = "curious readers"
    language: str | None = None  # BCP 47; the topic's own without it
    max_sections: int = 3
    min_words: int | None = None
    research: bool = False
    sources: list[Given] = []
    review_outline: bool = False
    seo_optimize: bool = False
    include_image: bool = False

    def section_words(self, sections: int, headings: int) -> int:
        """How long a section should be, of so many, whose headings have so many words."""
        if self.min_words is None:
            return QUICK_WORDS
        return max(SHORTEST, ceil((self.min_words * MARGIN - headings) / sections))


class Rewrite(msgspec.Struct, frozen=True, kw_only=True):
    """What a rewrite is to do: one section of the article that is there, by its id."""

    section: int
    instruction: str


def sections(min_words: int) -> int:
    """How many an article of so many words has."""
    return min(MAX_SECTIONS, max(MIN_SECTIONS, (min_words + WORDS_A_SECTION // 2) // WORDS_A_SECTION))


def clean_line(value: str, limit: int) -> str:
    """The text without white space at its ends; Unfit says what is wrong with it."""
    line = value.strip()
    if not line:
        raise Unfit("empty")
    if len(line) > limit:
        raise Unfit("too_long", most=limit)
    if _has_controls(line) or any(c in "\n\t\r" for c in line):
        raise Unfit("control_characters")
    return line


def clean_text(value: str) -> str:
    """Text of many lines; Unfit if it holds what no text does."""
    if _has_controls(value):
        raise Unfit("control_characters")
    return value.replace("\r\n", "\n").replace("\r", "\n")


def _has_controls(value: str) -> bool:
    """Other than those of lines. In bytes, for that is five times as fast with a long text."""
    try:
        data = value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return True
    return len(data.translate(None, _CONTROLS)) < len(data) or (b"\xc2" in data and bool(_C1.search(data)))


def clean_note(value: str, limit: int) -> str:
    """One line that may be empty."""
    return clean_line(value, limit) if value.strip() else ""


def clean_block(value: str, limit: int) -> str:
    """Text of many lines, but of no more than so many characters, and not empty."""
    text = clean_text(value).strip()
    if not text:
        raise Unfit("empty")
    if len(text) > limit:
        raise Unfit("too_long", most=limit)
    return text


def clean_url(value: str) -> str:
    if len(value) > MAX_URL:
        raise Unfit("too_long", most=MAX_URL)
    try:
        demand_fetchable(value)
    except SourceRefused as error:
        raise Unfit("refused_source", why=error.sentence) from None
    return value


def clean_topic(value: str) -> str:
    return clean_line(value, MAX_TOPIC)
