"""The articles' pictures: one file per article in the data folder."""

import asyncio
from pathlib import Path

ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}


class Pictures:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def save(self, article_id: str, data: bytes, media_type: str) -> None:
        """Replace the picture atomically: readers get the old or the new one, and a crash leaves no partial file."""
        await asyncio.to_thread(self._save, article_id, data, media_type)

    def _save(self, article_id: str, data: bytes, media_type: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = self._folder / f"{article_id}.part"
        unfinished.touch(0o600)
        unfinished.write_bytes(data)
        self._remove(article_id, but=ENDINGS[media_type])
        unfinished.replace(self._path(article_id, ENDINGS[media_type]))

    def find(self, article_id: str) -> tuple[Path, str] | None:
        """The article's picture and its media type."""
        for media_type, ending in ENDINGS.items():
            if (path := self._path(article_id, ending)).is_file():
                return path, media_type
        return None

    async def delete(self, article_id: str) -> None:
        await asyncio.to_thread(self._remove, article_id)

    def _remove(self, article_id: str, but: str = "") -> None:
        for ending in {*ENDINGS.values()} - {but}:
            self._path(article_id, ending).unlink(missing_ok=True)

    def _path(self, article_id: str, ending: str) -> Path:
        return self._folder / f"{article_id}{ending}"
