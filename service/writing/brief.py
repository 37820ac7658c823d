"""The brief: what was asked for, validated."""

import unicodedata
from math import ceil

import msgspec

MAX_TOPIC = 500
MIN_WORDS, MAX_WORDS = 100, 5_000
WORDS_A_SECTION = 200
MIN_SECTIONS, MAX_SECTIONS = 3, 8
# Models tend to write less than they are asked for, and the style pass shortens.
MARGIN = 1.15


class Brief(msgspec.Struct, frozen=True, kw_only=True):
    """What every flow writes by. The defaults are the quick flow's."""

    topic: str
    tone: str = "conversational"
    target_audience: str = "curious readers"
    language: str | None = None  # BCP 47; the topic's own without it
    max_sections: int = 3
    section_words: int = 100


def full(*, topic: str, tone: str, target_audience: str, min_words: int, language: str | None) -> Brief:
    """A brief for an article of at least so many words."""
    sections = min(MAX_SECTIONS, max(MIN_SECTIONS, round(min_words / WORDS_A_SECTION)))
    return Brief(
        topic=topic,
        tone=tone,
        target_audience=target_audience,
        language=language,
        max_sections=sections,
        section_words=ceil(min_words * MARGIN / sections),
    )


def clean_line(value: str, limit: int) -> str:
    """The text without white space at its ends; ValueError says what is wrong with it."""
    line = value.strip()
    if not line:
        raise ValueError("must not be empty")
    if len(line) > limit:
        raise ValueError(f"must have at most {limit} characters")
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in line):
        raise ValueError("must not contain control characters")
    return line


def clean_text(value: str) -> str:
    """Text of many lines; ValueError if it holds what no text does."""
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t\r" for c in value):
        raise ValueError("must not contain control characters")
    return value.replace("\r\n", "\n").replace("\r", "\n")


def clean_topic(value: str) -> str:
    return clean_line(value, MAX_TOPIC)
