"""A talk: a conversation that somebody is in, or that is being answered, in this process.

Its answer belongs to it and not to a connection: who leaves in the middle finds it stored.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from service import words
from service.chat import nodes
from service.chat import proposal as proposals
from service.chat.prompts import ChatPrompts
from service.chat.proposal import Proposal, Subject
from service.errors import Busy, Conflict, NotFound, PressroomError
from service.llm.model import Message, Model
from service.store.articles import Articles
from service.store.conversations import Conversations, Said
from service.store.library import Library
from service.streams.channel import Channel
from service.streams.channels import Channels

log = logging.getLogger(__name__)

LATEST = 200  # messages that are told and remembered; a conversation may be longer
KEPT = 16  # events for who is slow; who misses more begins again from what is stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What talks are held with."""

    conversations: Conversations
    articles: Articles
    library: Library
    channels: Channels
    model: Model
    prompts: ChatPrompts
    history_tokens: int
    frame_seconds: float
    keep: int  # events of an answer for clients that are slow


@dataclass(frozen=True, slots=True)
class History:
    """What was said so far."""

    said: list[Said]


@dataclass(frozen=True, slots=True)
class Started:
    """An answer to the question begins, and comes through the channel."""

    question: Said
    channel: Channel


@dataclass(frozen=True, slots=True)
class Ended:
    answer: Said


