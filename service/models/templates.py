"""Prompt files with `$` placeholders."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from string import Template

from service.core.errors import SettingsError

# Invisible characters: white space, and characters without width.
UNSEEN = "[\\s\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]*"

_closing_tag = re.compile(r"</(\w+)>")


class Material(str):
    """Text that is inserted unchanged, because its material is already guarded and between tags."""

    __slots__ = ()


class Prompt:
    """A prompt that breaks up its own tags in inserted material, so that material can't pose as the prompt."""

    def __init__(self, path: Path, fields: set[str], *, beside: Iterable[str] = (), text: str | None = None) -> None:
        """`beside` are tags of other prompts that may stand above or below this one. `text` is what the prompt says
        if there is no file."""
        if text is None or path.exists():
            text = read(path)
        self._template = Template(text)
        unknown = set(self._template.get_identifiers()) - fields
        if unknown or not self._template.is_valid():
            allowed = ", ".join(f"${field}" for field in sorted(fields))
            raise SettingsError("prompt_fields", path=str(path), fields=allowed)
        self.tags = frozenset(_closing_tag.findall(text))
        self._guarded = self.tags.union(beside)

    def fill(self, **material: object) -> str:
        return self._template.substitute(
            {name: value if isinstance(value, Material) else self.escaped(value) for name, value in material.items()}
        )

    def escaped(self, value: object) -> str:
        return escaped(value, self._guarded)


def fields(text: str) -> set[str]:
    return set(Template(text).get_identifiers())


def read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError("prompt_unreadable", path=str(path), said=str(error)) from None


@cache
def guarded(tags: frozenset[str]) -> re.Pattern[str]:
    """Finds opening and closing tags of these names, even with invisible characters in them. It takes a while to make,
    and most material has no `<` at all."""
    names = rf"(?:{'|'.join(UNSEEN.join(tag) for tag in sorted(tags))})\b"
    return re.compile(rf"<(?={UNSEEN}(?:/{UNSEEN}{names}|{names}[^<>]{{,200}}>))", re.IGNORECASE)


def escaped(material: object, tags: frozenset[str]) -> str:
    text = str(material)
    return guarded(tags).sub("<\\\\", text) if "<" in text else text
