"""An article as a document, the input of every export."""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from service.core import citations


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A source that the text cites as `[id]`."""

    id: int
    title: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    data: bytes
    media_type: str
    alt: str
    url: str  # where it can be had


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    title: str
    markdown: str
    language: str  # BCP 47; `und` if unknown
    written_at: datetime
    dek: str = ""  # the sentence below the title
    sources: tuple[Reference, ...] = ()
    picture: Picture | None = None
    search_title: str = ""  # the title for search engines, if it is another
    draft: bool = False  # its writing failed or was stopped


def right_to_left(text: str) -> bool:
    """Whether the first character with a direction is right-to-left, as for HTML's dir="auto"."""
    directions = (unicodedata.bidirectional(character) for character in text)
    return next((d for d in directions if d in ("L", "R", "AL")), "L") != "L"


def body(document: Document) -> str:
    return prose(document.title, document.markdown, {source.id for source in document.sources})


def prose(title: str, markdown: str, ids: Collection[int]) -> str:
    """The Markdown without a heading that repeats the title, and with citations as links to the list of sources."""
    head, _, rest = markdown.lstrip().partition("\n")
    own = rest.lstrip("\n") if head.startswith("# ") and head[2:].strip() == title else markdown

    def linked(named: list[int]) -> str:
        return "".join(f"[\\[{n}\\]](#source-{n})" if n in ids else f"[{n}]" for n in named)

    return citations.replaced(own, linked) if ids else own