@dataclass(frozen=True, slots=True)
class Failed:
    """There will be no answer to the question; what came of it is void."""

    error: PressroomError


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal came with the last answer, or was applied as a version of the article."""

    proposal: Proposal
    applied: int | None


Told = History | Started | Ended | Failed | Proposed


class Talk:
    def __init__(self, conversation_id: str, article_id: str | None, office: Office, left: Callable[[], None]) -> None:
        self.id = conversation_id
        self.article_id = article_id
        self.people = 0
        self.closed = False
        self._office = office
        self._left = left
        self._answering: asyncio.Task[None] | None = None
        self._writing: asyncio.Task[Proposal | None] | None = None
        self._stopped = False
        self._started: Started | None = None
        self._told: list[Told] = []
        self._dropped = 0
        self._waiting: set[asyncio.Future[None]] = set()

    @property
    def idle(self) -> bool:
        return not self.people and self._answering is None

    # -- talking

    def ask(self, content: str) -> None:
        self._begin(lambda: self._office.conversations.ask(self.id, self.article_id, content))

    def ask_again(self) -> None:
        """Have the last question answered anew."""
        self._begin(lambda: self._office.conversations.ask_again(self.id))

    def stop(self) -> None:
        """Cancel the model call; the text so far is the answer."""
        self._stopped = True
        if self._writing is not None:
            self._writing.cancel()

    async def apply(self, proposal_id: str) -> None:
        """Make a proposal a version of the article; Conflict if the article has moved on. Ends, whoever leaves."""
        await asyncio.shield(asyncio.create_task(self._apply(proposal_id)))

    def close(self) -> None:
        """Everybody has to leave; the text so far is the answer."""
        self.closed = True
        self.stop()
        self._wake()

    async def ended(self) -> None:
        if self._answering is not None:
            await asyncio.wait([self._answering])

    # -- listening

    async def view(self) -> AsyncGenerator[Told]:
        """All that was said, then what happens, until the talk is closed."""
        place = -1
        while True:
            if place < self._dropped:
                history, started, place = await self._joined()
                yield history
                if started is not None:
                    yield started
            elif place < self._dropped + len(self._told):
                place += 1
                yield self._told[place - 1 - self._dropped]
            elif self.closed:
                return
            else:
                await self._more()

    async def _joined(self) -> tuple[History, Started | None, int]:
        """What was said so far, what is going on, and the place from which to go on: of one moment."""
        while True:
            started, place = self._started, self._dropped + len(self._told)
            said = await self._office.conversations.latest(self.id, LATEST)
            if place == self._dropped + len(self._told):
                if started is not None:  # its answer may be stored already, but is not told yet
                    said = [one for one in said if one.number <= started.question.number]
                return History(said), started, place

    async def _more(self) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        try:
            await waiter
        finally:
            self._waiting.discard(waiter)

    def _tell(self, *events: Told) -> None:
        self._told += events
        surplus = len(self._told) - KEPT
        if surplus > 0:
            del self._told[:surplus]
            self._dropped += surplus
        self._wake()

    def _wake(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)

    # -- answering

    def _begin(self, question: Callable[[], Awaitable[Said]]) -> None:
        if self._answering is not None or self.closed:
            raise Busy("an answer is being given: wait for its end, or stop it")
        self._stopped = False
        self._answering = asyncio.create_task(self._answer(question))

    async def _answer(self, question: Callable[[], Awaitable[Said]]) -> None:
        told: list[Told]
        try:
            subject = await self._subject()
            answer, proposal = await self._written(await question(), subject)
            told = [Ended(answer)] if proposal is None else [Ended(answer), Proposed(proposal, None)]
        except PressroomError as error:
            told = [Failed(error)]
        except Exception:
            log.exception("conversation %s: an answer broke", self.id)
            told = [Failed(PressroomError("something went wrong while answering"))]
        self._answering = self._writing = self._started = None
        self._tell(*told)
        self._left()

    async def _written(self, question: Said, subject: Subject | None) -> tuple[Said, Proposal | None]:
        said = await self._office.conversations.latest(self.id, LATEST)
        # An article's channel serves, with a text under a key that nobody is told.
        channel = Channel(epoch=1, run=1, frame_seconds=self._office.frame_seconds, keep=self._office.keep)
        paper = channel.text(("style", None))
        self._started = Started(question, channel)
        self._tell(self._started)
        desk = nodes.Desk(
            model=self._office.model,
            prompts=self._office.prompts,
            paper=paper,
            history_tokens=self._office.history_tokens,
        )
        self._writing = asyncio.create_task(nodes.answer(desk, _remembered(said), subject))
        if self._stopped:
            self._writing.cancel()
        try:
            await asyncio.wait([self._writing])
            proposal = None if self._writing.cancelled() else self._writing.result()
            answer = _answer(question, paper.value, proposal, stopped=self._writing.cancelled())
            await self._office.conversations.answer(self.id, answer)
            return answer, proposal
        finally:
            channel.flush()
            channel.close()

    # -- the article

    async def _subject(self) -> Subject | None:
        if self.article_id is None:
            return None
        try:
            article = await self._office.articles.get(self.article_id)
        except NotFound:
            self.article_id = None  # it was deleted, the conversation goes on
            return None
        return Subject(article.title, article.content, article.version)

    async def _apply(self, proposal_id: str) -> None:
        said = await self._office.conversations.proposed(self.id, proposal_id)
        proposal = decoded(said)
        if self.article_id is None or proposal is None:
            raise NotFound("the article is no longer there")
        article = await self._office.articles.get(self.article_id)
        if article.version != proposal.base:
            raise Conflict(f"the article has moved on to version {article.version}")
        content = proposals.applied(proposal, article.content)
        edited = await self._office.library.edit(
            article.id, base=proposal.base, title=None, content=content, words=words.count(content), reason="edited"
        )
        self._office.channels.drop(article.id)  # whoever still watched the run before sees the new one from the store
        await self._office.conversations.applied(self.id, said, edited.version)
        self._tell(Proposed(proposal, edited.version))


def decoded(said: Said) -> Proposal | None:
    return None if said.proposal is None else msgspec.json.decode(said.proposal, type=Proposal)


def _answer(question: Said, text: str, proposal: Proposal | None, *, stopped: bool) -> Said:
    return Said(
        number=question.number + 1,
        role="assistant",
        content=text,
        created_at=datetime.now(UTC),
        stopped=stopped,
        proposal_id=None if proposal is None else proposal.id,
        proposal=None if proposal is None else msgspec.json.encode(proposal).decode(),
    )


def _remembered(said: list[Said]) -> list[Message]:
    """As the model is told: with what it has proposed, without answers that were stopped before a word."""
    messages = [Message(one.role, _with_proposal(one)) for one in said]
    return [message for message in messages if message.content]


def _with_proposal(said: Said) -> str:
    proposal = decoded(said)
    return said.content if proposal is None else f"{said.content}\n\n{proposals.as_block(proposal)}"
