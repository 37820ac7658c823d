"""Prompts are files in config/prompts; what stands in them after `$` is filled in, material between tags."""

from pathlib import Path
from typing import Literal

from service.llm import templates
from service.llm.model import Message
from service.writing.brief import Brief

PromptName = Literal["outline", "repair", "section", "style"]

BRIEF = {"topic", "tone", "audience", "language"}
FIELDS: dict[PromptName, set[str]] = {
    "outline": BRIEF | {"max_sections"},
    "repair": {"mistake"},
    "section": BRIEF | {"outline", "number", "title", "covers", "leaves", "words"},
    "style": BRIEF | {"draft"},
}

_closing_tags = templates.closing("topic", "outline", "section", "draft")


class Prompts:
    """The operator's prompts, read and checked once."""

    def __init__(self, folder: Path) -> None:
        self._system = templates.read(folder / "system.md").strip()
        self._templates = {name: templates.template(folder / f"{name}.md", fields) for name, fields in FIELDS.items()}

    def ask(self, name: PromptName, brief: Brief, **fields: object) -> list[Message]:
        """The system prompt and this one, which knows the brief and `fields`."""
        filled = self.fill(
            name,
            topic=brief.topic,
            tone=brief.tone,
            audience=brief.target_audience,
            language=f"the language {brief.language}" if brief.language else "the language of the topic",
            **fields,
        )
        return [Message("system", self._system), Message("user", filled)]

    def fill(self, name: PromptName, **fields: object) -> str:
        material = {key: templates.escaped(value, _closing_tags) for key, value in fields.items()}
        return self._templates[name].substitute(material)
