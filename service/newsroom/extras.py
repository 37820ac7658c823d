"""The picture and the search fields of an article that is written: changed by people, or made anew by the model."""

import asyncio
import secrets
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from service.core.article import Article
from service.core.errors import Conflict, NotFound
from service.core.events import Output, Usage
from service.core.run import StageRun, revision
from service.core.sentences import Sentence
from service.newsroom import history
from service.newsroom.writer import Office
from service.stages.desk import Skipped
from service.stages.image import Image, ImageStage
from service.stages.seo import Seo, SeoStage, StoredSeo, fingerprint
from service.store.extras import demand_extensible

T = TypeVar("T")
FREE = Usage()
IMAGE, SEO = ImageStage.name, SeoStage.name
REMOVED = Skipped(Sentence("image_failed", {"reason": "removed"}))


class Extras:
    """Changes name the revision that they are based on, and return the new one."""

    def __init__(self, office: Office) -> None:
        self._store = office.store
        self._pictures = office.pictures
        self._replacing = asyncio.Lock()  # so that the files of a picture that is being stored are not deleted

    async def of(self, article_id: str, stage: str) -> tuple[Article, int, Output | None]:
        """The article, with the revision and the output of the stage."""
        article, records = await self._store.extra(article_id, stage)
        return article, revision(records, stage), _output(records)

    async def demand(self, article_id: str, stage: str, base: int) -> Article:
        """The article; Conflict if the stage's output can't be changed or is not of revision `base`."""
        article, now, _ = await self.of(article_id, stage)
        demand_extensible(article)
        if now != base:
            raise Conflict("extra_changed", version=now)
        return article

    async def picture(self, article_id: str) -> tuple[Path, str]:
        """The file of the picture, and its media type."""
        _, _, image = await self.of(article_id, IMAGE)
        if isinstance(image, Image) and (path := self._pictures.find(article_id, image.media_type, image.number)):
            return path, image.media_type
        raise NotFound("picture")

    async def set_picture(self, article_id: str, base: int, data: bytes, media_type: str, alt: str) -> int:
        return await _whole(self._replace(article_id, base, data, media_type, alt))

    async def _replace(self, article_id: str, base: int, data: bytes, media_type: str, alt: str) -> int:
        """Store the picture under a name of its own: until it is the article's, the one before is."""
        number = 1 + secrets.randbits(40)
        url = f"/articles/{article_id}/image?v={number}"
        image = Image(url=url, alt=alt, media_type=media_type, number=number)
        async with self._replacing:
            await self.demand(article_id, IMAGE, base)
            path = await self._pictures.save(article_id, data, media_type, number)
            try:
                now = await self._change(article_id, IMAGE, base, image)
            except Exception:  # if cancelled, it may be recorded all the same
                await asyncio.to_thread(path.unlink, missing_ok=True)
                raise
            await self._pictures.delete(article_id, but=path)
        return now

    async def describe_picture(self, article_id: str, base: int, alt: str) -> int:
        _, _, image = await self.of(article_id, IMAGE)
        if not isinstance(image, Image):
            raise NotFound("picture")
        return await self._change(article_id, IMAGE, base, msgspec.structs.replace(image, alt=alt))

    async def remove_picture(self, article_id: str, base: int) -> int:
        return await _whole(self._remove(article_id, base))

    async def _remove(self, article_id: str, base: int) -> int:
        async with self._replacing:
            now = await self._change(article_id, IMAGE, base, REMOVED)
            await self._pictures.delete(article_id)
        return now

    async def set_search(self, article_id: str, base: int, fields: Seo) -> int:
        """The fields count as written for the text that there is now."""
        article = await self._store.get(article_id)
        fits = fingerprint(article.title, article.content)
        return await self._change(article_id, SEO, base, StoredSeo(**msgspec.structs.asdict(fields), written_for=fits))

    async def set_written(self, article_id: str, base: int, written: Output, usage: Usage) -> int:
        """What the model wrote, with what it cost. If it could not, fields that there are stay."""
        _, _, before = await self.of(article_id, SEO)
        stays = isinstance(written, Skipped) and isinstance(before, Seo)
        return await self._change(article_id, SEO, base, before if stays and before else written, usage)

    async def _change(self, article_id: str, stage: str, base: int, output: Output, usage: Usage = FREE) -> int:
        status = "skipped" if isinstance(output, Skipped) else "completed"
        encoded = msgspec.json.encode(output).decode()
        return await self._store.change_extra(article_id, stage, base=base, status=status, output=encoded, usage=usage)


def _output(records: list[StageRun]) -> Output | None:
    return history.output(records[-1]) if records else None


async def _whole(work: Coroutine[Any, Any, T]) -> T:
    """Work that is done to its end even if nobody waits for it any more: a file and its record belong together."""
    return await asyncio.shield(asyncio.create_task(work))
