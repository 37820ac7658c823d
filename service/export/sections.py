"""An article's HTML by section. Joined, the sections equal the HTML of the whole text."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from service.core.sections import Mark
from service.export.rendering import cleaned, markdown

INTRODUCTION = Mark(0, "", 0)  # the text before the first section


@lru_cache(maxsize=64)
def rendered(text: str, marks: Sequence[Mark]) -> list[tuple[Mark, str]]:
    """Each section with its HTML, including its heading. A heading inside a list belongs to the section before it."""
    env: dict[str, object] = {}
    renderer = markdown()
    tokens = renderer.parse(text, env)
    # The start of each top-level block: its token and its line.
    blocks = {token.map[0]: n for n, token in enumerate(tokens) if token.level == 0 and token.map}
    lines = [(mark, text.count("\n", 0, mark.start)) for mark in marks]
    begins = [(INTRODUCTION, 0), *((mark, blocks[line]) for mark, line in lines if line in blocks)]
    ends = [*begins, (INTRODUCTION, len(tokens))]
    parts = [
        (mark, renderer.renderer.render(tokens[begin:end], renderer.options, env))
        for (mark, begin), (_, end) in pairwise(ends)
    ]
    return [(mark, cleaned(html)) for mark, html in parts if html.strip()]
