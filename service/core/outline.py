"""The planned article."""

import msgspec

from service.core.events import StageData

STAGE = "outline"  # whose output it is


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """A planned section: its title, what it covers, and what it leaves to other sections."""

    title: str
    covers: str = ""
    leaves: str = ""


class Outline(StageData, tag=STAGE, frozen=True, kw_only=True):
    """Title and headings. Sections are numbered from 1."""

    title: str
    sections: list[Heading]


def assemble(outline: Outline, texts: dict[int, str]) -> str:
    """The existing sections under their headings, as one Markdown text."""
    parts = [f"# {outline.title}"]
    for number, heading in enumerate(outline.sections, start=1):
        if text := texts.get(number):
            parts += [f"## {heading.title}", text]
    return "\n\n".join(parts)
