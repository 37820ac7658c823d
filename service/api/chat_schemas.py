"""What the chat takes and gives: its socket's messages, and conversations as JSON."""

from datetime import datetime
from functools import lru_cache
from typing import Literal

import msgspec
from pydantic import BaseModel, Field

from service.conversations.proposals import Proposal
from service.conversations.session import decoded
from service.core.difference import Change
from service.core.errors import PressroomError
from service.export.rendering import to_html
from service.store.conversations import Conversation, Said


class ChangeOut(BaseModel):
    kind: Literal["same", "removed", "added"]
    text: str


class ProposalOut(BaseModel):
    id: str
    base: int = Field(description="the version of the article that it changes")
    section: int
    text: str = Field(description="the section as it would be, with its heading")
    difference: list[ChangeOut]
    applied: int | None = Field(description="the version that it was stored as, once it was accepted")


class SaidOut(BaseModel):
    number: int
    role: Literal["user", "assistant"]
    content: str
    html: str | None = Field(description="an answer's Markdown, rendered; null for what people wrote")
    stopped: bool = Field(description="the answer was stopped before its end")
    proposal: ProposalOut | None
    created_at: datetime


class ConversationSummary(BaseModel):
    id: str
    title: str
    article_id: str | None
    created_at: datetime
    updated_at: datetime


class ConversationOut(ConversationSummary):
    messages: list[SaidOut] = Field(description="the latest: 200, or some 400,000 characters")


class ConversationPage(BaseModel):
    conversations: list[ConversationSummary]
    next_cursor: str | None


class Told(msgspec.Struct, tag_field="type", frozen=True, kw_only=True):
    """A message to the client; its `type` is the class's name in small letters."""


class ConversationTold(Told, tag="conversation", frozen=True, kw_only=True):
    """On connecting, and again to who was too slow to hear all that followed."""

    id: str
    article: str | None
    messages: list[SaidOut]


class Question(msgspec.Struct, frozen=True):
    number: int
    content: str


class StartTold(Told, tag="start", frozen=True, kw_only=True):
    """An answer begins; all messages after its question are void."""

    content: str = ""
    question: Question


class ChunkTold(Told, tag="chunk", frozen=True, kw_only=True):
    """`text = text.slice(0, offset) + content`, offsets in UTF-16 code units."""

    content: str
    offset: int


class EndTold(Told, tag="end", frozen=True, kw_only=True):
    content: str = ""
    number: int
    stopped: bool
    html: str


class ProposalTold(Told, tag="proposal", frozen=True, kw_only=True):
    """A proposal, or one already known that has been applied."""

    id: str
    base: int
    section: int
    text: str
    difference: list[Change]
    applied: int | None


class ErrorTold(Told, tag="error", frozen=True, kw_only=True):
    """Something could not be done. `ended` says that it ended the answer that was being given."""

    code: str
    message: str
    retryable: bool
    ended: bool


class PongTold(Told, tag="pong", frozen=True, kw_only=True):
    pass


@lru_cache(maxsize=16)
def html(markdown: str) -> str:
    """Rendered once for all who are told of an answer's end."""
    return to_html(markdown)


def said_out(said: Said) -> SaidOut:
    proposal = decoded(said)
    return SaidOut(
        number=said.number,
        role=said.role,
        content=said.content,
        html=to_html(said.content) if said.role == "assistant" else None,
        stopped=said.stopped,
        proposal=None if proposal is None else _proposal_out(proposal, said.applied_version),
        created_at=said.created_at,
    )


def _proposal_out(proposal: Proposal, applied: int | None) -> ProposalOut:
    return ProposalOut.model_validate({**msgspec.to_builtins(proposal), "applied": applied})


def proposal_told(proposal: Proposal, applied: int | None) -> ProposalTold:
    fields = {name: getattr(proposal, name) for name in Proposal.__struct_fields__}
    return ProposalTold(**fields, applied=applied)


def error_told(error: PressroomError, *, ended: bool) -> ErrorTold:
    return ErrorTold(code=error.code, message=error.message, retryable=error.retryable, ended=ended)


def summary(conversation: Conversation) -> ConversationSummary:
    return ConversationSummary(
        id=conversation.id,
        title=conversation.title,
        article_id=conversation.article_id,
        created_at=conversation.created_at,
        updated_at=conversation.updated_at,
    )
