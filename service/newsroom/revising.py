"""Passages being revised: for whom asks, as long as they listen. Only what is accepted is stored."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator

import msgspec

from service.core.article import Article
from service.core.difference import Change, difference
from service.core.errors import PressroomError, ServerBusy
from service.core.events import Usage
from service.core.pace import steady
from service.core.passage import Revision
from service.core.purse import Payer
from service.core.texts import ARTICLE
from service.core.work import working
from service.log.channel import Channel
from service.log.contract import Batch
from service.logs import fields
from service.newsroom.office import Office
from service.stages.revise import Subject, revise

log = logging.getLogger(__name__)

STAGE = "passage"  # under which it is counted
AT_ONCE = 20  # more are refused: each holds a connection and a call of the model
COME_BACK = 2.0  # seconds
FRAME = 0.05  # seconds in which new text is collected


class Revised(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a passage: its new text, word by word against the old one, and what it has cost."""

    text: str
    changes: list[Change]
    usage: Usage


class Revisions:
    """All that are in progress in this process."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._tasks: set[asyncio.Task[Revised]] = set()
        self._closed = False

    def close(self) -> None:
        """End all of them, and begin none."""
        self._closed = True
        for task in self._tasks:
            task.cancel()

    def demand_room(self) -> None:
        if self._closed or len(self._tasks) >= AT_ONCE:
            raise ServerBusy("revising", retry_after=COME_BACK)

    async def stream(
        self, article: Article, revision: Revision, subject: Subject, payer: Payer | None
    ) -> AsyncGenerator[Batch | Revised]:
        """The new text as it comes, then what came of it. Whoever stops listening stops the model."""
        channel = Channel(run=article.run, pace=steady(FRAME), keep=64)
        task = asyncio.create_task(self._revised(channel, article, revision, subject, payer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            async for batch in channel.follow(None):
                yield batch
            if not task.cancelled():
                yield task.result()
        finally:
            task.cancel()

    async def _revised(
        self, channel: Channel, article: Article, revision: Revision, subject: Subject, payer: Payer | None
    ) -> Revised:
        begun, error = time.monotonic(), "cancelled"
        tools, paper = self._office.tools_of(payer, STAGE), channel.text(ARTICLE)
        with working(STAGE) as work:
            try:
                text = await revise(revision, subject, tools.model, self._office.prompts, paper)
                changes = await asyncio.to_thread(difference, revision.passage.text, text)
                error = None
                return Revised(text=text, changes=changes, usage=work.usage)
            except PressroomError as failed:
                error = failed.code
                raise
            finally:
                self._office.tally.usage += work.usage
                self._note(article, revision, error, work.usage, time.monotonic() - begun)
                try:
                    if payer is None and work.usage.tokens:  # else it is counted already
                        await self._office.store.add_usage(article.id, STAGE, work.usage)
                finally:
                    channel.flush()
                    channel.close()

    def _note(self, article: Article, revision: Revision, error: str | None, usage: Usage, seconds: float) -> None:
        about = fields(
            article=article.id,
            action=revision.action,
            error=error,
            ms=round(1000 * seconds),
            tokens_in=usage.prompt_tokens,
            tokens_out=usage.completion_tokens,
        )
        log.info("revision", extra=about)
