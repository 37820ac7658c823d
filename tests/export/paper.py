"""A PDF as a reader gets it: its text with places and fonts, and its ink."""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import pypdfium2
import pypdfium2.raw as pdfium

MARGIN = 93  # points at each side that stay white; marks and hyphens may hang a little into what is left of 3.5 cm
HEAD = 62  # points from the top to below the running head


@dataclass(frozen=True)
class Letter:
    text: str
    font: str
    size: float
    left: float
    right: float
    bottom: float
    top: float


class Paper:
    def __init__(self, made: bytes) -> None:
        self._document = pypdfium2.PdfDocument(made)

    def __len__(self) -> int:
        return len(self._document)

    @cached_property
    def pages(self) -> list["Page"]:
        return [Page(page) for page in self._document]

    @property
    def text(self) -> str:
        """All that can be copied, page by page, lines as they stand."""
        return "\n".join(page.text for page in self.pages)

    @property
    def flowing(self) -> str:
        """The same without a sign of where lines end."""
        return "".join(self.text.split())

    @property
    def title(self) -> str:
        return self._document.get_metadata_dict()["Title"]

    @property
    def language(self) -> str:
        size = pdfium.FPDFCatalog_GetLanguage(self._document, None, 0)
        buffer = ctypes.create_string_buffer(size)
        pdfium.FPDFCatalog_GetLanguage(self._document, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size)
        return buffer.raw.decode("utf-16-le").rstrip("\0")


class Page:
    def __init__(self, page: pypdfium2.PdfPage) -> None:
        self._page = page
        self._text = page.get_textpage()

    @property
    def size(self) -> tuple[float, float]:
        return self._page.get_size()

    @property
    def text(self) -> str:
        return self._text.get_text_range().replace("\r\n", "\n")

    @cached_property
    def ink(self) -> list[bytes]:
        """Its rows at a pixel for a point, from white (255) to black."""
        bitmap = self._page.render(scale=1, grayscale=True)
        rows = bytes(bitmap.buffer)
        return [rows[start : start + bitmap.width] for start in range(0, len(rows), bitmap.stride)]

    @property
    def keeps_its_margins(self) -> bool:
        sides = (row[:MARGIN] + row[-MARGIN:] for row in self.ink)
        ends = (*self.ink[HEAD:78], *self.ink[-40:])
        return all(min(side) == 255 for side in sides) and all(min(row) == 255 for row in ends)

    @cached_property
    def letters(self) -> list[Letter]:
        return list(self._letters())

    def _letters(self) -> Iterator[Letter]:
        for i in range(self._text.count_chars()):
            text = chr(pdfium.FPDFText_GetUnicode(self._text, i))
            if not text.isspace():
                left, bottom, right, top = self._text.get_charbox(i)
                size = pdfium.FPDFText_GetFontSize(self._text, i)
                yield Letter(text, self._font(i), size, left, right, bottom, top)

    def _font(self, i: int) -> str:
        buffer = ctypes.create_string_buffer(128)
        pdfium.FPDFText_GetFontInfo(self._text, i, buffer, 128, None)
        return buffer.value.decode()
