"""What an article can be exported as. A new format is a file and a line in FORMATS."""

from typing import Protocol

from service.export.document import Document
from service.export.docx import Docx
from service.export.html import Html
from service.export.markdown import Markdown
from service.export.pdf import Pdf


class Format(Protocol):
    name: str  # as in `?format=`
    label: str  # as people read it
    media_type: str  # as it is sent
    ending: str  # of its files, without the dot

    async def render(self, document: Document) -> bytes:
        """The whole file. What takes more than a moment is made beside the event loop: `aside` has the ways."""
        ...


FORMATS: list[Format] = [Markdown(), Html(), Docx(), Pdf()]


def named(name: str) -> Format:
    return next(each for each in FORMATS if each.name == name)


def by_ending(suffix: str) -> Format | None:
    """The format of files whose names end like this: `.md`."""
    return next((each for each in FORMATS if f".{each.ending}" == suffix.lower()), None)
