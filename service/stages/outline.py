"""The outline's YAML, from a model that may answer anything."""

from service.core.errors import ModelNonsense
from service.core.events import Heading, Outline
from service.models.structured import Node
from service.stages.fenced import line, load

MAX_TITLE = 200
MAX_NOTE = 1_000


def parse(answer: str, *, max_sections: int, topic: str) -> Outline:
    """The outline in a model's answer; ModelNonsense says what is wrong, in words that the model can act on."""
    document = load(answer)
    items = document.get("sections")
    if not isinstance(items, list):
        raise ModelNonsense("there is no list under `sections`")
    sections = [_heading(item) for item in items]
    if not sections:
        raise ModelNonsense("the outline has no sections")
    if len(sections) > max_sections:
        raise ModelNonsense(f"the outline has {len(sections)} sections; at most {max_sections} are allowed")
    if len({s.title.casefold() for s in sections}) < len(sections):
        raise ModelNonsense("two sections have the same title")
    return Outline(title=line(document.get("title"), MAX_TITLE) or topic, sections=sections)


def _heading(item: Node) -> Heading:
    if isinstance(item, dict) and len(item) == 1 and not item.keys() & {"title", "covers", "leaves"}:
        # `- Bees: a history` is a mapping to YAML, and a title to whoever wrote it.
        key, value = next(iter(item.items()))
        item = f"{key}: {value}" if isinstance(value, str) else key
    fields = item if isinstance(item, dict) else {"title": item}
    title = "" if isinstance(fields.get("title"), list) else line(fields.get("title"), MAX_TITLE)
    if not title:
        raise ModelNonsense("a section has no title")
    return Heading(
        title=title,
        covers=line(fields.get("covers"), MAX_NOTE),
        leaves=line(fields.get("leaves"), MAX_NOTE),
    )
