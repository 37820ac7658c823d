"""The article's picture in a Word document."""

from io import BytesIO

import typst
from docx.document import Document as Word
from docx.exceptions import InvalidXmlError
from docx.image.exceptions import InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError
from docx.shared import Cm, Emu, Length

from service.export.document import Picture
from service.export.pictures import drawn
from service.export.word.blocks import shown

MAX_HEIGHT = Cm(11)
BROKEN = (InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError, InvalidXmlError, ZeroDivisionError)
REDRAWN = b'#set page(width: 1200pt, height: auto, margin: 0pt)\n#image("/picture", width: 100%)'
TURNED = b"\xff\xd8\xff\xe1"  # a JPEG that begins with EXIF


def add(word: Word, picture: Picture | None) -> None:
    """The picture with its description; none if it is broken."""
    if picture is None:
        return
    paragraph = word.add_paragraph(style="Picture")
    try:
        shape = paragraph.add_run().add_picture(BytesIO(_for_word(picture)), width=_room(word))
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


def _for_word(picture: Picture) -> bytes:
    """Word does not show WebP, and not which way up a camera was held."""
    turned = picture.data.startswith(TURNED)
    return drawn(picture.data, REDRAWN) if turned or picture.media_type == "image/webp" else picture.data
