"""Reading an article by a link: what the link shows, and streams that end with it."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from weakref import WeakSet

from service.core import citations
from service.core.errors import StoreError
from service.core.events import ArticleStatus
from service.core.outline import Outline
from service.core.run import Stored
from service.core.share import Share, demand_open
from service.log.contract import Batch, Story
from service.newsroom import history
from service.newsroom.history import OUTLINE
from service.stages.image import Image, ImageStage
from service.stages.research import ResearchStage
from service.stages.sources import Research, SourceRef
from service.store.shares import Shares

TOKEN_BYTES = 32
LOOK = 1.0  # seconds between looks for shares that have expired, or were ended elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """All that a link shows of an article."""

    title: str  # empty until there is one: the topic belongs to the brief
    status: ArticleStatus
    progress: int
    language: str | None
    words: int
    content: str
    sources: list[SourceRef]
    image_alt: str | None


def shown(stored: Stored) -> Shown:
    """Takes some time: run it off the event loop."""
    article, records = stored.article, history.latest(stored.stage_runs)
    outline = history.output(records.get(OUTLINE))
    image = history.output(records.get((ImageStage.name, None)))
    planned = outline.title if isinstance(outline, Outline) else ""
    return Shown(
        title=article.title if article.version else planned,
        status=article.status,
        progress=history.progress_of(stored),
        language=history.lang(article),
        words=article.words,
        content=article.content,
        sources=_sources(article.content, history.output(records.get((ResearchStage.name, None)))),
        image_alt=image.alt if isinstance(image, Image) else None,
    )


def _sources(content: str, research: object) -> list[SourceRef]:
    """The sources that the text cites, or all while there is none."""
    if not isinstance(research, Research):
        return []
    cited = citations.cited(content) if content else {source.id for source in research.sources}
    return [SourceRef(id=s.id, title=s.title, url=s.url) for s in research.sources if s.id in cited]


class Reading:
    """An article's story, for as long as a share lasts. It then ends without a terminal event."""

    def __init__(self, share: Share, story: Story) -> None:
        self.share = share
        self.closed = False
        self._story = story
        self._waiting: asyncio.Timeout | None = None

    @property
    def ended(self) -> bool:
        return self._story.ended

    def over(self, after: int | None) -> bool:
        return self._story.over(after)

    def close(self) -> None:
        self.closed = True
        if self._waiting is not None:
            self._waiting.reschedule(asyncio.get_running_loop().time())
            self._waiting = None

    async def follow(self, after: int | None) -> AsyncGenerator[Batch]:
        batches = self._story.follow(after)
        try:
            while not self.closed:
                async with asyncio.timeout(None) as self._waiting:
                    batch = await anext(batches)
                self._waiting = None
                yield batch
        except (StopAsyncIteration, TimeoutError):
            return
        finally:
            self._waiting = None
            await batches.aclose()


class Sharing:
    """Tokens, and the readings that are open in this process."""

    def __init__(self, shares: Shares) -> None:
        self._shares = shares
        self._readings: WeakSet[Reading] = WeakSet()
        self.gone = 0  # shares that were ended, by which a reader of the store notices that it missed one

    async def create(self, article_id: str, days: int) -> tuple[Share, str]:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        expires_at = datetime.now(UTC) + timedelta(days=days)
        return await self._shares.create(article_id, _hash(token), expires_at), token

    async def find(self, token: str) -> Share:
        """The share that the token opens; NotFound or Gone if it opens none."""
        share = await self._shares.get(_hash(token))
        demand_open(share)
        return share

    async def open(self, article_id: str) -> list[Share]:
        return await self._shares.open(article_id)

    async def revoke(self, article_id: str, share_id: str) -> None:
        await self._shares.revoke(article_id, share_id)
        self._end(lambda share: share.id == share_id)

    def deleted(self, article_id: str) -> None:
        self._end(lambda share: share.article_id == article_id)

    def reading(self, share: Share, story: Story) -> Reading:
        reading = Reading(share, story)
        self._readings.add(reading)
        return reading

    async def look(self) -> None:
        """Close readings whose share has expired or was ended elsewhere, forever. A timer would stand still while the
        machine sleeps."""
        while True:
            await asyncio.sleep(LOOK)
            self._close(Share.expired)
            if ids := {reading.share.id for reading in self._readings}:
                with suppress(StoreError):  # the next look may find out
                    self._close_of(ids - await self._shares.lasting(ids))

    def _end(self, ends: Callable[[Share], bool]) -> None:
        self.gone += 1
        self._close(ends)

    def _close_of(self, ids: set[str]) -> None:
        self._close(lambda share: share.id in ids)

    def _close(self, ends: Callable[[Share], bool]) -> None:
        for reading in list(self._readings):
            if ends(reading.share):
                reading.close()


def _hash(token: str) -> str:
    """Without a salt: a random token can't be guessed, and has to be found."""
    return sha256(token.encode()).hexdigest()
