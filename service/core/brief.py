"""The brief: the validated request."""

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
# Models tend to write less than requested, and editing shortens.
MARGIN = 1.1
QUICK_WORDS = 100
SHORTEST = 15  # fewest words requested of a section
_CONTROLS = bytes({*range(0x20), 0x7F} - set(b"\n\t\r"))
_C1 = re.compile(rb"\xc2[\x80-\x9f]")


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A source given in the request: its text or its URL."""

    title: str | None = None
    text: str | None = None
    url: str | None = None


class Brief(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The request that every flow works from. The defaults are those of the quick flow."""

    topic: str
    flow: str = "quick"  # one of the flows that there are
    tone: str = "conversational"
    target_audience: str = "curious readers"
    language: str | None = None  # BCP 47; by default the topic's language
    max_sections: int = 3
    min_words: int | None = None
    research: bool = False
    sources: list[Given] = []
    review_outline: bool = False
    seo_optimize: bool = False
    include_image: bool = False

    def section_words(self, sections: int, headings: int) -> int:
        """The words each of so many sections should have; the headings have `headings` words in all."""
        if self.min_words is None:
            return QUICK_WORDS
        return max(SHORTEST, ceil((self.min_words * MARGIN - headings) / sections))


class Rewrite(msgspec.Struct, frozen=True, kw_only=True):
    """The section of an existing article to rewrite, by id, and how."""

    section: int
    instruction: str


def sections(min_words: int) -> int:
    """How many sections an article of so many words has."""
    return min(MAX_SECTIONS, max(MIN_SECTIONS, (min_words + WORDS_A_SECTION // 2) // WORDS_A_SECTION))


def clean_line(value: str, limit: int) -> str:
    """One line without surrounding white space. Unfit says what is wrong with it."""
    line = value.strip()
    if not line:
        raise Unfit("empty")
    if len(line) > limit:
        raise Unfit("too_long", most=limit)
    if _has_controls(line) or any(c in "\n\t\r" for c in line):
        raise Unfit("control_characters")
    return line


def clean_text(value: str) -> str:
    """Text of several lines; Unfit if it contains control characters."""
    if _has_controls(value):
        raise Unfit("control_characters")
    return value.replace("\r\n", "\n").replace("\r", "\n")


def _has_controls(value: str) -> bool:
    """Whether the text contains control characters other than line breaks and tabs. Bytes are five times as fast."""
    try:
        data = value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return True
    return len(data.translate(None, _CONTROLS)) < len(data) or (b"\xc2" in data and bool(_C1.search(data)))


def clean_note(value: str, limit: int) -> str:
    """One line, which may be empty."""
    return clean_line(value, limit) if value.strip() else ""


def clean_block(value: str, limit: int) -> str:
    """Text of several lines, not empty and not too long."""
    text = clean_text(value).strip()
    if not text:
        raise Unfit("empty")
    if len(text) > limit:
        raise Unfit("too_long", most=limit)
    return text


def clean_excerpt(value: str, limit: int) -> str:
    """Part of a text exactly as it is there, more than white space."""
    if not value.strip():
        raise Unfit("empty")
    if len(value) > limit:
        raise Unfit("too_long", most=limit)
    if _has_controls(value):
        raise Unfit("control_characters")
    return value


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
