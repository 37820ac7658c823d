"""The Word document as Word reads it: its styles, its parts, and nothing that it would fetch or run."""

import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn

from service.demo.picture import png
from service.export.document import Document, Picture, Reference
from service.export.docx import to_docx
from tests.export.test_pdf import TALL

MARKDOWN = """# Bees

They "dance" [1][3], *truly*, **very**, ~~no~~, `code`, [there](https://example.org/?a=1&b=2).

## Hive

- one
  1. deep
- two

  more of two

7. seven
8. eight

### Comb

> To be
> — Hamlet

```python
def a():
\treturn 1
```

| Name | Number | Side |
|:-----|-------:|:----:|
| wax  | **10** | `x`  |

---

The end.
"""
PICTURE = Picture(data=png(1), media_type="image/png", alt='Hills "at" dawn', url="http://localhost/x")
SOURCES = (
    Reference(id=1, title="The dance", url="https://example.org/dance/"),
    Reference(id=3, title="Notes", url=None),
)
DOCUMENT = Document(
    title="Bees",
    markdown=MARKDOWN,
    language="en-US",
    written_at=datetime(2026, 11, 20, tzinfo=UTC),
    dek="How they decide.",
    sources=SOURCES,
    picture=PICTURE,
)
HOSTILE = """# T

{ HYPERLINK "http://evil.example" } { INCLUDEPICTURE "http://evil.example/a.png" } { DDEAUTO c:\\\\cmd "/k calc" }

![i](http://evil.example/a.png) [x](javascript:alert(1)) [y](file:///etc/passwd) <w:instrText>DDE</w:instrText> ]]>

Bell \x07, null \x00, escape \x1b, half \ud83c, none \ufffe.
"""


def opened(document: Document) -> Any:
    return docx.Document(BytesIO(to_docx(document)))


def part(document: Document, name: str) -> str:
    return zipfile.ZipFile(BytesIO(to_docx(document))).read(name).decode()


def styled(word: Any) -> list[tuple[str, str]]:
    return [(paragraph.style.name, paragraph.text) for paragraph in word.paragraphs if paragraph.text]


def test_its_paragraphs_have_the_styles_of_what_they_are() -> None:
    assert styled(opened(DOCUMENT)) == [
        ("Title", "Bees"),
        ("Subtitle", "How they decide."),
        ("Byline", "November 20, 2026 · 1 min"),
        ("Body Text", "They “dance”1,3, truly, very, no, code, there."),
        ("Heading 1", "Hive"),
        ("List Paragraph", "one"),
        ("List Paragraph", "deep"),
        ("List Paragraph", "two"),
        ("List Paragraph", "more of two"),
        ("List Paragraph", "seven"),
        ("List Paragraph", "eight"),
        ("Heading 2", "Comb"),
        ("Quote", "To be\n— Hamlet"),
        ("Code", "def a():\n\treturn 1"),
        ("Body Text", "The end."),
        ("Heading 1", "Sources"),
        ("Source", "1\tThe dance\nexample.org/dance"),
        ("Source", "3\tNotes"),
    ]


def test_words_are_marked() -> None:
    word = opened(DOCUMENT)
    runs = {run.text: run for run in word.paragraphs[4].runs}
    assert (runs["truly"].italic, runs["very"].bold, runs["no"].font.strike) == (True, True, True)
    assert runs["code"].font.name == "Consolas"
    runs_of_links = [run for link in word.paragraphs[4].hyperlinks for run in link.runs]
    assert [run.text for run in runs_of_links if run.font.superscript] == ["1", "3"]


def test_links_lead_to_pages_and_citations_to_their_sources() -> None:
    word = opened(DOCUMENT)
    links = {link.text: (link.url, link.fragment) for p in word.paragraphs for link in p.hyperlinks}
    assert links == {
        "1": ("", "source-1"),
        "3": ("", "source-3"),
        "there": ("https://example.org/?a=1&b=2", ""),
        "The dance": ("https://example.org/dance/", ""),
    }
    marks = [mark.get(qn("w:name")) for mark in word.element.iter(qn("w:bookmarkStart"))]
    assert marks == ["source-1", "source-3"]


