"""A fenced YAML block in an answer, from a model that may answer anything."""

import re

import yaml

from service.errors import ModelNonsense

MAX_CHARACTERS = 20_000
MAX_DEPTH = 6

_fenced = re.compile(r"^[ \t]*```[ \t]*(?:ya?ml)?[ \t]*\n(.*?)^[ \t]*```", re.DOTALL | re.MULTILINE | re.IGNORECASE)
_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # every scalar stays a string: 1984 and `yes` are titles too

Node = str | list["Node"] | dict[str, "Node"]


def load(answer: str) -> dict[str, Node]:
    """The mapping in a model's answer; ModelNonsense says what is wrong, in words that the model can act on."""
    document = _load(_block(answer))
    if not isinstance(document, dict):
        raise ModelNonsense("there is no fenced YAML block in the form asked for")
    return document


def line(value: Node | None, limit: int) -> str:
    """One line of text: what a heading or a note can hold."""
    if isinstance(value, list):
        value = "; ".join(item for item in value if isinstance(item, str))
    if not isinstance(value, str):
        return ""
    printable = "".join(c if c.isprintable() or c in "\u200c\u200d" else " " for c in value)
    return " ".join(printable.split()).lstrip("#").strip()[:limit]


def _block(answer: str) -> str:
    if len(answer) > MAX_CHARACTERS:
        raise ModelNonsense("the answer is far too long")
    match = _fenced.search(answer)
    return match[1] if match else answer


def _load(text: str) -> Node:
    try:
        depth = 0
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise ModelNonsense("anchors and aliases are not allowed")
            if getattr(event, "tag", None):
                raise ModelNonsense("tags are not allowed")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise ModelNonsense("the YAML is nested too deeply")
        return yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or "it can't be parsed"
        raise ModelNonsense(f"the YAML is not valid: {problem}") from None
