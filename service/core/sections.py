"""The sections of a Markdown text: each second-level heading with the text below it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import count, pairwise

import msgspec

from service.core import words

_heading = re.compile(r" {0,3}##[ \t]+(.*)")
_fence = re.compile(r" {0,3}(`{3,}|~{3,})")


LIKE = 0.5  # share of common words from which a section with another title counts as the same


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """The start and title of a section in a stored text. Its id stays the same in later versions."""

    id: int
    title: str
    start: int


@dataclass(frozen=True, slots=True)
class Section:
    id: int
    title: str
    text: str  # with its heading
    start: int

    @property
    def body(self) -> str:
        """The text below the heading."""
        return self.text.partition("\n")[2].strip()

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def sections(markdown: str, marks: Iterable[Mark] = ()) -> list[Section]:
    """The sections in order, with their marked ids, or new ones. Headings within code blocks don't count."""
    ids = {mark.start: mark.id for mark in marks}
    fresh = count(max(ids.values(), default=0) + 1)
    starts = [*_starts(markdown), ("", len(markdown))]
    return [
        Section(ids[at] if at in ids else next(fresh), title, markdown[at:end].rstrip(), at)
        for (title, at), (_, end) in pairwise(starts)
    ]


def recognised(markdown: str, before: Sequence[Section]) -> list[Section]:
    """The sections of a changed text. Each keeps the id of the section with its title, or else with similar words."""
    after, left = sections(markdown), list(before)
    ids: dict[int, int] = {}
    for n, section in enumerate(after):
        if same := next((old for old in left if old.title.casefold() == section.title.casefold()), None):
            left.remove(same)
            ids[n] = same.id
    for n, section in enumerate(after):
        like = max(left, key=lambda old: _likeness(old, section), default=None) if n not in ids else None
        if like is not None and _likeness(like, section) >= LIKE:
            left.remove(like)
            ids[n] = like.id
    fresh = count(max((old.id for old in before), default=0) + 1)
    return [replace(section, id=ids[n] if n in ids else next(fresh)) for n, section in enumerate(after)]


def marks(found: Iterable[Section]) -> tuple[Mark, ...]:
    return tuple(Mark(section.id, section.title, section.start) for section in found)


def _likeness(one: Section, other: Section) -> float:
    a, b = set(words.split(one.body)), set(words.split(other.body))
    return len(a & b) / max(1, len(a | b))


def _starts(markdown: str) -> list[tuple[str, int]]:
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
    return starts


def _title(line: str) -> str:
    """The heading without closing hashes, which follow a space, unlike the one in C#."""
    title = line.strip()
    bare = title.rstrip("#")
    return bare.rstrip() if bare[-1:].isspace() or not bare else title


def replaced(markdown: str, section: Section, text: str) -> str:
    return markdown[: section.start] + text + markdown[section.end :]
