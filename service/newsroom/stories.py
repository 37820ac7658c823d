"""The logs of articles: those that are open, and those that are made of what is stored."""

from service.core.article import LIVE
from service.core.run import Stored
from service.log.contract import Log, Story
from service.newsroom import history
from service.newsroom.places import Places
from service.store.articles import Articles


class Stories:
    def __init__(self, store: Articles, log: Log, places: Places) -> None:
        self._store = store
        self._log = log
        self._places = places

    async def of(self, article_id: str) -> Story:
        """The article's log, or what is stored if it has none."""
        while True:
            if (story := await self._log.join(article_id)) is not None:
                return story
            before, dropped = self._log.story(article_id), self._log.dropped
            stored = await self._store.get_with_stage_runs(article_id)
            # While the store was read, a log may have been opened, or even opened and dropped.
            if self._log.story(article_id) is before and self._log.dropped == dropped:
                return self._opened(stored)

    def _opened(self, stored: Stored) -> Story:
        article = stored.article
        if article.status not in LIVE:
            return history.replay(stored, self._log.tally)
        story = self._log.opened(article.id, article.run)
        history.fill(story, article, stored.stage_runs)
        self._places.moved()
        return story
