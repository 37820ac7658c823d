"""Pictures and search fields that the model makes anew, while the article stays as it is.

Nobody waits for one: it is asked for, looked at and stopped. The store knows which process makes it. When that process
ends, what there was before stays.
"""

import asyncio
import logging
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import astuple, dataclass
from typing import Any, NoReturn

import msgspec

from service.core.article import Article
from service.core.brief import Brief
from service.core.errors import ImageFailed, PressroomError, StaleEpoch, StoreError
from service.core.events import Output, Usage
from service.core.outline import Outline
from service.core.purse import Payer
from service.core.sentences import Sentence
from service.core.texts import TextKey
from service.newsroom import history
from service.newsroom.extras import IMAGE, SEO, Extras
from service.newsroom.office import Office
from service.stages import flows
from service.stages.desk import Skipped, Tools
from service.stages.image import Image, ImageStage
from service.stages.seo import SeoStage
from service.stages.stage import Shared, Stage
from service.store.renewals import Renewal

log = logging.getLogger(__name__)

STAGES: dict[str, type[Stage]] = {IMAGE: ImageStage, SEO: SeoStage}
AGAIN = 1.0  # seconds before another attempt to store that it has ended
NONE = Renewal(running=False, failure=None)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One that this process makes."""

    article_id: str
    stage: str
    number: int


class Renewals:
    def __init__(self, office: Office, extras: Extras) -> None:
        self._office = office
        self._store = office.store
        self._extras = extras
        self._tasks: dict[Attempt, asyncio.Task[None]] = {}
        self._looks: set[asyncio.Task[None]] = set()

    async def begin(
        self, article_id: str, stage: str, *, base: int, wish: str = "", payer: Payer | None = None
    ) -> None:
        """Begin to make it anew, in place of revision `base`."""
        article = await self._extras.demand(article_id, stage, base)
        if stage == IMAGE and self._office.tools.painter is None:
            raise ImageFailed("no_model")
        attempt = Attempt(article_id, stage, await self._store.begin_renewal(article_id, stage))
        self._office.log.hear("renewals", self._changed)
        task = self._tasks[attempt] = asyncio.create_task(self._made(attempt, article, base, wish, payer))
        task.add_done_callback(lambda _: self._tasks.pop(attempt))

    async def of(self, article_id: str, stage: str) -> Renewal:
        return (await self._store.renewals(article_id)).get(stage, NONE)

    async def running(self, article_id: str) -> list[str]:
        renewals = await self._store.renewals(article_id)
        return [stage for stage in STAGES if renewals.get(stage, NONE).running]

    async def stop(self, article_id: str, stage: str) -> None:
        """Stop it, wherever it is being made. It is not stored any more, and here it has ended."""
        await self._store.stop_renewal(article_id, stage)
        await _ended([task for of, task in self._tasks.items() if (of.article_id, of.stage) == (article_id, stage)])

    def deleted(self, article_id: str) -> None:
        for of, task in self._tasks.items():
            if of.article_id == article_id:
                task.cancel()

    async def close(self) -> None:
        await _ended([*self._tasks.values()])

    def _changed(self, article_id: str) -> None:
        """A process, perhaps this one, has stopped something of an article, or, without an id, of any."""
        if any(article_id in ("", of.article_id) for of in self._tasks):
            look = asyncio.create_task(self._look(article_id))
            self._looks.add(look)
            look.add_done_callback(self._looks.discard)

    async def _look(self, article_id: str) -> None:
        for of, task in [*self._tasks.items()]:
            with suppress(StoreError):  # then it is seen when it is to be stored
                if article_id in ("", of.article_id) and not await self._store.renewing(*astuple(of)):
                    task.cancel()

    async def _made(self, attempt: Attempt, article: Article, base: int, wish: str, payer: Payer | None) -> None:
        failure = None
        try:
            failure = await self._make(attempt, article, base, wish, payer)
        except StaleEpoch:  # it was stopped
            return
        except PressroomError as error:
            failure = error.sentence
        except Exception:
            log.exception("article %s: %s can't be made anew", article.id, attempt.stage)
            failure = Sentence("internal_error")
        except asyncio.CancelledError:
            with suppress(StoreError):
                await self._store.end_renewal(*astuple(attempt), None)
            raise
        await self._end(attempt, failure)

    async def _end(self, attempt: Attempt, failure: Sentence | None) -> None:
        while True:
            try:
                return await self._store.end_renewal(*astuple(attempt), failure)
            except StoreError:
                await asyncio.sleep(AGAIN)

    async def _make(
        self, attempt: Attempt, article: Article, base: int, wish: str, payer: Payer | None
    ) -> Sentence | None:
        """Make and store it. Why not, if it was skipped."""
        stage = attempt.stage
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
            await self._extras.set_picture(article.id, base, *desk.picture, made.alt, attempt.number)
        elif stage == SEO:
            await self._extras.set_written(article.id, base, made, usage, attempt.number)
        return made.why if isinstance(made, Skipped) else None


async def _ended(tasks: Collection[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


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
