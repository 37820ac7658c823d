"""Jobs for a rendering process."""

import msgspec

from service.export.document import Document


class Pdf(msgspec.Struct, frozen=True, tag=True):
    document: Document


class Page(msgspec.Struct, frozen=True, tag=True):
    document: Document


class Fragment(msgspec.Struct, frozen=True, tag=True):
    """Markdown to render as HTML."""

    markdown: str


Job = Pdf | Page | Fragment
