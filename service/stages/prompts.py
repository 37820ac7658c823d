"""Prompts are files in config/prompts, or stand in the files of their stages.

What stands in them after `$` is filled in, material between tags.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from service.core.brief import Brief
from service.core.passage import ACTIONS
from service.models import templates
from service.models.model import Message
from service.stages import languages

BRIEF = {"topic", "tone", "audience", "language"}
FIELDS: dict[str, set[str]] = {
    "background": {"synthesis"},
    "cite": {"sources"},
    "continue": BRIEF | {"number", "title", "text", "words", "counting"},
    "edit": BRIEF | {"title", "draft"},
    "example": BRIEF | {"title"},
    "explain": BRIEF | {"title"},
    "image": BRIEF | {"title"},
    "image_wish": {"wish"},
    "outline": BRIEF | {"max_sections"},
    "queries": BRIEF,
    "revise": BRIEF | {"before", "passage", "after", "task"},
    **{f"revise_{action}": BRIEF for action in ACTIONS},
    "rewrite": BRIEF | {"article", "title", "text", "instruction"},
    "section": BRIEF | {"outline", "number", "title", "covers", "leaves", "words", "counting"},
    "seo": BRIEF | {"article"},
    "style": BRIEF | {"draft"},
    "synthesis": BRIEF | {"sources"},
    "titles": BRIEF | {"max_sections"},
}

TAGS = frozenset({
    "after", "article", "audience", "before", "covers", "draft", "instruction", "leaves", "outline", "passage",
    "section", "source", "synthesis", "text", "topic",
})  # fmt: skip
BESIDE = {"audience", "source", "synthesis"}  # tags that are in no prompt's file, or in another's


class Prompts:
    """The operator's prompts, read and checked once."""

    def __init__(self, folder: Path, own: Mapping[str, str] = {}) -> None:
        """`own` are the prompts that stand in the files of their stages, by name; a file in the folder replaces one."""
        self._system = templates.read(folder / "system.md").strip()
        self._prompts = {
            name: templates.Prompt(folder / f"{name}.md", fields, beside=BESIDE) for name, fields in FIELDS.items()
        }
        for name, text in own.items():
            fields = BRIEF | templates.fields(text)
            self._prompts[name] = templates.Prompt(folder / f"{name}.md", fields, beside=BESIDE, text=text)

    def ask(self, name: str, brief: Brief, *more: str, **fields: object) -> list[Message]:
        """The system prompt, and the prompt `name` filled from the brief and `fields`, behind the material in `more`:
        a model keeps best to what stands last."""
        filled = self.fill(name, brief, **fields)
        return [Message("system", self._system), Message("user", "\n".join([*more, filled]))]

    def instructions(self, name: str, brief: Brief) -> str:
        """What `ask` says beside the material."""
        return f"{self._system}\n{self.fill(name, brief, **dict.fromkeys(FIELDS[name] - BRIEF, ''))}"

    def fill(self, name: str, brief: Brief | None = None, **fields: object) -> str:
        prompt = self._prompts[name]
        if brief is not None:
            fields |= {
                "topic": brief.topic,
                "tone": brief.tone,
                "audience": _audience(prompt, brief.target_audience),
                "language": languages.name(brief),
            }
        return prompt.fill(**fields)


def _audience(prompt: templates.Prompt, audience: str) -> str:
    """The audience between its own tags, because it is used within sentences; an image model would draw the tags."""
    if not prompt.tags:
        return audience
    return templates.Material(f"<audience>{prompt.escaped(audience)}</audience>")


def sources(numbered: Iterable[tuple[int, str, str]]) -> templates.Material:
    """The sources with id, title and text, each between tags."""
    return templates.Material(
        "\n\n".join(f'<source id="{n}">\n{_safe(title)}\n\n{_safe(text)}\n</source>' for n, title, text in numbered)
    )


def _safe(value: object) -> str:
    return templates.escaped(value, TAGS)