def numbering(word: Any, text: str) -> tuple[str, int, str]:
    """A paragraph's kind of list, its level, and the number at which it begins."""
    paragraph = next(p for p in word.paragraphs if p.text == text)
    numbers = paragraph._element.pPr.numPr
    lists = word.part.numbering_part.element
    (one,) = (n for n in lists.iter(qn("w:num")) if n.get(qn("w:numId")) == str(numbers.numId.val))
    (kind,) = (a for a in lists.iter(qn("w:abstractNum"))
               if a.get(qn("w:abstractNumId")) == one.find(qn("w:abstractNumId")).get(qn("w:val")))  # fmt: skip
    start = one.find(f".//{qn('w:startOverride')}")
    form = kind.find(f".//{qn('w:numFmt')}").get(qn("w:val"))
    return form, numbers.ilvl.val, "" if start is None else start.get(qn("w:val"))


def test_lists_are_lists() -> None:
    word = opened(DOCUMENT)
    assert numbering(word, "one") == numbering(word, "two") == ("bullet", 0, "")
    assert numbering(word, "deep") == ("decimal", 1, "1")
    assert numbering(word, "seven") == numbering(word, "eight") == ("decimal", 0, "7")
    more = next(p for p in word.paragraphs if p.text == "more of two")
    assert more._element.pPr.numPr is None
    assert more.paragraph_format.left_indent


def test_a_table_has_its_head_and_its_columns_sides() -> None:
    (table,) = opened(DOCUMENT).tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [["Name", "Number", "Side"], ["wax", "10", "x"]]
    sides = [cell.paragraphs[0].alignment for cell in table.rows[1].cells]
    assert [side.name if side is not None else None for side in sides] == ["LEFT", "RIGHT", "CENTER"]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert table.rows[1]._tr.trPr.find(qn("w:tblHeader")) is None
    assert table.rows[0].cells[0].paragraphs[0].runs[0].bold


def test_the_picture_is_inside_and_described() -> None:
    (shape,) = opened(DOCUMENT).inline_shapes
    assert shape._inline.docPr.get("descr") == 'Hills "at" dawn'
    assert shape.width / shape.height == pytest.approx(1.5, abs=0.01)


def test_a_high_picture_leaves_room_for_text() -> None:
    (shape,) = opened(replace(DOCUMENT, picture=replace(PICTURE, data=TALL))).inline_shapes
    assert shape.height.cm == pytest.approx(11)
    assert shape.height / shape.width == pytest.approx(3, abs=0.01)


def test_a_picture_that_word_can_not_show_is_drawn_anew_and_a_broken_one_left_out() -> None:
    webp = bytes.fromhex("52494646240000005745425056503820180000003001009d012a0100010002003425a400037000fefb94000000")
    for data, media_type, count in ((webp, "image/webp", 1), (webp[:20], "image/webp", 0), (b"x", "image/png", 0)):
        shown = replace(DOCUMENT, picture=replace(PICTURE, data=data, media_type=media_type))
        word = opened(shown)
        assert len(word.inline_shapes) == count
        assert [p.style.name for p in word.paragraphs].count("Picture") == count


def test_it_says_its_title_language_and_paper() -> None:
    word = opened(replace(DOCUMENT, title="T" * 300))
    properties = word.core_properties
    assert (properties.title, properties.subject, properties.language) == ("T" * 255, "How they decide.", "en-US")
    assert (properties.author, properties.comments) == ("Pressroom", "")
    assert properties.created.isoformat().startswith("2026-11-20T00:00:00")
    assert (round(word.sections[0].page_width.mm), round(word.sections[0].page_height.mm)) == (216, 279)
    assert round(opened(replace(DOCUMENT, language="de")).sections[0].page_width.mm) == 210


def test_a_language_is_no_markup() -> None:
    assert styled(opened(replace(DOCUMENT, language='en"/><w:x y="')))[0] == ("Title", "Bees")


