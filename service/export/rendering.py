"""Renders Markdown from models and people to safe HTML. There is no other renderer."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt


SIDES = {"align-left", "align-center", "align-right"}  # classes of table cells


def markdown() -> "MarkdownIt":
    from service.export.parser import MARKDOWN  # noqa: PLC0415 a server that renders nothing starts without it

    return MARKDOWN


def to_html(text: str) -> str:
    """Raw HTML in the text is escaped; the result is sanitised by nh3 as well."""
    return cleaned(markdown().render(text))


def cleaned(html: str) -> str:
    import nh3  # noqa: PLC0415

    return nh3.clean(html, link_rel="noopener noreferrer nofollow", allowed_classes={"th": SIDES, "td": SIDES})
