"""Reads the fenced YAML block in a model's answer."""

import re

from service.core.model_errors import ModelNonsense
from service.models import structured
from service.models.structured import Node

MAX_CHARACTERS = 20_000

_fenced = re.compile(r"^[ \t]*```[ \t]*(?:ya?ml)?[ \t]*\n(.*?)^[ \t]*```", re.DOTALL | re.MULTILINE | re.IGNORECASE)


def load(answer: str) -> dict[str, Node]:
    """The mapping in a model's answer. ModelNonsense says what is wrong, so that the model can correct it."""
    document = structured.load(_block(answer))
    if not isinstance(document, dict):
        raise ModelNonsense("no_block")
    return document


def line(value: Node | None, limit: int) -> str:
    """One line of text, as for a heading or a note."""
    if isinstance(value, list):
        value = "; ".join(item for item in value if isinstance(item, str))
    if not isinstance(value, str):
        return ""
    printable = "".join(c if c.isprintable() or c in "\u200c\u200d" else " " for c in value)
    return " ".join(printable.split()).lstrip("#").strip()[:limit]


def _block(answer: str) -> str:
    if len(answer) > MAX_CHARACTERS:
        raise ModelNonsense("too_long")
    match = _fenced.search(answer)
    return match[1] if match else answer
