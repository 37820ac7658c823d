"""An article as a document: what every export is made from."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    title: str
    markdown: str
    language: str  # BCP 47; `und` if nobody knows
    written_at: datetime


def body(document: Document) -> str:
    """The Markdown without the heading that repeats the title."""
    head, _, rest = document.markdown.lstrip().partition("\n")
    return rest.lstrip("\n") if head.startswith("# ") and head[2:].strip() == document.title else document.markdown
