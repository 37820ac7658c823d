"""A passage of an article's text, which is changed by itself."""

from dataclasses import dataclass
from typing import Literal, get_args

from service.core.errors import BadInput, NotFound
from service.core.sections import sections

MAX_PASSAGE = 6_000  # characters

Action = Literal["rewrite", "shorten", "expand", "tone", "fix"]
ACTIONS: tuple[Action, ...] = get_args(Action)


@dataclass(frozen=True, slots=True)
class Passage:
    """The text from `start` on, which counts UTF-16 code units, as JavaScript does."""

    start: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What is to be done with a passage of version `base`."""

    base: int
    passage: Passage
    action: Action
    tone: str | None = None  # for the action `tone`


def split(content: str, passage: Passage) -> tuple[str, str]:
    """The text before the passage, and the text after it. NotFound if the passage does not stand there; BadInput if it
    spans several sections."""
    encoded = content.encode("utf-16-le")
    before = encoded[: 2 * passage.start].decode("utf-16-le", "replace")
    if not content.startswith(before + passage.text):
        raise NotFound("passage")
    end = len(before) + len(passage.text)
    if any(len(before) < section.start < end for section in sections(content)):
        raise BadInput("passage", "two_sections")
    return before, content[end:]
