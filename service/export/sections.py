"""An article's HTML by section. Joined, the sections equal the HTML of the whole text."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from service.core.sections import Mark
from service.export.blocks import Span, blocks
from service.export.rendering import cleaned, markdown

INTRODUCTION = Mark(0, "", 0)  # the text before the first section


@lru_cache(maxsize=64)
def rendered(text: str, marks: Sequence[Mark]) -> list[tuple[Mark, str, list[Span]]]:
    """Each section with its HTML, including its heading, and where its blocks stand in the text. A heading inside a
    list belongs to the section before it."""
    env: dict[str, object] = {}
    renderer = markdown()
    tokens = renderer.parse(text, env)
    # The start of each top-level block: its token and its line.
    at = {token.map[0]: n for n, token in enumerate(tokens) if token.level == 0 and token.map}
    lines = [(mark, text.count("\n", 0, mark.start)) for mark in marks]
    begins = [(INTRODUCTION, 0), *((mark, at[line]) for mark, line in lines if line in at)]
    ends = [*begins, (INTRODUCTION, len(tokens))]
    parts = [(mark, tokens[begin:end]) for (mark, begin), (_, end) in pairwise(ends)]
    htmls = [renderer.renderer.render(part, renderer.options, env) for _, part in parts]
    return [
        (mark, cleaned(html), blocks(text, part))
        for (mark, part), html in zip(parts, htmls, strict=True)
        if html.strip()
    ]
