"""How a Word document looks: its page, its language and its styles, which people can change in one place."""

from collections.abc import Collection
from typing import Any
from xml.sax.saxutils import escape

from docx.document import Document as Word
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml.ns import nsdecls, qn
from docx.oxml.parser import OxmlElement, parse_xml
from docx.shared import Mm

from service.core.languages import wider
from service.export import wording
from service.export.document import Document, right_to_left

Element = Any  # lxml's, which has no types

INK, QUIET, LINK, RULE = "1D1B18", "6B655B", "1F3A5F", "BBBBBB"
TEXT, CODE, GOTHIC = "Georgia", "Consolas", "SimHei"
# The fonts that Word has on Windows, and replaces on other systems; and the tags it knows the languages by.
EAST_ASIAN = {
    "zh": ("SimSun", "zh-CN"),
    "zh-Hant": ("PMingLiU", "zh-TW"),
    "zh-TW": ("PMingLiU", "zh-TW"),
    "zh-HK": ("PMingLiU", "zh-HK"),
    "ja": ("Yu Mincho", "ja-JP"),
    "ko": ("Batang", "ko-KR"),
}
PAGES = {"a4": (Mm(210), Mm(297)), "us-letter": (Mm(215.9), Mm(279.4))}
MARGIN = Mm(30)
_left = f'<w:pBdr><w:left w:val="single" w:sz="8" w:space="12" w:color="{RULE}"/></w:pBdr>'
_bottom = f'<w:pBdr><w:bottom w:val="single" w:sz="4" w:space="8" w:color="{RULE}"/></w:pBdr>'
_box = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="6" w:color="E3E0D9"/>' for side in ("top", "left", "bottom", "right")
)
_shade = '<w:shd w:val="clear" w:color="auto" w:fill="F5F4F1"/>'


def _space(before: int, after: int, line: int = 288) -> str:
    return f'<w:spacing w:before="{before}" w:after="{after}" w:line="{line}" w:lineRule="auto"/>'


def _letters(size: int, more: str = "", color: str = INK) -> str:
    return f'{more}<w:color w:val="{color}"/><w:sz w:val="{size}"/><w:szCs w:val="{size}"/>'


_bold, _keep = "<w:b/><w:bCs/>", "<w:keepNext/><w:keepLines/>"
_code = f'<w:rFonts w:ascii="{CODE}" w:hAnsi="{CODE}" w:cs="{CODE}"/>'
PARAGRAPHS = {  # of each style: what its paragraphs and what its letters are like
    "Title": (_keep + _space(0, 160, 252), _letters(54, _bold)),
    "Subtitle": (_space(0, 200), _letters(27, color="444444")),
    "Byline": (_bottom + _space(0, 360), _letters(18, color=QUIET)),
    "Picture": (_space(0, 360, 240), _letters(22)),
    "Body Text": (_space(0, 170, 312), _letters(22)),
    "List Paragraph": (_space(80, 80, 300), _letters(22)),
    "Quote": (_left + _space(200, 240, 300) + '<w:ind w:left="440" w:right="440"/>', _letters(22)),
    "Code": (f"<w:pBdr>{_box}</w:pBdr>{_shade}{_space(200, 260, 264)}", _code + _letters(18)),
    "Rule": (_bottom + _space(0, 320, 240), _letters(12)),
    "Table Text": (_space(50, 50, 252), _letters(20)),
    "Source": (_space(0, 100, 264) + '<w:ind w:left="440" w:hanging="440"/>', _letters(19)),
    "Footer": (_space(0, 0, 240) + '<w:jc w:val="center"/>', _letters(18, color=QUIET)),
    **{f"Heading {level}": (
        f'{_keep}{_space(400 - 40 * level, 120, 264)}<w:outlineLvl w:val="{level - 1}"/>',
        _letters((31, 26, 23, 22, 22)[level - 1], _bold),
    ) for level in range(1, 6)},
}  # fmt: skip


def apply(word: Word, document: Document) -> None:
    _page(word, wording.paper(document.language))
    _defaults(word, document)
    language = document.language.partition("-")[0]
    for name, (paragraph, letters) in PARAGRAPHS.items():
        if name == "Body Text" and language in ("zh", "ja"):  # a paragraph is known by its indent
            characters = 2 if language == "zh" else 1
            indent = f'<w:ind w:firstLine="{220 * characters}" w:firstLineChars="{100 * characters}"/>'
            paragraph = f'<w:spacing w:before="0" w:after="0" w:line="400" w:lineRule="atLeast"/>{indent}'
        if name == "Subtitle" and language not in EAST_ASIAN:
            letters = f"<w:i/><w:iCs/>{letters}"
        _style(word, name, paragraph, letters)
    _numbered(word)


