"""The articles' pictures: one file per article in the data folder, and a second while one replaces another."""

import asyncio
from pathlib import Path

ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}


class Pictures:
    """`number` tells the pictures of an article apart; the one that its writing made has 0."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def save(self, article_id: str, data: bytes, media_type: str, number: int = 0) -> Path:
        """A crash leaves no partial file."""
        path = self._path(article_id, media_type, number)
        await asyncio.to_thread(self._save, path, data)
        return path

    def _save(self, path: Path, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.touch(0o600)
        unfinished.write_bytes(data)
        unfinished.replace(path)

    def find(self, article_id: str, media_type: str, number: int = 0) -> Path | None:
        path = self._path(article_id, media_type, number)
        return path if path.is_file() else None

    async def delete(self, article_id: str, *, but: Path | None = None) -> None:
        """Delete all pictures of the article but one."""
        await asyncio.to_thread(self._delete, article_id, but)

    def _delete(self, article_id: str, but: Path | None) -> None:
        for path in self._folder.glob(f"{article_id}[.-]*"):
            if path != but:
                path.unlink(missing_ok=True)

    def _path(self, article_id: str, media_type: str, number: int) -> Path:
        return self._folder / f"{article_id}{f'-{number}' if number else ''}{ENDINGS[media_type]}"
