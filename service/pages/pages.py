"""The pages of a folder, each packed when it is first asked for, and again when one of its files has changed."""

from collections.abc import Callable
from pathlib import Path

from service.pages.packing import File, Packing


class Pages:
    def __init__(self, folder: Path, known: Callable[[], str]) -> None:
        self.known = known
        self._folder = folder
        self._packed: dict[str, tuple[File, Packing]] = {}

    def page(self, name: str) -> File:
        found = self._packed.get(name)
        if found is None or not found[1].fresh():
            packing = Packing(self._folder, self.known())
            self._packed[name] = found = (packing.page(name), packing)
        return found[0]

    def linked(self, name: str) -> File | None:
        """A file that a page links. This process may not have sent the page yet: then all of them are packed."""
        if (found := self._linked(name)) is None:
            for path in self._folder.glob("*.html"):
                self.page(path.name)
            found = self._linked(name)
        return found

    def _linked(self, name: str) -> File | None:
        return next((packing.linked[name] for _, packing in self._packed.values() if name in packing.linked), None)
