"""Exports with what belongs to the text: its sources and its picture."""

from dataclasses import replace
from datetime import UTC, datetime

import pypdfium2
import pytest

from service.demo.picture import png
from service.export.document import Document, Picture, Reference
from service.export.html import to_page
from service.export.markdown import to_markdown
from service.export.pdf import to_pdf

DOCUMENT = Document(
    title="Bees",
    markdown="# Bees\n\n## Dance\n\nThey dance [1][3], they really do [3]. Nobody says so [2]. `a[1]`",
    language="en",
    written_at=datetime(2026, 1, 2, tzinfo=UTC),
    sources=(
        Reference(id=1, title="The [waggle] dance <b>", url='https://example.org/?a=1&b="2"'),
        Reference(id=3, title="My notes", url=None),
    ),
    picture=Picture(
        data=png(1),
        media_type="image/png",
        alt="Illustration: “Bees” [1]",
        url="http://localhost/articles/1/image",
    ),
)
PLAIN = Document(title="Bees", markdown="# Bees\n\nNo [1].", language="en", written_at=DOCUMENT.written_at)


def test_markdown_has_footnotes_and_a_picture() -> None:
    text = to_markdown(DOCUMENT)
    assert text.startswith("# Bees\n\n![Illustration: “Bees” (1)](http://localhost/articles/1/image)\n\n## Dance")
    assert "They dance [^1][^3], they really do [^3]. Nobody says so [2]. `a[1]`" in text
    assert text.endswith('[^1]: The (waggle) dance \\<b>, <https://example.org/?a=1&b="2">\n[^3]: My notes\n')


def test_html_links_citations_to_the_sources() -> None:
    page = to_page(DOCUMENT)
    assert page.count('href="#source-3"') == 2
    assert '<li id="source-3" value="3">My notes</li>' in page
    assert 'href="https://example.org/?a=1&amp;b=&quot;2&quot;"' in page
    assert "dance &lt;b&gt;" in page
    assert "<code>a[1]</code>" in page
    assert '<img src="data:image/png;base64,' in page
    assert "so [2]." in page


def test_pdf_lists_the_sources_and_shows_the_picture() -> None:
    pdf = pypdfium2.PdfDocument(to_pdf(DOCUMENT))
    text = "".join(page.get_textpage().get_text_bounded() for page in pdf)
    assert "They dance1,3, they really do3. Nobody says so [2]. a[1]" in text
    assert "Sources" in text
    assert "example.org/?a=1&b" in text
    assert "3 My notes" in text
    kinds = [item.type for page in pdf for item in page.get_objects()]
    assert pypdfium2.raw.FPDF_PAGEOBJ_IMAGE in kinds


@pytest.mark.parametrize("made", [lambda d: to_markdown(d).encode(), lambda d: to_page(d).encode(), to_pdf])
def test_without_sources_and_picture_there_is_no_sign_of_them(made) -> None:
    assert b"Sources" not in made(PLAIN)
    assert b"<img" not in made(PLAIN)


def test_pictures_of_every_kind_can_be_set() -> None:
    webp = bytes.fromhex("52494646240000005745425056503820180000003001009d012a0100010002003425a400037000fefb94000000")
    shown = replace(PLAIN, picture=Picture(data=webp, media_type="image/webp", alt="a", url="x"))
    assert to_pdf(shown).startswith(b"%PDF")


def test_a_broken_picture_is_left_out() -> None:
    broken = replace(DOCUMENT, picture=Picture(data=png(1)[:60], media_type="image/png", alt="a", url="x"))
    pdf = pypdfium2.PdfDocument(to_pdf(broken))
    assert "They dance" in pdf[0].get_textpage().get_text_bounded()
