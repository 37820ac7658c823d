"""A Markdown text as its sections: what stands under each heading of level two."""

import re
from dataclasses import dataclass

_line = re.compile(r"^.*$", re.MULTILINE)
_fence = re.compile(r" {0,3}(`{3,}|~{3,})")
_heading = re.compile(r" {0,3}##(?!#)[ \t]*(.*?)[ \t]*#*[ \t]*$")


@dataclass(frozen=True, slots=True)
class Section:
    """`text[start:end]` is the whole section, its heading included; `body` is what stands below that."""

    title: str
    body: str
    start: int
    end: int


def split(text: str) -> list[Section]:
    found: list[tuple[str, int, int]] = []
    fence = ""
    for match in _line.finditer(text):
        line = match[0]
        if marks := _fence.match(line):
            if not fence:
                fence = marks[1]
            elif marks[1].startswith(fence) and not line.strip(" `~"):
                fence = ""
        elif not fence and (heading := _heading.match(line)):
            found.append((heading[1], match.start(), match.end()))
    ends = [*(start for _, start, _ in found[1:]), len(text)]
    return [
        Section(title, text[below:end].strip(), start, end)
        for (title, start, below), end in zip(found, ends, strict=False)
    ]


def unfenced(answer: str) -> str:
    """An answer without the fence that some models put around all of it."""
    match = re.fullmatch(r"```(?:markdown|md)\n(.*)\n```", answer.strip(), re.DOTALL)
    return match[1].strip() if match else answer
