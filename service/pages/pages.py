"""The pages of a folder, each packed when a language first asks for it, and again when one of its files has changed."""

from pathlib import Path

from service.messages import LANGUAGES
from service.pages.packing import File, Known, Packing


class Pages:
    def __init__(self, folder: Path, known: Known) -> None:
        self.known = known
        self._folder = folder
        self._packed: dict[tuple[str, str], tuple[File, Packing]] = {}

    def page(self, name: str, language: str) -> File:
        found = self._packed.get((name, language))
        if found is None or not found[1].fresh():
            packing = Packing(self._folder, language, self.known)
            self._packed[name, language] = found = (packing.page(name), packing)
        return found[0]

    def linked(self, name: str) -> File | None:
        """A file that a page links. This process may not have sent the page yet: then all of them are packed."""
        if (found := self._linked(name)) is None:
            for language in LANGUAGES:
                for path in self._folder.glob("*.html"):
                    self.page(path.name, language)
            found = self._linked(name)
        return found

    def _linked(self, name: str) -> File | None:
        every = list(self._packed.values())  # another thread may add to them
        return next((packing.linked[name] for _, packing in every if name in packing.linked), None)
