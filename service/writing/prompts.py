"""Prompts are files in config/prompts; what stands in them after `$` is filled in, material between tags."""

import re
from pathlib import Path
from string import Template
from typing import Literal

from service.errors import SettingsError
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

_closing_tag = re.compile(r"</(?=(?:topic|outline|section|draft)\b)", re.IGNORECASE)


class Prompts:
    """The operator's prompts, read and checked once."""

    def __init__(self, folder: Path) -> None:
        self._system = _read(folder / "system.md").strip()
        self._templates = {name: _template(folder / f"{name}.md", fields) for name, fields in FIELDS.items()}

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
        # A closing tag inside the material would let it speak as if it were the prompt.
        material = {key: _closing_tag.sub("<\\/", str(value)) for key, value in fields.items()}
        return self._templates[name].substitute(material)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the prompt {path} can't be read: {error}") from None


def _template(path: Path, fields: set[str]) -> Template:
    template = Template(_read(path))
    unknown = set(template.get_identifiers()) - fields
    if unknown or not template.is_valid():
        raise SettingsError(f"the prompt {path} may only use ${', $'.join(sorted(fields))}")
    return template
