"""Where the top-level blocks of a Markdown text stand in it: as many as its HTML has top-level elements."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from service.core.texts import units
from service.export.rendering import cleaned, markdown

if TYPE_CHECKING:
    from markdown_it.token import Token

_line_end = re.compile(r"\r\n?|\n")  # as markdown-it counts lines


class Span(msgspec.Struct, frozen=True):
    """From where to where, in UTF-16 code units."""

    start: int
    end: int


class Written(msgspec.Struct, frozen=True):
    """HTML, and where in the text its top-level elements come from."""

    html: str
    blocks: list[Span]


def blocks(text: str, tokens: Sequence["Token"]) -> list[Span]:
    """The spans of the top-level blocks among the text's tokens, without white space around them."""
    starts = [0, *(match.end() for match in _line_end.finditer(text)), len(text)]
    spans, at, counted = list[Span](), 0, 0
    for token in tokens:
        if token.level or not token.map:
            continue
        begin, end = starts[token.map[0]], starts[min(token.map[1], len(starts) - 1)]
        block = text[begin:end].rstrip()
        counted += units(text[at:begin])
        spans.append(Span(counted, counted + units(block)))
        at = begin
    return spans


def written(text: str) -> str:
    """The text's HTML with its blocks, as JSON."""
    env: dict[str, object] = {}
    renderer = markdown()
    tokens = renderer.parse(text, env)
    html = cleaned(renderer.renderer.render(tokens, renderer.options, env))
    return msgspec.json.encode(Written(html, blocks(text, tokens))).decode()
