"""Data folders of earlier editions, as tests/data keeps them."""

import json
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Edition:
    name: str

    @property
    def folder(self) -> Path:
        """Not to be changed."""
        return Path(__file__).parent / "data" / f"{self.name}-edition"

    @property
    def picture(self) -> bytes:
        """Of the article that is called full."""
        (file,) = (self.folder / "pictures").iterdir()
        return file.read_bytes()

    @cached_property
    def expected(self) -> Any:
        """What the edition itself answered about its data."""
        return json.loads((self.folder / "expected.json").read_text())

    @property
    def articles(self) -> dict[str, Any]:
        return self.expected["articles"]

    def copy(self, folder: Path) -> Path:
        shutil.copy(self.folder / "pressroom.db", folder)
        shutil.copytree(self.folder / "pictures", folder / "pictures")
        return folder

    def __str__(self) -> str:
        return self.name


FIRST, SECOND = Edition("first"), Edition("second")  # 0.1.0 and 0.2.0
ALL = FIRST, SECOND
