"""The newsroom: all commands and queries on articles, for routes, sockets and tools, on behalf of a caller.

Each command stores first, then updates the log and notifies the queue.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import msgspec

from service.core.article import LIVE, Article, Edit, Version
from service.core.brief import Brief, Rewrite
from service.core.caller import Caller
from service.core.changes import demand_changeable
from service.core.errors import Conflict, NotFound, PressroomError
from service.core.outline import Outline
from service.core.passage import Passage, Revision, split
from service.core.run import Claim, Stored
from service.core.sections import sections
from service.core.share import Share
from service.core.undoing import Step, step
from service.log.contract import Batch, Story
from service.newsroom import history, writer
from service.newsroom.extras import Extras
from service.newsroom.library import Library
from service.newsroom.office import Office
from service.newsroom.owners import Owners, ours
from service.newsroom.places import Places
from service.newsroom.reading_room import ReadingRoom
from service.newsroom.renewals import Renewals
from service.newsroom.revising import Revised, Revisions
from service.newsroom.sharing import Sharing
from service.newsroom.stories import Stories
from service.queue.contract import Queue
from service.stages.image import Image
from service.stages.seo import Seo
from service.store.briefs import SavedBrief
from service.store.conversations import Conversations
from service.store.renewals import Renewal
from service.store.shares import Shares

CLAIM_MOMENT = 0.01


class Newsroom:
    def __init__(self, office: Office, queue: Queue, conversations: Conversations, shares: Shares) -> None:
        self._office = office
        self._store = office.store
        self._log = office.log
        self._queue = queue
        self._conversations = conversations
        self._places = Places(office.store, office.log)
        queue.moved = self._places.moved
        self._stories = Stories(office.store, office.log, self._places)
        self._sharing = Sharing(shares)
        self._owners = Owners(office.store)
        self._revisions = Revisions(office)
        self._extras = Extras(office)
        self._renewals = Renewals(office, self._extras)
        self.library = Library(office.store)
        self.reading_room = ReadingRoom(office.store, self._stories, self._sharing, self._extras)

    async def serve(self, *, writing: bool = True) -> None:
        """Write waiting articles forever, unless others do. Cancelling it stops all writing, which continues after the
        next start."""
        beside = [asyncio.create_task(work) for work in (self._places.announce(), self._sharing.look())]
        try:
            await (self._queue.serve(self._write) if writing else asyncio.gather(*beside))
        finally:
            for task in beside:
                task.cancel()
            await self._renewals.close()

    async def _write(self, claim: Claim) -> None:
        waited = datetime.now(UTC) - claim.article.queued_at
        self._office.tally.waited.add(waited.total_seconds())
        self._places.moved()
        await writer.write(claim, self._office)

    # -- commands

    async def create(self, caller: Caller, brief: Brief, *, key: str | None = None, request: str = "") -> Article:
        """Create a pending article. For a day, the same key returns the same article; with a different request, it
        raises KeyReused."""
        encoded, payer = msgspec.json.encode(brief).decode(), self._office.payer(caller)
        article = await self._store.create(
            caller.workspace, topic=brief.topic, brief=encoded, key=key, request=request, payer=payer
        )
        await self._queue.submit(article.id)
        return article

    @ours
    async def retry(self, caller: Caller, article_id: str) -> Article:
        """Continue a failed or cancelled article from what is stored."""
        return await self._begun(await self._store.retry(article_id, self._office.payer(caller, article_id)))

    @ours
    async def rewrite(self, caller: Caller, article_id: str, *, base: int, section: int, instruction: str) -> Article:
        """Rewrite one section of version `base`."""
        article = await self._store.get(article_id)
        known = {each.id for each in sections(article.content, article.sections)}
        if article.version == base and section not in known:
            raise NotFound("section")
        wanted = msgspec.json.encode(Rewrite(section=section, instruction=instruction)).decode()
        payer = self._office.payer(caller, article_id)
        return await self._begun(await self._store.rewrite(article_id, base=base, rewrite=wanted, payer=payer))

    @ours
    async def approve(self, caller: Caller, article_id: str, outline: Outline) -> Article:
        """Approve an outline, perhaps changed, and continue writing. Only while the article awaits its review."""
        article = await self._store.get(article_id)
        seen = msgspec.structs.replace(history.decode_brief(article.brief), review_outline=False)
        brief, approved = (msgspec.json.encode(each).decode() for each in (seen, outline))
        payer = self._office.payer(caller, article_id)
        article = await self._store.approve(article_id, brief=brief, outline=approved, payer=payer)
        await self._queue.submit(article_id)
        return article

    async def _begun(self, article: Article) -> Article:
        """Queue a new run."""
        self._drop_ended(article.id)
        await self._queue.submit(article.id)
        return article

    @ours
    async def edit(self, caller: Caller, article_id: str, change: Edit) -> Article:
        """Change title or content of the change's base version."""
        return self._changed(await self._store.edit(article_id, change))

    @ours
    async def revise(self, caller: Caller, article_id: str, revision: Revision) -> AsyncGenerator[Batch | Revised]:
        """Have the model revise a passage. Nothing is stored: see `replace`."""
        stored = await self._store.get_with_stage_runs(article_id)
        demand_changeable(stored.article, revision.base)
        split(stored.article.content, revision.passage)
        self._revisions.demand_room()
        payer = await self._office.demanded(caller, article_id)
        return self._revisions.stream(stored.article, revision, history.subject(stored), payer)

    @ours
    async def replace(self, caller: Caller, article_id: str, passage: Passage, text: str, *, base: int) -> Article:
        """Make the text with this one in the passage's place a new version."""
        article = await self._store.get(article_id)
        demand_changeable(article, base)
        before, after = split(article.content, passage)
        change = Edit(base=base, title=None, content=before + text + after, reason="revised")
        return await self.edit(caller, article_id, change)

    @ours
    async def undo(self, caller: Caller, article_id: str, *, base: int, forward: bool = False) -> Article:
        """Go back to the state before the last change, or `forward` to the state before that: as a new version."""
        found = step(await self._store.reasons(article_id), forward=forward)
        if found is None:
            raise Conflict("nothing_to_redo" if forward else "nothing_to_undo")
        old = await self._store.version(article_id, found.to)
        reason = "redone" if forward else "undone"
        change = Edit(base=base, title=old.title, content=old.content, reason=reason)
        return await self.edit(caller, article_id, change)

    @ours
    async def restore(self, caller: Caller, article_id: str, number: int, *, base: int) -> Article:
        """Make an earlier version's title and content a new version."""
        old = await self._store.version(article_id, number)
        change = Edit(base=base, title=old.title, content=old.content, reason="restored")
        return await self.edit(caller, article_id, change)

    async def accept(
        self, caller: Caller, conversation_id: str, proposal_id: str, article_id: str, change: Edit
    ) -> int:
        """Make a conversation's proposal a new version and return its number."""
        await self._owners.demand(caller, article_id)
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

    @ours
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

    @ours
    async def delete(self, caller: Caller, article_id: str) -> None:
        """Stop the article if necessary, and remove it."""
        with suppress(Conflict):  # it has already ended
            await self.cancel(caller, article_id)
        self._renewals.deleted(article_id)
        await self._store.delete(article_id)
        self._log.drop(article_id)
        self._sharing.deleted(article_id)

    async def delete_all(self, caller: Caller, article_ids: Sequence[str]) -> dict[str, PressroomError | None]:
        """Delete several articles; says of each what went wrong."""
        ended: dict[str, PressroomError | None] = {}
        for article_id in article_ids:
            try:
                ended[article_id] = await self.delete(caller, article_id)
            except PressroomError as error:
                ended[article_id] = error
        return ended

    # What goes with the text has revisions of its own, so that it changes no version of the text.

    @ours
    async def set_picture(
        self, caller: Caller, article_id: str, *, base: int, data: bytes, media_type: str, alt: str
    ) -> int:
        """Make this the article's picture, in place of revision `base`; return the new revision."""
        return await self._extras.set_picture(article_id, base, data, media_type, alt)

    @ours
    async def describe_picture(self, caller: Caller, article_id: str, alt: str, *, base: int) -> int:
        return await self._extras.describe_picture(article_id, base, alt)

    @ours
    async def remove_picture(self, caller: Caller, article_id: str, *, base: int) -> int:
        return await self._extras.remove_picture(article_id, base)

    @ours
    async def set_search(self, caller: Caller, article_id: str, fields: Seo, *, base: int) -> int:
        """Set what search engines show of the article."""
        return await self._extras.set_search(article_id, base, fields)

    @ours
    async def renew(self, caller: Caller, article_id: str, stage: str, *, base: int, wish: str = "") -> None:
        """Begin to make the picture or the search fields anew. What there is stays until that is done."""
        payer = await self._office.demanded(caller, article_id)
        await self._renewals.begin(article_id, stage, base=base, wish=wish, payer=payer)

    @ours
    async def stop_renewal(self, caller: Caller, article_id: str, stage: str) -> None:
        await self._store.get(article_id)
        await self._renewals.stop(article_id, stage)

    @ours
    async def tag(self, caller: Caller, article_id: str, tags: Sequence[str]) -> list[str]:
        """Make these the article's tags. This is no new version."""
        return await self._store.tag(article_id, tags)

    async def change_tags(
        self, caller: Caller, article_ids: Sequence[str], *, add: Sequence[str], remove: Sequence[str]
    ) -> dict[str, list[str] | PressroomError]:
        """Add and remove tags of several articles; gives each article's tags, or what went wrong."""
        changed: dict[str, list[str] | PressroomError] = {}
        for article_id in article_ids:
            try:
                changed[article_id] = await self.retag(caller, article_id, add=add, remove=remove)
            except PressroomError as error:
                changed[article_id] = error
        return changed

    @ours
    async def retag(self, caller: Caller, article_id: str, *, add: Sequence[str], remove: Sequence[str]) -> list[str]:
        """Add and remove tags, and leave the others."""
        return await self._store.change_tags(article_id, add=add, remove=remove)

    async def save_brief(self, caller: Caller, name: str, brief: Brief) -> SavedBrief:
        """Save a brief to start articles from. Conflict if the name is taken."""
        return await self._store.save_brief(caller.workspace, name, msgspec.json.encode(brief).decode())

    async def start_brief(
        self, caller: Caller, brief_id: str, *, topic: str | None, key: str | None = None, request: str = ""
    ) -> Article:
        """Create an article from a saved brief, perhaps on another topic."""
        saved = await self._store.saved_brief(caller.workspace, brief_id)
        brief = history.decode_brief(saved.brief)
        wanted = msgspec.structs.replace(brief, topic=topic or brief.topic)
        return await self.create(caller, wanted, key=key, request=request)

    async def rename_brief(self, caller: Caller, brief_id: str, name: str) -> SavedBrief:
        """Give a saved brief another name. Conflict if the name is taken."""
        return await self._store.rename_brief(caller.workspace, brief_id, name)

    async def delete_brief(self, caller: Caller, brief_id: str) -> None:
        await self._store.delete_brief(caller.workspace, brief_id)

    # -- queries

    @ours
    async def get(self, caller: Caller, article_id: str) -> Article:
        return await self._store.get(article_id)

    @ours
    async def stored(self, caller: Caller, article_id: str) -> Stored:
        """The article with its stage runs."""
        return await self._store.get_with_stage_runs(article_id)

    async def place(self, caller: Caller, article: Article) -> int | None:
        """A pending article's place in its workspace's queue; the next to start is 1."""
        return (await self._store.queue()).get(article.id) if article.status == "pending" else None

    async def saved_briefs(self, caller: Caller) -> list[SavedBrief]:
        return await self._store.saved_briefs(caller.workspace)

    @ours
    async def steps(self, caller: Caller, article_id: str) -> tuple[Step | None, Step | None]:
        """What an undo would take back, and what a redo would bring again."""
        reasons = await self._store.reasons(article_id)
        return step(reasons), step(reasons, forward=True)

    @ours
    async def versions(self, caller: Caller, article_id: str) -> list[Version]:
        return await self._store.versions(article_id)

    @ours
    async def version(self, caller: Caller, article_id: str, number: int) -> Version:
        return await self._store.version(article_id, number)

    @ours
    async def picture(self, caller: Caller, article_id: str) -> tuple[bytes, Image]:
        """The article's picture, and what is known of it."""
        return await self._extras.picture(article_id)

    @ours
    async def renewal(self, caller: Caller, article_id: str, stage: str) -> Renewal:
        await self._store.get(article_id)
        return await self._renewals.of(article_id, stage)

    @ours
    async def renewing(self, caller: Caller, article_id: str) -> list[str]:
        """The stages whose outputs are being made anew."""
        return await self._renewals.running(article_id)

    def close(self) -> None:
        """End what is done for listeners alone."""
        self._revisions.close()

    @ours
    async def watch(self, caller: Caller, article_id: str) -> Story:
        """The article's log, or what is stored if it has none."""
        return await self._stories.of(article_id)

    # -- links to read

    @ours
    async def share(self, caller: Caller, article_id: str, *, days: int) -> tuple[Share, str]:
        """A new link on which anybody may read the article, and its token, which can't be had again."""
        return await self._sharing.create(article_id, days)

    @ours
    async def shares(self, caller: Caller, article_id: str) -> list[Share]:
        """The article's links that can be read on."""
        return await self._sharing.open(article_id)

    @ours
    async def unshare(self, caller: Caller, article_id: str, share_id: str) -> None:
        """Revoke a link and end the streams that are open on it."""
        await self._sharing.revoke(article_id, share_id)
