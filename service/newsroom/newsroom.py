"""The newsroom: all commands and queries on articles, for routes, sockets and tools, on behalf of a caller.

Each command stores first, then updates the log and notifies the queue.
"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from service.core.article import LIVE, Article, Edit, Version
from service.core.brief import Brief, Rewrite
from service.core.caller import Caller
from service.core.errors import Conflict, NotFound
from service.core.events import ArticleStatus
from service.core.outline import Outline
from service.core.run import Claim, Stored
from service.core.sections import sections
from service.log.contract import Story
from service.newsroom import history, results, writer
from service.newsroom.places import Places
from service.newsroom.results import Head
from service.newsroom.writer import Office
from service.queue.contract import Queue
from service.store.conversations import Conversations
from service.store.library import Sort

CLAIM_MOMENT = 0.01


class Newsroom:
    def __init__(self, office: Office, queue: Queue, conversations: Conversations) -> None:
        self._office = office
        self._store = office.store
        self._log = office.log
        self._queue = queue
        self._conversations = conversations
        self._places = Places(office.store, office.log)

    async def serve(self) -> None:
        """Write waiting articles forever. Cancelling it stops all writing, which continues after the next start."""
        announcing = asyncio.create_task(self._places.announce())
        try:
            await self._queue.serve(self._write)
        finally:
            announcing.cancel()

    async def _write(self, claim: Claim) -> None:
        waited = datetime.now(UTC) - claim.article.queued_at
        self._office.tally.waited.add(waited.total_seconds())
        self._places.moved()
        await writer.write(claim, self._office)

    # -- commands

    async def create(self, caller: Caller, brief: Brief, *, key: str | None = None, request: str = "") -> Article:
        """Create a pending article. For a day, the same key returns the same article; with a different request, it
        raises KeyReused."""
        encoded = msgspec.json.encode(brief).decode()
        article = await self._store.create(topic=brief.topic, brief=encoded, key=key, request=request)
        await self._queue.submit(article.id)
        return article

    async def retry(self, caller: Caller, article_id: str) -> Article:
        """Continue a failed or cancelled article from what is stored."""
        return await self._begun(await self._store.retry(article_id))

    async def rewrite(self, caller: Caller, article_id: str, *, base: int, section: int, instruction: str) -> Article:
        """Rewrite one section of version `base`."""
        article = await self._store.get(article_id)
        known = {each.id for each in sections(article.content, article.sections)}
        if article.version == base and section not in known:
            raise NotFound("section")
        wanted = msgspec.json.encode(Rewrite(section=section, instruction=instruction)).decode()
        return await self._begun(await self._store.rewrite(article_id, base=base, rewrite=wanted))

    async def approve(self, caller: Caller, article_id: str, outline: Outline) -> Article:
        """Approve an outline, perhaps changed, and continue writing. Only while the article awaits its review."""
        article = await self._store.get(article_id)
        brief = msgspec.structs.replace(history.decode_brief(article.brief), review_outline=False)
        article = await self._store.approve(
            article_id, brief=msgspec.json.encode(brief).decode(), outline=msgspec.json.encode(outline).decode()
        )
        await self._queue.submit(article_id)
        return article

    async def _begun(self, article: Article) -> Article:
        """Queue a new run."""
        self._drop_ended(article.id)
        await self._queue.submit(article.id)
        return article

    async def edit(self, caller: Caller, article_id: str, change: Edit) -> Article:
        """Change title or content of the change's base version."""
        return self._changed(await self._store.edit(article_id, change))

    async def restore(self, caller: Caller, article_id: str, number: int, *, base: int) -> Article:
        """Make an earlier version's title and content a new version."""
        old = await self._store.version(article_id, number)
        change = Edit(base=base, title=old.title, content=old.content, reason="restored")
        return await self.edit(caller, article_id, change)

    async def accept(
        self, caller: Caller, conversation_id: str, proposal_id: str, article_id: str, change: Edit
    ) -> int:
        """Make a conversation's proposal a new version and return its number."""
        article = await self._conversations.apply(conversation_id, proposal_id, article_id, change)
        return self._changed(article).version

    def _changed(self, article: Article) -> Article:
        self._drop_ended(article.id)
        return article

    def _drop_ended(self, article_id: str) -> None:
        """Drop the ended run's log, so that its viewers reconnect. A log in use belongs to a new run."""
        story = self._log.story(article_id)
        if story is not None and story.ended:
            self._log.drop(article_id)

    async def cancel(self, caller: Caller, article_id: str) -> Article:
        """Stop an article in any state and store its text so far. Conflict if it has already ended."""
        while True:
            stopped = await self._queue.cancel(article_id)
            article = await self._store.get(article_id)
            if stopped and article.status == "cancelled":
                return article
            if article.status not in LIVE:
                raise Conflict("already_ended", status=article.status)
            if (stored := await self._store.cancel_waiting(article_id)) is not None:
                return self._ended_waiting(stored)
            await asyncio.sleep(CLAIM_MOMENT)  # it is just being claimed

    def _ended_waiting(self, stored: Stored) -> Article:
        article = stored.article
        history.end_with(self._log.writer(article.id, article.epoch, article.run), stored)
        self._log.leave(article.id)
        self._places.moved()
        return article

    async def delete(self, caller: Caller, article_id: str) -> None:
        """Stop the article if necessary, and remove it."""
        with suppress(Conflict):  # it has already ended
            await self.cancel(caller, article_id)
        await self._store.delete(article_id)
        await self._office.pictures.delete(article_id)
        self._log.drop(article_id)

    # -- queries

    async def get(self, caller: Caller, article_id: str) -> Article:
        return await self._store.get(article_id)

    async def stored(self, caller: Caller, article_id: str) -> Stored:
        """The article with its stage runs."""
        return await self._store.get_with_stage_runs(article_id)

    async def place(self, caller: Caller, article: Article) -> int | None:
        """A pending article's place in the queue; the next to start is 1."""
        queue = await self._store.queue() if article.status == "pending" else []
        return queue.index(article.id) + 1 if article.id in queue else None

    async def page(
        self, caller: Caller, *, limit: int, after: str | None, status: ArticleStatus | None, q: str | None, sort: Sort
    ) -> list[Article]:
        return await self._store.page(limit=limit, after=after, status=status, q=q, sort=sort)

    async def heads(self, caller: Caller, article_ids: list[str]) -> dict[str, Head]:
        """What stands above the texts of these articles."""
        found = await self._store.outputs(article_ids, results.HEAD)
        return {article_id: results.head(stage_runs) for article_id, stage_runs in found.items()}

    async def active(self, caller: Caller) -> list[Stored]:
        return await self._store.active()

    async def versions(self, caller: Caller, article_id: str) -> list[Version]:
        return await self._store.versions(article_id)

    async def version(self, caller: Caller, article_id: str, number: int) -> Version:
        return await self._store.version(article_id, number)

    async def picture(self, caller: Caller, article_id: str) -> tuple[Path, str]:
        """The article's picture and its media type."""
        await self._store.get(article_id)
        found = self._office.pictures.find(article_id)
        if found is None:
            raise NotFound("picture")
        return found

    async def watch(self, caller: Caller, article_id: str) -> Story:
        """The article's log, or what is stored if it has none."""
        while True:
            if (story := self._log.story(article_id)) is not None:
                return story
            dropped = self._log.dropped
            stored = await self._store.get_with_stage_runs(article_id)
            # While the store was read, a log may have been opened, or even opened and dropped.
            if self._log.story(article_id) is None and self._log.dropped == dropped:
                return self._opened(stored)

    def _opened(self, stored: Stored) -> Story:
        article = stored.article
        if article.status not in LIVE:
            return history.replay(stored, self._log.tally)
        story = self._log.opened(article.id, article.run)
        history.fill(story, article, stored.stage_runs)
        self._places.moved()
        return story
