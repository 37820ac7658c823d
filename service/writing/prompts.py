"""Prompts are files in config/prompts; what stands in them after `$` is filled in, material between tags."""

import re
from collections.abc import Iterable
from pathlib import Path
from string import Template
from typing import Literal

from service.errors import SettingsError
from service.llm.model import Message
from service.writing.brief import Brief

PromptName = Literal[
    "background",
    "cite",
    "continue",
    "image",
    "outline",
    "queries",
    "repair",
    "rewrite",
    "section",
    "seo",
    "style",
    "synthesis",
]

BRIEF = {"topic", "tone", "audience", "language"}
FIELDS: dict[PromptName, set[str]] = {
    "background": {"synthesis"},
    "cite": {"sources"},
    "continue": BRIEF | {"number", "title", "text", "words"},
    "image": BRIEF | {"title"},
    "outline": BRIEF | {"max_sections"},
    "queries": BRIEF,
    "repair": {"mistake"},
    "rewrite": BRIEF | {"article", "title", "text", "instruction"},
    "section": BRIEF | {"outline", "number", "title", "covers", "leaves", "words"},
    "seo": BRIEF | {"article"},
    "style": BRIEF | {"draft"},
    "synthesis": BRIEF | {"sources"},
}
TAGS = "article|covers|draft|instruction|leaves|outline|section|source|synthesis|text|topic"

_closing_tag = re.compile(rf"<\s*/(?=\s*(?:{TAGS})\b)", re.IGNORECASE)


class Material(str):
    """Text that may stand in a prompt as it is: whatever is in it has been put between tags."""

    __slots__ = ()


class Prompts:
    """The operator's prompts, read and checked once."""

    def __init__(self, folder: Path) -> None:
        self._system = _read(folder / "system.md").strip()
        self._templates = {name: _template(folder / f"{name}.md", fields) for name, fields in FIELDS.items()}

    def ask(self, name: PromptName, brief: Brief, *more: str, **fields: object) -> list[Message]:
        """The system prompt and this one, which knows the brief and `fields`, and `more` below it."""
        filled = self.fill(name, brief, **fields)
        return [Message("system", self._system), Message("user", "\n".join([filled, *more]))]

    def fill(self, name: PromptName, brief: Brief | None = None, **fields: object) -> str:
        if brief is not None:
            language = f"the language {brief.language}" if brief.language else "the language of the topic"
            fields |= {
                "topic": brief.topic,
                "tone": brief.tone,
                "audience": brief.target_audience,
                "language": language,
            }
        return self._templates[name].substitute({key: _safe(value) for key, value in fields.items()})


def sources(numbered: Iterable[tuple[int, str, str]]) -> Material:
    """Sources by id, title and text, each between tags."""
    return Material(
        "\n\n".join(f'<source id="{n}">\n{_safe(title)}\n\n{_safe(text)}\n</source>' for n, title, text in numbered)
    )


def _safe(value: object) -> str:
    # A closing tag inside the material would let it speak as if it were the prompt.
    return value if isinstance(value, Material) else _closing_tag.sub("<\\/", str(value))


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
