"""Data folders of earlier editions, as tests/data keeps them."""

import json
import shutil
from pathlib import Path
from typing import Any

FIRST = Path(__file__).parent / "data" / "first-edition"


def first(folder: Path) -> Path:
    """A copy of the first edition's data."""
    shutil.copy(FIRST / "pressroom.db", folder)
    shutil.copytree(FIRST / "pictures", folder / "pictures")
    return folder


def expected() -> Any:
    """What the first edition answered about it."""
    return json.loads((FIRST / "expected.json").read_text())
