"""An article as a Word document, made by python-docx. The text is passed as text: it can't become a field or a link."""

from io import BytesIO

from service.export import aside
from service.export.document import Document

MAX_PROPERTY = 255  # characters of a document property


class Docx:
    name, label, ending = "docx", "Word", "docx"
    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

    async def render(self, document: Document) -> bytes:
        return await aside.heavy(to_docx, document)


def to_docx(document: Document) -> bytes:
    import docx  # noqa: PLC0415 it takes longer to load than HTML to make

    from service.export import tree, wording  # noqa: PLC0415
    from service.export.quotes import curled  # noqa: PLC0415
    from service.export.word import picture, styles  # noqa: PLC0415
    from service.export.word.blocks import Blocks, shown  # noqa: PLC0415

    title, dek = (shown(curled(line, document.language)) for line in (document.title, document.dek))
    made = docx.Document()
    styles.apply(made, document)
    properties = made.core_properties
    properties.title, properties.subject, properties.author = title[:MAX_PROPERTY], dek[:MAX_PROPERTY], "Pressroom"
    properties.comments, properties.language = "", document.language
    properties.created = properties.modified = document.written_at.replace(tzinfo=None)

    blocks = Blocks(made, document)
    blocks.paragraph("Title", title)
    if dek:
        blocks.paragraph("Subtitle", dek)
    blocks.paragraph("Byline", " · ".join(wording.byline(document)))
    picture.add(made, document.picture)
    blocks.build(tree.of(document))
    file = BytesIO()
    made.save(file)
    return file.getvalue()
