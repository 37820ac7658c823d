"""The outline's YAML, from a model that may answer anything."""

import re

from service.errors import ModelNonsense
from service.events import Heading, Outline
from service.llm.structured import Node, load

MAX_CHARACTERS = 20_000
MAX_TITLE = 200
MAX_NOTE = 1_000

_fenced = re.compile(r"^[ \t]*```[ \t]*(?:ya?ml)?[ \t]*\n(.*?)^[ \t]*```", re.DOTALL | re.MULTILINE | re.IGNORECASE)


def parse(answer: str, *, max_sections: int, topic: str) -> Outline:
    """The outline in a model's answer; ModelNonsense says what is wrong, in words that the model can act on."""
    document = load(_block(answer))
    if not isinstance(document, dict) or not isinstance(document.get("sections"), list):
        raise ModelNonsense("there is no list under `sections`")
    sections = [_heading(item) for item in document["sections"]]
    if not sections:
        raise ModelNonsense("the outline has no sections")
    if len(sections) > max_sections:
        raise ModelNonsense(f"the outline has {len(sections)} sections; at most {max_sections} are allowed")
    if len({s.title.casefold() for s in sections}) < len(sections):
        raise ModelNonsense("two sections have the same title")
    return Outline(title=_line(document.get("title"), MAX_TITLE) or topic, sections=sections)


def _block(answer: str) -> str:
    if len(answer) > MAX_CHARACTERS:
        raise ModelNonsense("the outline is far too long")
    match = _fenced.search(answer)
    return match[1] if match else answer


def _heading(item: Node) -> Heading:
    if isinstance(item, dict) and len(item) == 1 and not item.keys() & {"title", "covers", "leaves"}:
        # `- Bees: a history` is a mapping to YAML, and a title to whoever wrote it.
        key, value = next(iter(item.items()))
        item = f"{key}: {value}" if isinstance(value, str) else key
    fields = item if isinstance(item, dict) else {"title": item}
    title = "" if isinstance(fields.get("title"), list) else _line(fields.get("title"), MAX_TITLE)
    if not title:
        raise ModelNonsense("a section has no title")
    return Heading(
        title=title,
        covers=_line(fields.get("covers"), MAX_NOTE),
        leaves=_line(fields.get("leaves"), MAX_NOTE),
    )


def _line(value: Node | None, limit: int) -> str:
    """One line of text: what a heading or a note can hold."""
    if isinstance(value, list):
        value = "; ".join(item for item in value if isinstance(item, str))
    if not isinstance(value, str):
        return ""
    printable = "".join(c if c.isprintable() or c in "\u200c\u200d" else " " for c in value)
    return " ".join(printable.split()).lstrip("#").strip()[:limit]