def _page(word: Word, paper: str) -> None:
    section = word.sections[0]
    section.page_width, section.page_height = PAGES[paper]
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = MARGIN


def _defaults(word: Word, document: Document) -> None:
    language = escape(document.language, {'"': "&quot;"})
    font, east_asian = next((EAST_ASIAN[tag] for tag in wider(language) if tag in EAST_ASIAN), ("SimSun", ""))
    latin = "en-US" if east_asian or language == "und" else language
    rtl = right_to_left(document.title)
    defaults = word.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}")
    _replace(defaults, "w:rPr", (
        f'<w:rFonts w:ascii="{TEXT}" w:hAnsi="{TEXT}" w:cs="Times New Roman" w:eastAsia="{font}"/>'
        f'<w:sz w:val="22"/><w:szCs w:val="22"/>'
        f'<w:lang w:val="{latin}" w:eastAsia="{east_asian or "zh-CN"}" w:bidi="{latin if rtl else "ar-SA"}"/>'
    ))  # fmt: skip
    _style(word, "Normal", "<w:bidi/>" if rtl else "", "<w:rtl/>" if rtl else "")
    mode = word.settings.element.find(f"{qn('w:compat')}/{qn('w:compatSetting')}[@{qn('w:name')}='compatibilityMode']")
    mode.set(qn("w:val"), "15")  # or Word shows it as a document of 2010


def _style(word: Word, name: str, paragraph: str, letters: str) -> None:
    known = {style.name for style in word.styles}
    style = word.styles[name] if name in known else word.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    if name not in known:
        style.base_style = word.styles["Normal"]
    _replace(style.element, "w:pPr", paragraph)
    _replace(style.element, "w:rPr", letters)


def _replace(parent: Element, name: str, inside: str) -> None:
    for old in parent.findall(qn(name)):
        parent.remove(old)
    parent.append(parse_xml(f"<{name} {nsdecls('w')}>{inside}</{name}>"))


def _numbered(word: Word) -> None:
    paragraph = word.sections[0].footer.paragraphs[0]
    paragraph.style = word.styles["Footer"]
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._element.append(field)


def mark(run: Element, marks: Collection[str], *, han: bool, shared: bool) -> None:
    """The run's own properties, in the order in which Word wants them."""
    parts = []
    fonts = {
        f'w:ascii="{CODE}" w:hAnsi="{CODE}" w:cs="{CODE}"': "code" in marks,
        f'w:eastAsia="{GOTHIC}"': han and "em" in marks,  # there is no slanted Han
        'w:hint="eastAsia"': shared,
    }
    if chosen := " ".join(font for font, wanted in fonts.items() if wanted):
        parts.append(f"<w:rFonts {chosen}/>")
    if "strong" in marks:
        parts.append(_bold)
    if "em" in marks and not han:
        parts.append("<w:i/><w:iCs/>")
    if "s" in marks:
        parts.append("<w:strike/>")
    if color := QUIET if "quiet" in marks else LINK if "link" in marks else "":
        parts.append(f'<w:color w:val="{color}"/>')
    if "link" in marks:
        parts.append('<w:u w:val="single"/>')
    if "raised" in marks:
        parts.append('<w:vertAlign w:val="superscript"/>')
    if parts:
        run.append(parse_xml(f"<w:rPr {nsdecls('w')}>{''.join(parts)}</w:rPr>"))


def table(columns: int) -> Element:
    """A table without rows, as wide as the text."""
    grid = f'<w:gridCol w:w="{9000 // columns}"/>' * columns
    margins = "".join(f'<w:{side} w:w="90" w:type="dxa"/>' for side in ("left", "right"))
    return parse_xml(
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblLayout w:type="autofit"/>'
        f"<w:tblCellMar>{margins}</w:tblCellMar></w:tblPr><w:tblGrid>{grid}</w:tblGrid></w:tbl>"
    )


def frame(properties: Element, *, head: bool) -> None:
    """Rules above and below the head, and a lighter one below each row."""
    rule = '<w:{} w:val="single" w:sz="{}" w:space="0" w:color="{}"/>'
    rules = [rule.format("top", 8, "555555")] if head else []
    rules.append(rule.format("bottom", 8, "555555") if head else rule.format("bottom", 4, RULE))
    properties.append(parse_xml(f"<w:tcBorders {nsdecls('w')}>{''.join(rules)}</w:tcBorders>"))
