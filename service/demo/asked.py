"""Finds out what a prompt asks for, by tags and a few key words, because operators may edit the prompts."""

import re
import zlib
from dataclasses import dataclass
from typing import Literal

from service.core import words
from service.models.model import Message

Kind = Literal[
    "queries", "synthesis", "outline", "titles", "section", "style", "seo", "form", "chat", "proposal", "revision"
]

# The structured answers by a field that only one of them has.
FIELDS: dict[Kind, str] = {"queries": "queries:", "seo": "seo_title:", "outline": "sections:"}
MAX_WORDS = 5_000
MAX_SECTIONS = 12
NEUTRAL_TOPIC = "Everyday things"

TAGS = (
    "topic", "audience", "outline", "section", "covers", "leaves", "draft", "article", "text", "instruction",
    "synthesis", "source", "before", "passage", "after",
)  # fmt: skip
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

_opening_tag = re.compile(f'<({"|".join(TAGS)})(?: id="(\\d+)")?>')
_words = re.compile(r"about (\d{1,9}) words?", re.IGNORECASE)
_sections = re.compile(r"(?:at most|has) (\d{1,9}) sections?", re.IGNORECASE)
_number = re.compile(r"section (\d{1,9})", re.IGNORECASE)
_number_word = re.compile(rf"section ({'|'.join(NUMBERS)})\b", re.IGNORECASE)
_change = re.compile(r"\b(add|change|improve|make|put|rewrite|shorten|simplify|translate)\b", re.IGNORECASE)
_listed = re.compile(r"^(\d{1,3})\. (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    kind: Kind
    topic: str
    title: str
    number: int | None
    words: int
    sections: int
    draft: str
    passage: str
    sources: tuple[int, ...]  # the ids that may be cited
    rest: str  # the text outside the tags, which is not material
    said: str
    seed: int


def read(messages: list[Message]) -> Asked:
    """What the user's message asks for."""
    said = [message.content for message in messages if message.role == "user"]
    if (sections := _article(messages)) and said and _change.search(said[-1]):
        return _proposal(messages, said[-1], sections)
    blocks, sources, rest = _blocks("\n".join(said))
    return Asked(
        kind=_kind(blocks, rest),
        topic=blocks.get("topic") or NEUTRAL_TOPIC,
        title=blocks.get("section") or "Untitled",
        number=_figure(_number, rest),
        words=min(_figure(_words, rest) or words.count(blocks.get("text", "")) or 100, MAX_WORDS),
        sections=min(_figure(_sections, rest) or 3, MAX_SECTIONS),
        draft=blocks.get("draft", ""),
        passage=blocks.get("passage", ""),
        sources=sources,
        rest=rest,
        said=said[-1] if said else "",
        seed=_seed(messages),
    )


def _article(messages: list[Message]) -> dict[int, str]:
    """The sections of the article that a conversation is about, as its system prompt lists them."""
    told = "\n".join(message.content for message in messages if message.role == "system")
    _, tag, rest = told.partition("<sections>")
    listed, closing, _ = rest.partition("</sections>")
    return {int(number): title for number, title in _listed.findall(listed)} if tag and closing else {}


def _proposal(messages: list[Message], said: str, sections: dict[int, str]) -> Asked:
    word = _number_word.search(said)
    number = _figure(_number, said) or (NUMBERS.index(word[1].lower()) + 1 if word else 1)
    number = min(number, max(sections))
    return Asked(
        kind="proposal",
        topic=NEUTRAL_TOPIC,
        title=sections[number],
        number=number,
        words=40 if "short" in said.lower() else 90,
        sections=len(sections),
        draft="",
        passage="",
        sources=(),
        rest=said,
        said=said,
        seed=_seed(messages),
    )


def _seed(messages: list[Message]) -> int:
    return zlib.crc32("\0".join(m.content for m in messages).encode())


def _kind(blocks: dict[str, str], rest: str) -> Kind:
    # Our own blocks first: a fence counts only outside them, because a topic may contain "```yaml".
    if "draft" in blocks:
        return "style"
    if "passage" in blocks:
        return "revision"
    if "section" in blocks:
        return "section"
    if "```yaml" in rest:
        return next((kind for kind, field in FIELDS.items() if field in rest), "form")
    if "topic" in blocks and "numbered list" in rest:
        return "titles"
    return "synthesis" if "source" in blocks else "chat"


def _figure(pattern: re.Pattern[str], text: str) -> int | None:
    match = pattern.search(text)
    return max(1, int(match[1])) if match else None


def _blocks(text: str) -> tuple[dict[str, str], tuple[int, ...], str]:
    """The material between tags, the first of each name, the sources' ids, and the text around it all."""
    blocks: dict[str, str] = {}
    sources: list[int] = []
    rest: list[str] = []
    last_closing = {name: text.rfind(f"</{name}>") for name in TAGS}
    at = 0
    for opening in _opening_tag.finditer(text):
        if opening.start() < at or last_closing[opening[1]] < opening.end():
            continue
        end = text.index(f"</{opening[1]}>", opening.end())
        blocks.setdefault(opening[1], _material(text[opening.end() : end]))
        if opening[2]:
            sources.append(int(opening[2]))
        rest.append(text[at : opening.start()])
        at = end + len(f"</{opening[1]}>")
    return blocks, tuple(dict.fromkeys(sources)), "".join([*rest, text[at:]])


def _material(text: str) -> str:
    return text.replace("<\\", "<").strip()
