"""Where a text will stand, which says what belongs to it."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """In the section with this title, or without one as the whole article, whose headings stay."""

    title: str | None = None
    others: Collection[str] = ()  # titles of other sections
    topic: str = ""  # of the article
    instructions: str = ""  # the prompt without its material, which a small model may copy
    more: bool = False  # behind a text that is there already, so that it may be nothing
    picked: bool = False  # taken out of an answer that may be the whole article
