"""Pictures and search fields that the model makes anew, in this process, while the article stays as it is.

Nobody waits for one: it is asked for, looked at and stopped. A restart ends it, and what there was before stays.
"""

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Any, NoReturn

import msgspec

from service.core.article import Article
from service.core.brief import Brief
from service.core.errors import Conflict, ImageFailed, PressroomError
from service.core.events import Output, Usage
from service.core.outline import Outline
from service.core.purse import Payer
from service.core.sentences import Sentence
from service.core.texts import TextKey
from service.newsroom import history
from service.newsroom.extras import IMAGE, SEO, Extras
from service.newsroom.writer import Office
from service.stages import flows
from service.stages.desk import Skipped, Tools
from service.stages.image import Image, ImageStage
from service.stages.seo import SeoStage
from service.stages.stage import Shared, Stage

log = logging.getLogger(__name__)

STAGES: dict[str, type[Stage]] = {IMAGE: ImageStage, SEO: SeoStage}
REMEMBERED = 1000  # failures
Key = tuple[str, str]  # an article and a stage


@dataclass(frozen=True, slots=True)
class Renewal:
    """Whether it is being made, or else why the last attempt came to nothing."""

    running: bool
    failure: Sentence | None


class Renewals:
    def __init__(self, office: Office, extras: Extras) -> None:
        self._office = office
        self._extras = extras
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._failures: dict[Key, Sentence] = {}

    async def begin(
        self, article_id: str, stage: str, *, base: int, wish: str = "", payer: Payer | None = None
    ) -> None:
        """Begin to make it anew, in place of revision `base`."""
        article = await self._extras.demand(article_id, stage, base)
        if stage == IMAGE and self._office.tools.painter is None:
            raise ImageFailed("no_model")
        key = article_id, stage
        if key in self._tasks:
            raise Conflict("being_made")
        self._failures.pop(key, None)
        task = self._tasks[key] = asyncio.create_task(self._made(article, stage, base, wish, payer))
        task.add_done_callback(lambda _: self._tasks.pop(key))

    def of(self, article_id: str, stage: str) -> Renewal:
        key = article_id, stage
        return Renewal(key in self._tasks, self._failures.get(key))

    def running(self, article_id: str) -> list[str]:
        return [stage for stage in STAGES if (article_id, stage) in self._tasks]

    async def stop(self, article_id: str, stage: str) -> None:
        """Stop it and wait for its end, if it is being made."""
        if (task := self._tasks.get((article_id, stage))) is not None:
            task.cancel()
            await asyncio.wait([task])

    def deleted(self, article_id: str) -> None:
        for stage in STAGES:
            if (task := self._tasks.get((article_id, stage))) is not None:
                task.cancel()
            self._failures.pop((article_id, stage), None)

    def close(self) -> None:
        for task in self._tasks.values():
            task.cancel()

    async def _made(self, article: Article, stage: str, base: int, wish: str, payer: Payer | None) -> None:
        try:
            await self._make(article, stage, base, wish, payer)
        except PressroomError as error:
            self._fail(article, stage, error.sentence)
        except Exception:
            log.exception("article %s: %s can't be made anew", article.id, stage)
            self._fail(article, stage, Sentence("internal_error"))

    def _fail(self, article: Article, stage: str, why: Sentence) -> None:
        self._failures[article.id, stage] = why
        if len(self._failures) > REMEMBERED:
            del self._failures[next(iter(self._failures))]

    async def _make(self, article: Article, stage: str, base: int, wish: str, payer: Payer | None) -> None:
        brief = _asking(history.decode_brief(article.brief), article)
        began, desk = time.monotonic(), _Desk(self._office.tools_of(payer))
        outline = Outline(title=article.title, sections=[])
        shared: Shared = {"brief": brief, "desk": desk, "prompts": self._office.prompts, "outline": outline}
        shared |= {"wish": wish, "final_article": article.content}
        await flows.run(flows.Flow([[STAGES[stage]]]), shared)
        made, usage = desk.output, desk.usage
        status = "skipped" if isinstance(made, Skipped) else "completed"
        self._office.tally.stages[stage, status].add(time.monotonic() - began)
        self._office.tally.usage += usage
        if isinstance(made, Image):
            await self._extras.set_picture(article.id, base, *desk.picture, made.alt)
        elif stage == SEO:
            await self._extras.set_written(article.id, base, made, usage)
        if isinstance(made, Skipped):
            self._fail(article, stage, made.why)


def _asking(brief: Brief, article: Article) -> Brief:
    """The brief of an article with all extras, in the language that its text has."""
    language = brief.language or history.lang(article)
    return msgspec.structs.replace(brief, seo_optimize=True, include_image=True, language=language)


class _Desk:
    """A desk for one stage that has no text. What it makes is kept here until it is stored."""

    output: Output
    usage = Usage()
    picture: tuple[bytes, str]

    def __init__(self, tools: Tools) -> None:
        self.tools = tools

    def saved(self, stage: str, section: int | None) -> None:
        return None

    async def start(self, stage: str, section: int | None) -> None:
        pass

    def paper(self, key: TextKey) -> NoReturn:
        raise LookupError(key)

    def _nobody_watches(self, *_: Any, **__: Any) -> None:
        pass

    retrying = running = spent = _nobody_watches

    async def save(self, stage: str, section: int | None, output: Output, usage: Usage, attempts: int) -> None:
        self.output, self.usage = output, usage

    async def keep(self, picture: bytes, media_type: str) -> str:
        self.picture = picture, media_type
        return ""
