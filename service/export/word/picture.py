"""The article's picture in a Word document."""

import tempfile
from io import BytesIO
from pathlib import Path

import typst
from docx.document import Document as Word
from docx.exceptions import InvalidXmlError
from docx.image.exceptions import InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError
from docx.shared import Cm, Emu, Length

from service.export.document import Picture
from service.export.word.blocks import shown

MAX_HEIGHT = Cm(11)
BROKEN = (InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError, InvalidXmlError, ZeroDivisionError)
REDRAWN = b'#set page(width: 1200pt, height: auto, margin: 0pt)\n#image("/picture", width: 100%)'


def add(word: Word, picture: Picture | None) -> None:
    """The picture with its description; none if it is broken."""
    if picture is None:
        return
    paragraph = word.add_paragraph(style="Picture")
    try:
        data = _as_png(picture.data) if picture.media_type == "image/webp" else picture.data
        shape = paragraph.add_run().add_picture(BytesIO(data), width=_room(word))
    except (*BROKEN, typst.TypstError):
        word.element.body.remove(paragraph._element)
        return
    if shape.height > MAX_HEIGHT:
        shape.width, shape.height = Emu(shape.width * MAX_HEIGHT // shape.height), MAX_HEIGHT
    for side in "TBLR":
        shape._inline.set(f"dist{side}", "0")
    shape._inline.docPr.set("descr", shown(picture.alt))


def _room(word: Word) -> Length:
    section = word.sections[0]
    return Emu((section.page_width or 0) - (section.left_margin or 0) - (section.right_margin or 0))


def _as_png(data: bytes) -> bytes:
    """Word does not show WebP."""
    with tempfile.TemporaryDirectory() as root:
        Path(root, "picture").write_bytes(data)
        made = typst.compile(  # ty: ignore[invalid-argument-type]
            REDRAWN, root=root, format="png", ppi=72, package_path=root, package_cache_path=root
        )
    assert isinstance(made, bytes)
    return made
