"""Where people read who have the token of a link: without being a caller."""

import asyncio

from service.core.article import Article
from service.core.share import Share
from service.newsroom import sharing
from service.newsroom.extras import Extras
from service.newsroom.sharing import Reading, Sharing, Shown
from service.newsroom.stories import Stories
from service.stages.image import Image
from service.store.articles import Articles


class ReadingRoom:
    def __init__(self, store: Articles, stories: Stories, sharing: Sharing, extras: Extras) -> None:
        self._store = store
        self._stories = stories
        self._sharing = sharing
        self._extras = extras

    async def share(self, token: str) -> Share:
        """The link that the token opens; NotFound if there is none, Gone if it has ended."""
        return await self._sharing.find(token)

    async def read(self, token: str) -> Shown:
        """All that the link shows of its article."""
        share = await self._sharing.find(token)
        stored = await self._store.get_with_stage_runs(share.article_id)
        return await asyncio.to_thread(sharing.shown, stored)

    async def picture(self, token: str) -> tuple[bytes, Image]:
        return await self._extras.picture((await self._sharing.find(token)).article_id)

    async def watch(self, token: str) -> tuple[Article, Reading]:
        """The article with its log, which closes when the link is revoked or expires."""
        while True:
            gone = self._sharing.gone
            share = await self._sharing.find(token)
            article = await self._store.get(share.article_id)
            story = await self._stories.of(article.id)
            if self._sharing.gone == gone:  # no link was ended while the store was read
                return article, self._sharing.reading(share, story)