@pytest.mark.parametrize(
    ("language", "latin", "east_asian", "font"),
    [
        ("de-AT", "de-AT", "zh-CN", "SimSun"),
        ("zh-Hans", "en-US", "zh-CN", "SimSun"),
        ("zh-Hant", "en-US", "zh-TW", "PMingLiU"),
        ("ja", "en-US", "ja-JP", "Yu Mincho"),
        ("und", "en-US", "zh-CN", "SimSun"),
    ],
)
def test_its_letters_have_a_language_and_a_font(language: str, latin: str, east_asian: str, font: str) -> None:
    defaults = opened(replace(DOCUMENT, language=language)).styles.element.find(qn("w:docDefaults"))
    said = defaults.find(f".//{qn('w:lang')}")
    assert (said.get(qn("w:val")), said.get(qn("w:eastAsia"))) == (latin, east_asian)
    assert defaults.find(f".//{qn('w:rFonts')}").get(qn("w:eastAsia")) == font


def test_chinese_is_indented_and_not_slanted() -> None:
    word = opened(replace(DOCUMENT, language="zh-Hans", title="蜜蜂", markdown="他说“好”，*强调*。", dek="一句"))
    indent = word.styles["Body Text"].element.find(f".//{qn('w:ind')}")
    assert indent.get(qn("w:firstLineChars")) == "200"
    paragraph = next(p for p in word.paragraphs if p.style.name == "Body Text")
    fonts = {run.text: run._element.rPr.find(qn("w:rFonts")) for run in paragraph.runs if run._element.rPr is not None}
    assert fonts["他说“好”，"].get(qn("w:hint")) == "eastAsia"
    assert fonts["强调"].get(qn("w:eastAsia")) == "SimHei"
    assert not any(run.italic for run in paragraph.runs)
    assert word.styles["Subtitle"].font.italic is None


def test_text_from_right_to_left_is_set_so() -> None:
    word = opened(replace(DOCUMENT, language="he", title="הדבורים"))
    assert word.styles["Normal"].element.find(f".//{qn('w:bidi')}") is not None
    assert word.styles["Normal"].font.rtl


def test_pages_are_numbered_by_the_only_field() -> None:
    footer = opened(DOCUMENT).sections[0].footer._element
    assert [field.get(qn("w:instr")) for field in footer.iter(qn("w:fldSimple"))] == ["PAGE"]


def test_hostile_text_is_text() -> None:
    hostile = replace(DOCUMENT, markdown=HOSTILE, title='{ DDE "x" } \x07', dek="\x00", sources=(), picture=None)
    body = part(hostile, "word/document.xml")
    assert not re.search("<w:(fldSimple|fldChar|instrText|object|altChunk)", body)
    text = "\n".join(text for _, text in styled(opened(hostile)))
    for kept in (
        "{ INCLUDEPICTURE",
        "{ DDEAUTO",
        "<w:instrText>DDE</w:instrText> ]]>",
        "Bell , null",
        "escape , half ",
    ):
        assert kept in text
    relations = part(hostile, "word/_rels/document.xml.rels")
    assert "External" not in relations
    assert "evil.example" not in relations


def test_what_it_names_outside_of_itself_are_only_links() -> None:
    made = zipfile.ZipFile(BytesIO(to_docx(DOCUMENT)))
    parts = [made.read(name).decode() for name in made.namelist() if name.endswith(".rels")]
    outside = [each for part in parts for each in re.findall("<Relationship [^>]*>", part) if "External" in each]
    assert len(outside) == 2
    assert all("relationships/hyperlink" in relation for relation in outside)


@pytest.mark.parametrize(
    "markdown",
    [
        "",
        "> " * 60 + "deep\n\n" + "- " * 40 + "deep",
        "x" * 10_000,
        "| a |\n|---|\n| b | c |\n\n| d |\n|---|",
        "- \n- b",
        "<b>",
    ],
)
def test_any_text_becomes_a_document(markdown: str) -> None:
    word = opened(replace(DOCUMENT, markdown=markdown))
    assert styled(word)[0] == ("Title", "Bees")
    if "deep" in markdown:
        assert sum("deep" in text for _, text in styled(word)) == 2
