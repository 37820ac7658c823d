"""Reads YAML files that come with the program."""

from pathlib import Path
from typing import Any


def read(path: Path) -> dict[str, Any]:
    """By libyaml, if it is there: Python takes ten times as long."""
    import yaml  # noqa: PLC0415 help needs no sentence

    return yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
