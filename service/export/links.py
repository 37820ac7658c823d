"""Finds the end of a link's label, with a limit.

markdown-it searches again for the end of every unclosed bracket: 200,000 `[` took it half a minute.
"""

from types import SimpleNamespace
from typing import Any, cast

from markdown_it import MarkdownIt, helpers
from markdown_it.rules_inline import StateInline

STEPS = 50_000  # per document; a thousand ordinary links take a few thousand
_COUNT = "label steps"  # the key in markdown-it's dictionary for a document


def bound(markdown: MarkdownIt) -> MarkdownIt:
    markdown.helpers = cast(Any, SimpleNamespace(**vars(helpers) | {"parseLinkLabel": label_end}))
    return markdown


def label_end(state: StateInline, start: int, without_links: bool = False) -> int:
    """Like markdown-it's parseLinkLabel: the position of the closing bracket, or -1."""
    before, level, end = state.pos, 1, -1
    state.pos = start + 1
    steps = state.env.get(_COUNT, 0)
    while state.pos < state.posMax and steps < STEPS:
        character = state.src[state.pos]
        if character == "]":
            level -= 1
            if level == 0:
                end = state.pos
                break
        at = state.pos
        state.env[_COUNT] = steps + 1
        state.md.inline.skipToken(state)
        steps = state.env[_COUNT]
        if character == "[":
            if at == state.pos - 1:  # a bracket that is not a link itself
                level += 1
            elif without_links:
                break
    state.pos = before
    return end
