"""A session: a conversation that has a participant or an answer in progress in this process.

The answer belongs to the session, not to a connection: it is stored even if everyone leaves. One that another process
writes is followed, and how it ends is read from the store.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec

from service.conversations import proposals, said
from service.conversations.answering import ANSWER, Answering, Claimed, channel_key
from service.conversations.audience import Audience, Ended, Failed, Proposed, Started
from service.conversations.proposals import Proposal, Subject
from service.conversations.setup import Setup
from service.core.article import Edit
from service.core.caller import Caller
from service.core.errors import Busy, Conflict, NotFound, PressroomError, StoreAway, StoreError
from service.core.sentences import Sentence
from service.log.channel import Channel
from service.models.model import Model
from service.models.paid import PaidModel
from service.store.conversations import Begun, ChatMessage, Standing

STAGE = "chat"  # under which it is counted
TOLD_CHARACTERS = 400_000  # of the latest messages, sent to a client that joins
AGAIN = 1.0  # seconds before another attempt when the store is away
LATE = 3.0  # seconds that the last words of an answer may come after it was stored
LOST = Failed(Sentence("internal_error", {"reason": "answer_lost"}), retryable=True)


@dataclass(frozen=True, slots=True)
class Mirror:
    """An answer that another process writes."""

    begun: Begun
    channel: Channel
    following: asyncio.Task[None]


class Session:
    def __init__(
        self, caller: Caller, conversation_id: str, article_id: str | None, setup: Setup, left: Callable[[], None]
    ) -> None:
        self.caller = caller
        self.id = conversation_id
        self.article_id = article_id
        self.people = 0
        self.audience = Audience(self._so_far)
        self._setup = setup
        self._left = left
        self._tasks: set[asyncio.Task[None]] = set()
        self._answering: Answering | None = None
        self._mirror: Mirror | None = None
        self._looking = self._unseen = False

    @property
    def idle(self) -> bool:
        return not self.people and not self._tasks

    def ask(self, content: str, who: str | None = None) -> asyncio.Future[None]:
        """Answer a question of somebody, who pays for the answer. Busy, raised here or by what is returned, if another
        answer is being written."""
        ask, about = self._setup.conversations.ask, (self.caller.workspace, self.id, self.article_id)
        return self._begin(lambda: ask(*about, content, new=not self.audience.seen.stored), who)

    def ask_again(self, who: str | None = None) -> asyncio.Future[None]:
        """Answer the last question again. Busy as above."""
        return self._begin(lambda: self._setup.conversations.ask_again(self.id), who)

    async def stop(self) -> None:
        """Cancel the model call, also in another process. The text so far is the answer."""
        if self._answering is not None:
            self._answering.stop()
        if self._mirror is not None:
            await self._setup.conversations.stop(self.id, self._mirror.begun.epoch)

    async def apply(self, caller: Caller, proposal_id: str) -> None:
        """Make a proposal a version of the article; Conflict if the article has changed. Completes even if everyone
        leaves."""
        await asyncio.shield(self._start(self._apply(caller, proposal_id)))

    def close(self) -> None:
        """Close all connections. The text so far is the answer."""
        self.audience.close()
        if self._answering is not None:
            self._answering.stop()
        if self._mirror is not None:
            self._mirror.channel.close()

    async def _so_far(self) -> list[ChatMessage]:
        """What listeners begin with. While the store is away, they wait."""
        while True:
            try:
                return await self._setup.conversations.latest(self.id, TOLD_CHARACTERS)
            except StoreAway:
                await asyncio.sleep(AGAIN)

    async def ended(self) -> None:
        """Wait until everything that has begun is stored."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._left()

    # -- answering

    def _begin(self, claim: Callable[[], Awaitable[Begun]], who: str | None) -> asyncio.Future[None]:
        if self._answering is not None or self._mirror is not None or self.audience.closed:
            raise Busy
        self._answering = Answering(self.id, self.audience, self._setup)
        begun = asyncio.get_running_loop().create_future()
        self._start(self._answer(self._answering, claim, who, begun))
        return begun

    async def _answer(
        self, ours: Answering, claim: Callable[[], Awaitable[Begun]], who: str | None, begun: asyncio.Future[None]
    ) -> None:
        news = await ours.news(self._claimed(claim, who, begun))
        self._answering = None
        for event in news:
            self.audience.tell(event)
        _settle(begun)
        if ours.missed:
            self.changed()

    async def _claimed(
        self, claim: Callable[[], Awaitable[Begun]], who: str | None, begun: asyncio.Future[None]
    ) -> Claimed:
        subject = await self._subject()
        model = await self._model(who)
        try:
            claimed = Claimed(await claim(), subject, model)
        except Busy as busy:
            _settle(begun, busy)
            raise
        _settle(begun)
        return claimed

    async def _model(self, who: str | None) -> Model:
        """The model, paid by who asks. BudgetSpent if nothing is left."""
        purses = self._setup.purses
        if purses is None:
            return self._setup.model
        payer = purses.payer(self.caller.workspace, who, self.article_id)
        await purses.demand(payer)
        return PaidModel(self._setup.model, purses.purse(payer, STAGE))

    # -- what other processes do

    def join(self, now: Standing) -> None:
        """Begin with what is stored, and perhaps with an answer that is being written."""
        seen = self.audience.seen
        seen.stored, seen.applied, seen.latest = True, set(now.applied), now.latest
        if now.elsewhere and now.question is not None:
            self._follow(Begun(now.epoch, now.question))

    def changed(self) -> None:
        """Look at what is stored: another process may have changed something."""
        self._unseen = True
        if not self._looking:
            self._looking = True
            self._start(self._look())

    async def _look(self) -> None:
        while self._unseen and not self.audience.closed:
            self._unseen, stored = False, self.audience.seen.stored
            try:
                await self._see(await self._setup.conversations.standing(self.caller.workspace, self.id))
            except NotFound:
                if stored:
                    self.close()
            except StoreError:
                self._unseen = True
                await asyncio.sleep(AGAIN)
        self._looking = False

    async def _see(self, now: Standing) -> None:
        if self._answering is not None:
            self._answering.see(now)
        else:
            if (mirror := self._mirror) is not None and (mirror.begun.epoch != now.epoch or not now.elsewhere):
                await self._end(mirror, now)
            await self._see_theirs(now)
            if now.ours:  # it was begun or has ended, and the store could not tell or be told
                await self._setup.conversations.fail(self.id, now.epoch, msgspec.json.encode(LOST).decode())
        for proposal_id in now.applied.keys() - self.audience.seen.applied:
            with suppress(NotFound):  # meanwhile it was asked again
                found = await self._setup.conversations.proposed(self.id, proposal_id)
                self._tell_applied(said.decoded(found), now.applied[proposal_id])

    async def _see_theirs(self, now: Standing) -> None:
        seen = self.audience.seen
        if now.epoch > seen.latest[0] and now.question is not None:
            begun = Begun(now.epoch, now.question)
            if seen.misses(begun):
                self.audience.begin_again()
            mirror = self._follow(begun)
            if not now.elsewhere:  # it has ended before it was seen
                await self._end(mirror, now)
        elif now.latest > seen.latest:
            self.audience.begin_again()
        seen.latest = max(seen.latest, now.latest)

    def _follow(self, begun: Begun) -> Mirror:
        channel = self._setup.log.loose(channel_key(self.id, begun), written=False)
        self._mirror = Mirror(begun, channel, self._start(self._followed(channel)))
        self.audience.tell(Started(begun.question, channel))
        return self._mirror

    async def _followed(self, channel: Channel) -> None:
        async for _ in channel.follow(None):
            pass  # a mirror that nobody follows would be dropped
        self.changed()

    async def _end(self, mirror: Mirror, now: Standing) -> None:
        """Tell how it has ended. Until then, nothing can be asked here."""
        answer = now.answer if now.epoch == mirror.begun.epoch else None
        if answer is not None:
            await asyncio.wait([mirror.following], timeout=LATE)
        whole = answer is not None and mirror.channel.text(ANSWER).value == answer.content
        mirror.channel.close()
        self._mirror = None
        if now.epoch == mirror.begun.epoch:
            self.audience.seen.latest = now.latest
        if answer is not None and whole:
            self.audience.tell(Ended(answer))
            if (proposal := said.decoded(answer)) is not None:
                self.audience.tell(Proposed(proposal, None))
        elif answer is None and now.epoch == mirror.begun.epoch:
            self.audience.tell(LOST if now.failure is None else msgspec.json.decode(now.failure, type=Failed))
        else:
            self.audience.begin_again()

    # -- the article

    async def _subject(self) -> Subject | None:
        if self.article_id is None:
            return None
        try:
            article = await self._setup.newsroom.get(self.caller, self.article_id)
        except NotFound:
            self.article_id = None  # it was deleted; the conversation continues
            return None
        return Subject(article.title, article.content, article.version)

    async def _apply(self, caller: Caller, proposal_id: str) -> None:
        proposal = said.decoded(await self._setup.conversations.proposed(self.id, proposal_id))
        if self.article_id is None or proposal is None:
            raise NotFound("article")
        article = await self._setup.newsroom.get(caller, self.article_id)
        if article.version != proposal.base:
            raise Conflict("version_changed", version=article.version)
        change = Edit(
            base=proposal.base, title=None, content=proposals.applied(proposal, article.content), reason="accepted"
        )
        version = await self._setup.newsroom.accept(caller, self.id, proposal.id, article.id, change)
        self._tell_applied(proposal, version)

    def _tell_applied(self, proposal: Proposal | None, version: int) -> None:
        if proposal is not None and proposal.id not in self.audience.seen.applied:
            self.audience.seen.applied.add(proposal.id)
            self.audience.tell(Proposed(proposal, version))


def _settle(claimed: asyncio.Future[None], error: PressroomError | None = None) -> None:
    if not claimed.done():
        claimed.set_result(None) if error is None else claimed.set_exception(error)
