"""The picture and the search fields of an article that is written: changed by people, or made anew by the model."""

import secrets

import msgspec

from service.core.article import Article
from service.core.errors import Conflict, NotFound
from service.core.events import Output, Usage
from service.core.run import StageRun, revision
from service.core.sentences import Sentence
from service.newsroom import history
from service.newsroom.office import Office
from service.stages.desk import Skipped
from service.stages.image import Image, ImageStage
from service.stages.seo import Seo, SeoStage, StoredSeo, fingerprint
from service.store.extras import demand_extensible

FREE = Usage()
IMAGE, SEO = ImageStage.name, SeoStage.name
REMOVED = Skipped(Sentence("image_failed", {"reason": "removed"}))
NUMBER_BITS = 40  # of the number by which pictures that were sent or made anew are told apart


class Extras:
    """Changes name the revision that they are based on, and return the new one."""

    def __init__(self, office: Office) -> None:
        self._store = office.store

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

    async def picture(self, article_id: str) -> tuple[bytes, Image]:
        _, _, image = await self.of(article_id, IMAGE)
        if not isinstance(image, Image):
            raise NotFound("picture")
        return await self._store.picture(article_id, image.number), image

    async def set_picture(
        self, article_id: str, base: int, data: bytes, media_type: str, alt: str, attempt: int | None = None
    ) -> int:
        number = 1 + secrets.randbits(NUMBER_BITS)
        url = f"/articles/{article_id}/image?v={number}"
        output = _encoded(Image(url=url, alt=alt, media_type=media_type, number=number))
        about = {"base": base, "number": number, "media_type": media_type, "attempt": attempt}
        return await self._store.set_picture(article_id, stage=IMAGE, output=output, data=data, **about)

    async def describe_picture(self, article_id: str, base: int, alt: str) -> int:
        _, _, image = await self.of(article_id, IMAGE)
        if not isinstance(image, Image):
            raise NotFound("picture")
        return await self._change(article_id, IMAGE, base, msgspec.structs.replace(image, alt=alt))

    async def remove_picture(self, article_id: str, base: int) -> int:
        return await self._store.remove_picture(article_id, base=base, stage=IMAGE, output=_encoded(REMOVED))

    async def set_search(self, article_id: str, base: int, fields: Seo) -> int:
        """The fields count as written for the text that there is now."""
        article = await self._store.get(article_id)
        fits = fingerprint(article.title, article.content)
        return await self._change(article_id, SEO, base, StoredSeo(**msgspec.structs.asdict(fields), written_for=fits))

    async def set_written(self, article_id: str, base: int, written: Output, usage: Usage, attempt: int) -> int:
        """What the model wrote, with what it cost. If it could not, fields that there are stay."""
        _, _, before = await self.of(article_id, SEO)
        stays = isinstance(written, Skipped) and isinstance(before, Seo)
        return await self._change(article_id, SEO, base, before if stays and before else written, usage, attempt)

    async def _change(
        self, article_id: str, stage: str, base: int, output: Output, usage: Usage = FREE, attempt: int | None = None
    ) -> int:
        status = "skipped" if isinstance(output, Skipped) else "completed"
        about = {"base": base, "status": status, "output": _encoded(output)}
        return await self._store.change_extra(article_id, stage, **about, usage=usage, attempt=attempt)


def _output(records: list[StageRun]) -> Output | None:
    return history.output(records[-1]) if records else None


def _encoded(output: Output) -> str:
    return msgspec.json.encode(output).decode()
