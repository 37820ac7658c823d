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


MARKDOWN = links.bound(MarkdownIt("gfm-like", {"html": False, "linkify": False, "maxNesting": MAX_NESTING}))
MARKDOWN.add_render_rule("image", _image)
