"""A session: a conversation that has a participant or an answer in progress in this process.

The answer belongs to the session, not to a connection: it is stored even if everyone leaves.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from service.conversations import nodes, proposals
from service.conversations.audience import Audience, Ended, Failed, News, Proposed, Started
from service.conversations.memory import BYTES_A_TOKEN
from service.conversations.prompts import ChatPrompts
from service.conversations.proposals import Proposal, Subject
from service.core.article import Edit
from service.core.caller import Caller
from service.core.errors import Busy, Conflict, NotFound, PressroomError
from service.core.purse import Purses
from service.log.memory import MemoryLog
from service.models.model import Message, Model
from service.models.paid import PaidModel
from service.newsroom.newsroom import Newsroom
from service.store.conversations import ChatMessage, Conversations

log = logging.getLogger(__name__)

STAGE = "chat"  # under which it is counted
ANSWER = ("answer", None)  # the one text of its channel
TOLD_CHARACTERS = 400_000  # of the latest messages, sent to a client that joins


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What sessions need."""

    conversations: Conversations
    newsroom: Newsroom
    log: MemoryLog
    model: Model
    prompts: ChatPrompts
    history_tokens: int
    purses: Purses | None = None  # None: nobody pays


class Session:
    def __init__(
        self, caller: Caller, conversation_id: str, article_id: str | None, setup: Setup, left: Callable[[], None]
    ) -> None:
        self.caller = caller
        self.id = conversation_id
        self.article_id = article_id
        self.people = 0
        self.audience = Audience(lambda: setup.conversations.latest(conversation_id, TOLD_CHARACTERS))
        self._setup = setup
        self._left = left
        self._tasks: set[asyncio.Task[None]] = set()
        self._answering = False
        self._stopped = False
        self._writing: asyncio.Task[Proposal | None] | None = None

    @property
    def idle(self) -> bool:
        return not self.people and not self._tasks

    def ask(self, content: str, who: str | None = None) -> None:
        """Answer a question of somebody, who pays for the answer."""
        asked = self._setup.conversations.ask
        self._begin(lambda: asked(self.caller.workspace, self.id, self.article_id, content), who)

    def ask_again(self, who: str | None = None) -> None:
        """Answer the last question again."""
        self._begin(lambda: self._setup.conversations.ask_again(self.id), who)

    def stop(self) -> None:
        """Cancel the model call. The text so far is the answer."""
        self._stopped = True
        if self._writing is not None:
            self._writing.cancel()

    async def apply(self, caller: Caller, proposal_id: str) -> None:
        """Make a proposal a version of the article; Conflict if the article has changed. Completes even if everyone
        leaves."""
        await asyncio.shield(self._start(self._apply(caller, proposal_id)))

    def close(self) -> None:
        """Close all connections. The text so far is the answer."""
        self.audience.close()
        self.stop()

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

    def _begin(self, question: Callable[[], Awaitable[ChatMessage]], who: str | None) -> None:
        if self._answering or self.audience.closed:
            raise Busy
        self._answering, self._stopped = True, False
        self._start(self._answer(question, who))

    async def _answer(self, question: Callable[[], Awaitable[ChatMessage]], who: str | None) -> None:
        news: list[News]
        try:
            subject = await self._subject()
            model = await self._model(who)
            answer, proposal = await self._written(await question(), subject, model)
            news = [Ended(answer)] if proposal is None else [Ended(answer), Proposed(proposal, None)]
        except PressroomError as error:
            news = [Failed(error)]
        except Exception:
            log.exception("conversation %s: answering failed", self.id)
            news = [Failed(PressroomError("answering"))]
        self._answering, self._writing = False, None
        for event in news:
            self.audience.tell(event)

    async def _model(self, who: str | None) -> Model:
        """The model, paid by who asks. BudgetSpent if nothing is left."""
        purses = self._setup.purses
        if purses is None:
            return self._setup.model
        payer = purses.payer(self.caller.workspace, who, self.article_id)
        await purses.demand(payer)
        return PaidModel(self._setup.model, purses.purse(payer, STAGE))

    async def _written(
        self, question: ChatMessage, subject: Subject | None, model: Model
    ) -> tuple[ChatMessage, Proposal | None]:
        characters = 4 * BYTES_A_TOKEN * self._setup.history_tokens  # the model receives proposals in a shorter form
        said = await self._setup.conversations.latest(self.id, characters)
        channel = self._setup.log.loose()
        paper = channel.text(ANSWER)
        self.audience.tell(Started(question, channel))
        context = nodes.Context(
            model=model,
            prompts=self._setup.prompts,
            paper=paper,
            history_tokens=self._setup.history_tokens,
        )
        self._writing = asyncio.create_task(nodes.answer(context, _remembered(said), subject))
        if self._stopped:
            self._writing.cancel()
        try:
            await asyncio.wait([self._writing])
            proposal = None if self._writing.cancelled() else self._writing.result()
            answer = _answer(question, paper.value, proposal, stopped=self._writing.cancelled())
            await self._setup.conversations.answer(self.id, answer)
            return answer, proposal
        finally:
            channel.flush()
            channel.close()

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
        proposal = decoded(await self._setup.conversations.proposed(self.id, proposal_id))
        if self.article_id is None or proposal is None:
            raise NotFound("article")
        article = await self._setup.newsroom.get(caller, self.article_id)
        if article.version != proposal.base:
            raise Conflict("version_changed", version=article.version)
        change = Edit(
            base=proposal.base, title=None, content=proposals.applied(proposal, article.content), reason="accepted"
        )
        version = await self._setup.newsroom.accept(caller, self.id, proposal.id, article.id, change)
        self.audience.tell(Proposed(proposal, version))


def decoded(said: ChatMessage) -> Proposal | None:
    return None if said.proposal is None else msgspec.json.decode(said.proposal, type=Proposal)


def _answer(question: ChatMessage, text: str, proposal: Proposal | None, *, stopped: bool) -> ChatMessage:
    return ChatMessage(
        number=question.number + 1,
        role="assistant",
        content=text,
        created_at=datetime.now(UTC),
        stopped=stopped,
        proposal_id=None if proposal is None else proposal.id,
        proposal=None if proposal is None else msgspec.json.encode(proposal).decode(),
    )


def _remembered(said: list[ChatMessage]) -> list[Message]:
    """The history for the model: with its proposals, without empty answers."""
    messages = [Message(one.role, _with_proposal(one)) for one in said]
    return [message for message in messages if message.content]


def _with_proposal(said: ChatMessage) -> str:
    proposal = decoded(said)
    return said.content if proposal is None else f"{said.content}\n\n{proposals.as_block(proposal)}"
