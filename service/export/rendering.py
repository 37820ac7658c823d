"""Markdown, from models and people, to HTML that can do no harm. The one renderer of the house."""

import nh3
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from service.export import links

MAX_NESTING = 100  # markdown-it leaves out what is nested deeper, by default beyond 20

_markdown = links.bound(MarkdownIt("gfm-like", {"html": False, "linkify": False, "maxNesting": MAX_NESTING}))


def parse(text: str) -> SyntaxTreeNode:
    return SyntaxTreeNode(_markdown.parse(text))


def to_html(text: str) -> str:
    """Raw HTML in the text stays text; what is left passes nh3 all the same."""
    return nh3.clean(_markdown.render(text), link_rel="noopener noreferrer nofollow")
