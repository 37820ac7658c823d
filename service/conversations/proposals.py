"""A change to one section of an article: a model proposes it, a reader accepts it."""

import re
import textwrap
from dataclasses import dataclass

import msgspec
from uuid_utils.compat import uuid7

from service.core.difference import Change, difference
from service.core.model_errors import ModelNonsense
from service.core.sections import Section, replaced, sections
from service.models import structured

MAX_CHARACTERS = 60_000

_unindented = re.compile(
    r"\s*section:[ \t]*(\d{1,4})[ \t]*\ntext:[ \t]*[|>]?[+-]?[ \t]*\n(?:[ \t]*\n)*(\S.*)", re.DOTALL
)
_key = re.compile(r"^section[ \t]*:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Subject:
    """The current state of the conversation's article."""

    title: str
    content: str
    version: int


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    base: int  # the version that it changes
    section: int
    text: str  # the new section, including its heading
    difference: list[Change]


def is_meant(block: str) -> bool:
    """Whether a YAML block is meant as a proposal, rather than as part of the answer."""
    return _key.search(block) is not None


def parse(block: str, subject: Subject) -> Proposal:
    """The proposal in a YAML block. ModelNonsense says what is wrong."""
    if len(block) > MAX_CHARACTERS:
        raise ModelNonsense("too_long")
    document = _loosely(block) or structured.load(block)
    if not isinstance(document, dict):
        raise ModelNonsense("no_section_and_text")
    number, section = _section(document.get("section"), subject)
    text = document.get("text")
    if not isinstance(text, str) or not text.strip():
        raise ModelNonsense("no_text")
    new = _with_heading(text.strip(), section)
    return Proposal(
        id=str(uuid7()),
        base=subject.version,
        section=number,
        text=new,
        difference=difference(section.text, new),
    )


def applied(proposal: Proposal, content: str) -> str:
    """The article's text with the change applied."""
    return replaced(content, sections(content)[proposal.section - 1], proposal.text)


def as_block(proposal: Proposal) -> str:
    """The proposal as the model wrote it, for the history it is sent."""
    return f"```yaml\nsection: {proposal.section}\ntext: |\n{textwrap.indent(proposal.text, '  ')}\n```"


def _loosely(block: str) -> structured.Node | None:
    """What is meant by a block whose text is not indented, as many models write it."""
    match = _unindented.fullmatch(block)
    return None if match is None else {"section": match[1], "text": match[2]}


def _section(value: structured.Node | None, subject: Subject) -> tuple[int, Section]:
    found = sections(subject.content)
    if not isinstance(value, str) or not re.fullmatch(r"\d{1,4}", value) or not 1 <= int(value) <= len(found):
        raise ModelNonsense("no_such_section", count=len(found))
    return int(value), found[int(value) - 1]


def _with_heading(text: str, section: Section) -> str:
    return text if re.match(r"##[ \t]", text) else f"## {section.title}\n\n{text}"
