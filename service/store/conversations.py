"""Conversations and their messages."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from service.core.article import Article, Edit
from service.core.errors import Busy, Conflict, NotFound, StaleEpoch
from service.store import library
from service.store.claims import left
from service.store.database import Database, keep, read, write
from service.store.tables import articles, conversations, messages, writers

MAX_TITLE = 120
LATEST = 200  # messages shown and remembered; a conversation may be longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    id: str
    title: str  # the beginning of its first question
    article_id: str | None
    created_at: datetime
    updated_at: datetime
    workspace: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """One message. `number` counts within its conversation; `proposal` is JSON that is not decoded here."""

    number: int
    role: Literal["user", "assistant"]
    content: str
    created_at: datetime
    stopped: bool = False
    proposal_id: str | None = None
    proposal: str | None = None
    applied_version: int | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """An answer that this process writes. Of another epoch, it is refused."""

    epoch: int
    question: ChatMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a conversation stands, whichever process answers in it."""

    article_id: str | None
    epoch: int  # of its latest answer
    ours: bool  # this process is writing that
    elsewhere: bool  # another one is
    stopping: bool
    failure: str | None  # JSON that is not decoded here
    question: ChatMessage | None  # the last one
    answer: ChatMessage | None
    applied: dict[str, int]  # proposals, with the versions that they became

    @property
    def latest(self) -> tuple[int, int]:
        """The epoch, and the number of the last message."""
        return self.epoch, max((each.number for each in (self.question, self.answer) if each is not None), default=0)


_GET = select(*(conversations.c[name] for name in Conversation.__slots__)).where(
    conversations.c.workspace == bindparam("workspace"), conversations.c.id == bindparam("conversation_id")
)
_BACKWARDS = (
    select(messages)
    .where(messages.c.conversation_id == bindparam("conversation_id"))
    .order_by(messages.c.number.desc())
    .limit(LATEST)
)
_LAST_QUESTION = _BACKWARDS.where(messages.c.role == "user").limit(1)
_LAST_NUMBER = select(func.coalesce(func.max(messages.c.number), 0)).where(
    messages.c.conversation_id == bindparam("conversation_id")
)
_STANDING = (
    select(conversations, writers.c.id.label("alive"))
    .outerjoin(writers, writers.c.id == conversations.c.writer)
    .where(conversations.c.workspace == bindparam("workspace"), conversations.c.id == bindparam("conversation_id"))
)
_APPLIED = select(messages.c.proposal_id, messages.c.applied_version).where(
    messages.c.conversation_id == bindparam("conversation_id"), messages.c.applied_version.is_not(None)
)


