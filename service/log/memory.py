"""The log in this process's memory: the channels of all articles that have a writer or viewers."""

import asyncio
from collections.abc import Callable
from functools import partial

from service.core.pace import Pace
from service.core.tally import StreamTally
from service.log.channel import Channel


class MemoryLog:
    def __init__(self, *, pace: Pace, keep: int, linger: float) -> None:
        self._pace = pace
        self._keep = keep
        self._linger = linger
        self._channels: dict[str, Channel] = {}
        self._lingering: dict[str, asyncio.TimerHandle] = {}
        self._closed = False
        self.tally = StreamTally()
        self.dropped = 0  # number of channels dropped, by which a reader of the store notices that it missed one

    def hear(self, kind: str, heard: Callable[[str], None]) -> None:
        """Nobody else changes anything."""

    def story(self, article_id: str) -> Channel | None:
        return self._channels.get(article_id)

    async def join(self, article_id: str) -> Channel | None:
        return self.story(article_id)

    def writer(self, article_id: str, epoch: int, run: int) -> Channel:
        channel = self._channel(article_id, run)
        channel.begin(epoch, run)
        return channel

    def opened(self, article_id: str, run: int) -> Channel:
        return self._channel(article_id, run)

    def _channel(self, article_id: str, run: int) -> Channel:
        """The article's channel, or a new one without a writer if there is none or it is closed."""
        channel = self._channels.get(article_id)
        if channel is None or channel.closed:
            channel = self._channels[article_id] = self._new(article_id, run)
            if self._closed:
                channel.close()  # who comes now returns to the next process as well
        return channel

    def _new(self, article_id: str, run: int) -> Channel:
        left = partial(self._left, article_id)
        return Channel(run=run, pace=self._pace, keep=self._keep, left=left, tally=self.tally)

    def loose(self, key: str, *, written: bool = True) -> Channel:
        return Channel(epoch=1, run=1, pace=self._pace, keep=self._keep)

    def leave(self, article_id: str) -> None:
        """Drop the channel when its last viewer leaves, or after a while; keep it if another writer is to come."""
        channel = self._channels.get(article_id)
        if channel is None:
            return  # already closed, and its last viewer has left
        if not channel.ended and not channel.writing:
            self._left(article_id)
            return
        channel.close()
        if channel.viewers:
            loop = asyncio.get_running_loop()
            self._lingering[article_id] = loop.call_later(self._linger, self._drop, article_id, channel)
        else:
            self._drop(article_id, channel)

    def unwritten(self) -> dict[str, Channel]:
        """The channels that have viewers but no writer."""
        return {key: channel for key, channel in self._channels.items() if not channel.writing and not channel.closed}

    def close(self) -> None:
        self._closed = True
        for channel in self._channels.values():
            channel.close()

    def drop(self, article_id: str) -> None:
        if channel := self._channels.get(article_id):
            self._drop(article_id, channel)

    def __len__(self) -> int:
        return len(self._channels)

    def _left(self, article_id: str) -> None:
        channel = self._channels.get(article_id)
        if channel is not None and not channel.viewers and self._unneeded(channel):
            self._drop(article_id, channel)

    def _unneeded(self, channel: Channel) -> bool:
        """Whether the channel is for viewers only."""
        return channel.closed or not channel.writing

    def _drop(self, article_id: str, channel: Channel) -> None:
        if self._channels.get(article_id) is channel:
            channel.close()  # whoever was about to follow it comes back
            del self._channels[article_id]
            if timer := self._lingering.pop(article_id, None):
                timer.cancel()
            self.dropped += 1
