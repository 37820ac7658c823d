"""Watching an article: its channel while there is one, what is stored when there is none."""

from service.core.article import Claim
from service.log.channel import Channel
from service.log.memory import Channels
from service.newsroom.history import fill, replay
from service.queue.in_process import Dispatcher
from service.store.articles import LIVE, Articles


class Watch:
    def __init__(self, store: Articles, channels: Channels, dispatcher: Dispatcher) -> None:
        self._store = store
        self._channels = channels
        self._dispatcher = dispatcher

    async def channel(self, article_id: str) -> Channel:
        """Where the article can be viewed; NotFound if there is none."""
        while True:
            if (channel := self._channels.get(article_id)) is not None:
                return channel
            dropped = self._channels.dropped
            stored = await self._store.get_with_stage_runs(article_id)
            # While the store was read, a channel may have come, or even come and gone with all that it wrote.
            if self._channels.get(article_id) is None and self._channels.dropped == dropped:
                return self._opened(stored)

    def _opened(self, stored: Claim) -> Channel:
        article = stored.article
        if article.status not in LIVE:
            return replay(stored, self._channels.tally)
        channel = self._channels.open(article.id, epoch=article.epoch, run=article.run)
        fill(channel, article, stored.stage_runs)
        self._dispatcher.submit()
        return channel
