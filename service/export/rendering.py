"""Markdown, from models and people, to HTML that can do no harm. The one renderer of the house."""

from collections.abc import Sequence
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from markdown_it.utils import EnvType, OptionsDict

from service.export import links

MAX_NESTING = 100  # markdown-it leaves out what is nested deeper, by default beyond 20

markdown = links.bound(MarkdownIt("gfm-like", {"html": False, "linkify": False, "maxNesting": MAX_NESTING}))


def _image(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
    """A picture elsewhere is only named: to fetch it would tell its server who reads what."""
    parts = urlsplit(str(tokens[at].attrs.get("src", "")))
    if parts.scheme or parts.netloc:
        return f"<em>{escapeHtml(renderer.renderInlineAsText(tokens[at].children or [], options, env))}</em>"
    return renderer.image(tokens, at, options, env)


markdown.add_render_rule("image", _image)


def parse(text: str) -> SyntaxTreeNode:
    return SyntaxTreeNode(markdown.parse(text))


def to_html(text: str) -> str:
    """Raw HTML in the text stays text; what is left passes nh3 all the same."""
    return cleaned(markdown.render(text))


def cleaned(html: str) -> str:
    return nh3.clean(html, link_rel="noopener noreferrer nofollow")
