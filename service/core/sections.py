"""The sections of a Markdown text: what stands under each heading of the second level."""

import re
from dataclasses import dataclass
from itertools import pairwise

_heading = re.compile(r" {0,3}##[ \t]+(.*)")
_fence = re.compile(r" {0,3}(`{3,}|~{3,})")


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    text: str  # with its heading
    start: int

    @property
    def body(self) -> str:
        """What stands below the heading."""
        return self.text.partition("\n")[2].strip()

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def sections(markdown: str) -> list[Section]:
    """In order; the first has number 1. What looks like a heading within a block of code is none."""
    starts: list[tuple[str, int]] = []
    at, fence = 0, ""
    for line in markdown.split("\n"):
        if marks := _fence.match(line):
            if not fence:
                fence = marks[1]
            elif marks[1].startswith(fence) and not line.strip("`~ \t"):
                fence = ""
        elif not fence and (heading := _heading.fullmatch(line)):
            starts.append((_title(heading[1]), at))
        at += len(line) + 1
    starts.append(("", len(markdown)))
    return [Section(title, markdown[at:end].rstrip(), at) for (title, at), (_, end) in pairwise(starts)]


def _title(line: str) -> str:
    """The heading without the hashes that may close it: they stand apart, unlike that of C#."""
    title = line.strip()
    bare = title.rstrip("#")
    return bare.rstrip() if bare[-1:].isspace() or not bare else title


def replaced(markdown: str, section: Section, text: str) -> str:
    return markdown[: section.start] + text + markdown[section.end :]
