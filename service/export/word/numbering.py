"""The lists of a Word document: every list that is numbered begins its own numbering."""

from docx.document import Document as Word
from docx.oxml.ns import nsdecls, qn
from docx.oxml.parser import parse_xml

LEVELS = 9  # as many as Word has
STEP = 360  # twentieths of a point
_BULLETS, _NUMBERS = 9001, 9002  # no id of the template's
_marks = ("•", "–", "▪")


def indent(level: int) -> int:
    return STEP * (level + 1)


class Numbering:
    def __init__(self, word: Word) -> None:
        self._lists = word.part.numbering_part.element
        self._next = 1 + max((int(n.get(qn("w:numId"))) for n in self._lists.iter(qn("w:num"))), default=0)
        for place, (abstract, numbered) in enumerate(((_BULLETS, False), (_NUMBERS, True))):
            levels = "".join(_level(level, numbered) for level in range(LEVELS))
            self._lists.insert(place, parse_xml(
                f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{abstract}">'
                f'<w:multiLevelType w:val="hybridMultilevel"/>{levels}</w:abstractNum>'
            ))  # fmt: skip
        self._bullets: int | None = None

    def begin(self, level: int, start: int | None) -> int:
        """The id of a list that begins here: numbered from `start`, or else with bullets."""
        if start is None:
            self._bullets = self._bullets or self._add(_BULLETS, "")
            return self._bullets
        override = f'<w:lvlOverride w:ilvl="{level}"><w:startOverride w:val="{start}"/></w:lvlOverride>'
        return self._add(_NUMBERS, override)

    def _add(self, abstract: int, override: str) -> int:
        number, self._next = self._next, self._next + 1
        self._lists.append(parse_xml(
            f'<w:num {nsdecls("w")} w:numId="{number}"><w:abstractNumId w:val="{abstract}"/>{override}</w:num>'
        ))  # fmt: skip
        return number


def _level(level: int, numbered: bool) -> str:
    kind, text = ("decimal", f"%{level + 1}.") if numbered else ("bullet", _marks[level % 3])
    return (
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:lvlText w:val="{text}"/>'
        f'<w:lvlJc w:val="left"/><w:pPr><w:ind w:left="{indent(level)}" w:hanging="{STEP - 60}"/></w:pPr></w:lvl>'
    )
