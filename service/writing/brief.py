"""The brief: what was asked for, validated."""

import unicodedata

import msgspec

MAX_TOPIC = 500


class Brief(msgspec.Struct, frozen=True, kw_only=True):
    topic: str
    max_sections: int = 3
    section_words: int = 100


def clean_topic(value: str) -> str:
    """The topic without white space at its ends; ValueError says what is wrong with it."""
    topic = value.strip()
    if not topic:
        raise ValueError("must not be empty")
    if len(topic) > MAX_TOPIC:
        raise ValueError(f"must have at most {MAX_TOPIC} characters")
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in topic):
        raise ValueError("must not contain control characters")
    return topic
