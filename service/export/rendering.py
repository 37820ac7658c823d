"""Markdown, from models and people, to HTML that can do no harm. The one renderer of the house."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

MAX_NESTING = 100  # markdown-it leaves out what is nested deeper, by default beyond 20


def parse(text: str) -> "SyntaxTreeNode":
    from markdown_it.tree import SyntaxTreeNode  # noqa: PLC0415

    return SyntaxTreeNode(_markdown().parse(text))


def to_html(text: str) -> str:
    """Raw HTML in the text stays text; what is left passes nh3 all the same."""
    import nh3  # noqa: PLC0415

    return nh3.clean(_markdown().render(text), link_rel="noopener noreferrer nofollow")


@cache
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415 a server that renders nothing starts without it

    return MarkdownIt("gfm-like", {"html": False, "linkify": False, "maxNesting": MAX_NESTING})