class Conversations:
    def __init__(self, database: Database) -> None:
        self._database = database

    @keep
    def ask(
        self,
        connection: Connection,
        workspace: str,
        conversation_id: str,
        article_id: str | None,
        content: str,
        *,
        new: bool = True,
    ) -> Begun:
        """Store a question, and that this process answers it. The first creates the conversation, if it is `new`. Busy
        if another process is answering."""
        now = datetime.now(UTC)
        conversation = {
            "id": conversation_id,
            "title": " ".join(content.split())[:MAX_TITLE],
            # If its article was deleted meanwhile, the conversation continues without it.
            "article_id": select(articles.c.id).where(articles.c.id == article_id).scalar_subquery(),
            "created_at": now,
            "updated_at": now,
            "workspace": workspace,
        }
        if new:
            connection.execute(upsert(conversations).values(conversation).on_conflict_do_nothing())
        epoch = self._begin(connection, conversation_id)
        last = connection.execute(_LAST_NUMBER, {"conversation_id": conversation_id}).scalar_one()
        question = ChatMessage(number=last + 1, role="user", content=content, created_at=now)
        _keep(connection, conversation_id, question)
        return Begun(epoch, question)

    @write
    def ask_again(self, connection: Connection, conversation_id: str) -> Begun:
        """The last question, which this process answers now; its answer, if any, is deleted. Busy if another process is
        answering."""
        row = connection.execute(_LAST_QUESTION, {"conversation_id": conversation_id}).one_or_none()
        if row is None:
            raise Conflict("nothing_asked")
        epoch, question = self._begin(connection, conversation_id), _message(row)
        ours = messages.c.conversation_id == conversation_id
        connection.execute(delete(messages).where(ours, messages.c.number > question.number))
        return Begun(epoch, question)

    def _begin(self, connection: Connection, conversation_id: str) -> int:
        ours, us = conversations.c.id == conversation_id, self._database.process
        begun = {"epoch": conversations.c.epoch + 1, "writer": us, "stopping": None, "failure": None}
        statement = update(conversations).where(ours, left(conversations.c.writer, us)).values(begun)
        epoch = connection.execute(statement.returning(conversations.c.epoch)).scalar()
        if epoch is None:
            raise (
                Busy if connection.execute(select(conversations.c.id).where(ours)).first() else NotFound("conversation")
            )
        return epoch

    @keep
    def answer(self, connection: Connection, conversation_id: str, epoch: int, answer: ChatMessage) -> None:
        """Store the answer of this epoch. StaleEpoch if there is a newer one, or no conversation any more."""
        ours = conversations.c.id == conversation_id, conversations.c.epoch == epoch
        if not connection.execute(update(conversations).where(*ours).values(writer=None, failure=None)).rowcount:
            raise StaleEpoch("answer", epoch=epoch)
        _keep(connection, conversation_id, answer)

    @write
    def fail(self, connection: Connection, conversation_id: str, epoch: int, failure: str) -> None:
        """The answer of this epoch, which this process was writing, has come to nothing."""
        ours = conversations.c.id == conversation_id, conversations.c.epoch == epoch
        writing = conversations.c.writer == self._database.process
        connection.execute(update(conversations).where(*ours, writing).values(writer=None, failure=failure))

    @write
    def stop(self, connection: Connection, conversation_id: str, epoch: int) -> None:
        """Have the process that writes the answer of this epoch stop."""
        ours = conversations.c.id == conversation_id, conversations.c.epoch == epoch
        connection.execute(
            update(conversations).where(*ours, conversations.c.writer.is_not(None)).values(stopping=True)
        )

    @read
    def standing(self, connection: Connection, workspace: str, conversation_id: str) -> Standing:
        names = {"workspace": workspace, "conversation_id": conversation_id}
        row = connection.execute(_STANDING, names).one_or_none()
        if row is None:
            raise NotFound("conversation")
        last = [_message(each) for each in connection.execute(_BACKWARDS.limit(2), names)]
        answer = last[0] if last and last[0].role == "assistant" else None
        return Standing(
            article_id=row.article_id,
            epoch=row.epoch,
            ours=row.writer == self._database.process,
            elsewhere=row.alive is not None and row.alive != self._database.process,
            stopping=bool(row.stopping),
            failure=row.failure,
            question=next((each for each in last if each.role == "user"), None),
            answer=answer,
            applied={each.proposal_id: each.applied_version for each in connection.execute(_APPLIED, names)},
        )

    @read
    def get(self, connection: Connection, workspace: str, conversation_id: str) -> Conversation:
        row = connection.execute(_GET, {"workspace": workspace, "conversation_id": conversation_id}).one_or_none()
        if row is None:
            raise NotFound("conversation")
        return Conversation(**row._asdict())

    @read
    def latest(self, connection: Connection, conversation_id: str, characters: int) -> list[ChatMessage]:
        """The latest messages in order, up to a total length; empty if the conversation has not begun."""
        found: list[ChatMessage] = []
        for row in connection.execute(_BACKWARDS, {"conversation_id": conversation_id}):
            found.append(_message(row))
            characters -= len(row.content) + len(row.proposal or "")
            if characters <= 0:
                break
        return found[::-1]

    @read
    def page(
        self, connection: Connection, workspace: str, *, limit: int, after: str | None, article: str | None
    ) -> list[Conversation]:
        """Up to `limit` of a workspace's conversations older than the one with the id `after`, newest first."""
        query = select(*(conversations.c[name] for name in Conversation.__slots__))
        query = query.where(conversations.c.workspace == workspace)
        query = query.order_by(conversations.c.id.desc()).limit(limit)
        if after is not None:
            query = query.where(conversations.c.id < after)
        if article is not None:
            query = query.where(conversations.c.article_id == article)
        return [Conversation(**row._asdict()) for row in connection.execute(query)]

    @keep
    def delete(self, connection: Connection, conversation_id: str) -> None:
        connection.execute(delete(conversations).where(conversations.c.id == conversation_id))

    # -- proposals

    @read
    def proposed(self, connection: Connection, conversation_id: str, proposal_id: str) -> ChatMessage:
        """The message that holds a proposal."""
        ours = (messages.c.conversation_id == conversation_id, messages.c.proposal_id == proposal_id)
        row = connection.execute(select(messages).where(*ours)).one_or_none()
        if row is None:
            raise NotFound("proposal")
        return _message(row)

    @keep
    def apply(
        self, connection: Connection, conversation_id: str, proposal_id: str, article_id: str, change: Edit
    ) -> Article:
        """Store the changed article and that the proposal was applied, in one transaction."""
        article = library.edit(connection, article_id, change)
        ours = (messages.c.conversation_id == conversation_id, messages.c.proposal_id == proposal_id)
        marked = connection.execute(update(messages).where(*ours).values(applied_version=article.version))
        if not marked.rowcount:
            raise NotFound("proposal")
        ours = conversations.c.id == conversation_id
        connection.execute(update(conversations).where(ours).values(epoch=conversations.c.epoch))  # others hear of that
        return article


def _keep(connection: Connection, conversation_id: str, said: ChatMessage) -> None:
    fields = {name: getattr(said, name) for name in ChatMessage.__slots__}
    connection.execute(insert(messages).values(conversation_id=conversation_id, **fields))
    ours = conversations.c.id == conversation_id
    connection.execute(update(conversations).where(ours).values(updated_at=said.created_at))


def _message(row: Row[Any]) -> ChatMessage:
    fields: dict[str, Any] = row._asdict()
    del fields["conversation_id"]
    return ChatMessage(**fields)
