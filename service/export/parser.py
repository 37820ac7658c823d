"""The Markdown parser that all of Pressroom uses. Imported late, so that the server starts without it."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from service.export import links

MAX_NESTING = 100  # markdown-it omits deeper nesting; its default is 20


def _image(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
    """Show only the description of a remote picture: loading it would tell its server who reads what."""
    parts = urlsplit(str(tokens[at].attrs.get("src", "")))
    if parts.scheme or parts.netloc:
        return f"<em>{escapeHtml(renderer.renderInlineAsText(tokens[at].children or [], options, env))}</em>"
    return renderer.image(tokens, at, options, env)


def _cell(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
    """A column's side as a class: neither the sanitiser nor the page's policy lets styles through."""
    if side := side_of(tokens[at].attrs.pop("style", "")):
        tokens[at].attrs["class"] = f"align-{side}"
    return renderer.renderToken(tokens, at, options, env)


def side_of(style: str | float) -> str:
    """left, right, center, or nothing: of a table cell's style."""
    return str(style).removeprefix("text-align:")


def made() -> MarkdownIt:
    markdown = links.bound(MarkdownIt("gfm-like", {"html": False, "linkify": False, "maxNesting": MAX_NESTING}))
    for rule, render in (("image", _image), ("th_open", _cell), ("td_open", _cell)):
        markdown.add_render_rule(rule, render)
    return markdown


MARKDOWN = made()
