"""Prompts as files: what stands in them after `$` is filled in."""

import re
from pathlib import Path
from string import Template

from service.core.errors import SettingsError


def read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the prompt {path} can't be read: {error}") from None


def template(path: Path, fields: set[str]) -> Template:
    made = Template(read(path))
    unknown = set(made.get_identifiers()) - fields
    if unknown or not made.is_valid():
        raise SettingsError(f"the prompt {path} may only use ${', $'.join(sorted(fields))}")
    return made


class Material(str):
    """Text that may stand in a prompt as it is: whatever is in it has been put between tags."""

    __slots__ = ()


def closing(*tags: str) -> re.Pattern[str]:
    """Finds closing tags: one inside the material would let it speak as if it were the prompt."""
    return re.compile(rf"<\s*/(?=\s*(?:{'|'.join(tags)})\b)", re.IGNORECASE)


def escaped(material: object, tags: re.Pattern[str]) -> str:
    return material if isinstance(material, Material) else tags.sub("<\\/", str(material))
