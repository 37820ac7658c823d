"""The blocks of a tree as paragraphs, lists and tables of a Word document."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from docx.document import Document as Word
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement

from service.export.document import Document
from service.export.tree import Node
from service.export.word import numbering, styles

Element = Any  # lxml's, which has no types

_no_xml = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_shared_marks = re.compile("[‘’“”—…·]")  # in the fonts of both scripts
MARKS = ("strong", "em", "s", "raised", "code", "quiet", "link")


def shown(text: str) -> str:
    """The text without characters that XML can't hold."""
    return _no_xml.sub("", text)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a block stands."""

    quoted: bool = False
    level: int = -1  # of the list around it
    number: int | None = None  # of the list's numbering, for the paragraph that begins an item


class Blocks:
    def __init__(self, word: Word, document: Document) -> None:
        self._word, self._body = word, word.element.body
        self._han = document.language.startswith(("zh", "ja"))
        self._numbering = numbering.Numbering(word)
        self._ids = {style.name: style.style_id for style in word.styles}
        self._links: dict[str, str] = {}

    def paragraph(self, style: str, text: str = "") -> None:
        self._runs(self._paragraph(style), [{"kind": "text", "text": text}])

    def build(self, nodes: Iterable[Node], place: Place | None = None) -> None:
        place = place or Place()
        for node in nodes:
            self._block(node, place)
            place = replace(place, number=None)

    def _block(self, node: Node, place: Place) -> None:
        children: list[Node] = node.get("children", [])
        match node["kind"]:
            case "paragraph":
                self._runs(self._paragraph(self._style(place), place), children)
            case "heading":
                # The document's title is no heading, so that its sections are of the first level.
                self._runs(self._paragraph(f"Heading {max(1, node['level'] - 1)}", place), children)
            case "quote":
                self.build(children, replace(place, quoted=True))
            case "bullets" | "numbers":
                self._list(node, place)
            case "block":
                self._runs(self._paragraph("Code", place), [{"kind": "text", "text": node["text"]}])
            case "rule":
                self._paragraph("Rule")
            case "table":
                self._table(node)
            case "source":
                self._source(node)
            case "item":
                self.build(children, place)
            case _:  # text whose paragraph was nested too deeply
                self._runs(self._paragraph(self._style(place), place), [node])

    def _style(self, place: Place) -> str:
        return "List Paragraph" if place.level >= 0 else "Quote" if place.quoted else "Body Text"

    def _list(self, node: Node, place: Place) -> None:
        level = min(place.level + 1, numbering.LEVELS - 1)
        start = node["start"] if node["kind"] == "numbers" else None
        number = self._numbering.begin(level, start)
        for item in node["children"]:
            self.build(item.get("children", []), replace(place, level=level, number=number))

    def _paragraph(self, style: str, place: Place | None = None, parent: Element = None) -> Element:
        paragraph = OxmlElement("w:p")
        properties = _add(paragraph, "w:pPr")
        _add(properties, "w:pStyle", val=self._ids[style])
        if place and place.level >= 0:
            if place.number is not None:
                numbered = _add(properties, "w:numPr")
                _add(numbered, "w:ilvl", val=place.level)
                _add(numbered, "w:numId", val=place.number)
            else:
                _add(properties, "w:ind", left=numbering.indent(place.level))
        if parent is None:
            self._body.insert(len(self._body) - 1, paragraph)  # before the section's properties
        else:
            parent.append(paragraph)
        return paragraph

    def _runs(self, parent: Element, nodes: Iterable[Node], marks: frozenset[str] = frozenset()) -> None:
        for node in nodes:
            kind, children = node["kind"], node.get("children", [])
            if kind in ("text", "code"):
                self._run(parent, node["text"], marks | ({"code"} if kind == "code" else set()))
            elif kind == "space":
                self._run(parent, " ", marks)
            elif kind == "break":
                _add(_add(parent, "w:r"), "w:br")
            elif kind == "link":
                link = _add(parent, "w:hyperlink")
                link.set(qn("r:id"), self._relation(node["href"]))
                self._runs(link, children, marks | {"link"})
            elif kind == "reference":
                self._runs(_add(parent, "w:hyperlink", anchor=node["to"]), children, marks)
            else:
                self._runs(parent, children, marks | ({kind} & set(MARKS)))

    def _run(self, parent: Element, text: str, marks: frozenset[str] | set[str]) -> None:
        if not text:
            return
        run = _add(parent, "w:r")
        styles.mark(run, marks, han=self._han, shared=self._han and bool(_shared_marks.search(text)))
        for number, line in enumerate(shown(text).split("\n")):
            if number:
                _add(run, "w:br")
            for place, part in enumerate(line.split("\t")):
                if place:
                    _add(run, "w:tab")
                words = _add(run, "w:t")
                words.text = part.replace("\r", "")
                words.set(qn("xml:space"), "preserve")

    def _relation(self, href: str) -> str:
        if href not in self._links:
            self._links[href] = self._word.part.relate_to(shown(href), RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        return self._links[href]

    def _table(self, node: Node) -> None:
        sides, cells = node["align"], node["children"]
        table = styles.table(len(sides))
        self._body.insert(len(self._body) - 1, table)
        for begin in range(0, len(cells), len(sides)):
            row = _add(table, "w:tr")
            properties = _add(row, "w:trPr")
            _add(properties, "w:cantSplit")
            if begin == 0:
                _add(properties, "w:tblHeader")
            for side, cell in zip(sides, cells[begin : begin + len(sides)], strict=True):
                self._cell(_add(row, "w:tc"), side, cell, head=begin == 0)
        self._paragraph("Table Text")  # tables have no space below them, and two in a row would be one

    def _cell(self, place: Element, side: str, cell: Node, *, head: bool) -> None:
        styles.frame(_add(place, "w:tcPr"), head=head)
        paragraph = self._paragraph("Table Text", parent=place)
        if side:
            _add(paragraph.pPr, "w:jc", val=side)
        self._runs(paragraph, cell.get("children", []), frozenset({"strong"} if head else ()))

    def _source(self, node: Node) -> None:
        paragraph = self._paragraph("Source")
        number = str(node["id"])
        _add(paragraph, "w:bookmarkStart", id=number, name=f"source-{number}")
        self._run(paragraph, number, {"quiet"})
        _add(paragraph, "w:bookmarkEnd", id=number)
        _add(_add(paragraph, "w:r"), "w:tab")
        self._runs(paragraph, node["children"])


def _add(parent: Element, tag: str, /, **attributes: object) -> Element:
    child = OxmlElement(tag)
    for key, value in attributes.items():
        child.set(qn(f"w:{key}"), str(value))
    parent.append(child)
    return child
