"""The chat's JSON: the web socket's messages, and conversations."""

from datetime import datetime
from functools import lru_cache
from typing import Literal

import msgspec
from pydantic import BaseModel, Field

from service.conversations.proposals import Proposal
from service.conversations.said import decoded
from service.export.rendering import to_html
from service.store.conversations import ChatMessage, Conversation


class ChangeOut(BaseModel):
    kind: Literal["same", "removed", "added"]
    text: str


class ProposalOut(BaseModel):
    id: str
    base: int = Field(description="the version of the article that it changes")
    section: int
    text: str = Field(description="the new section, including its heading")
    difference: list[ChangeOut]
    applied: int | None = Field(description="the version it was stored as, if accepted")


class SaidOut(BaseModel):
    number: int
    role: Literal["user", "assistant"]
    content: str
    html: str | None = Field(description="an answer's Markdown as HTML; null for questions")
    stopped: bool = Field(description="whether the answer was stopped")
    proposal: ProposalOut | None
    created_at: datetime


class ConversationSummary(BaseModel):
    id: str
    title: str
    article_id: str | None
    created_at: datetime
    updated_at: datetime


class ConversationOut(ConversationSummary):
    messages: list[SaidOut] = Field(description="the latest: up to 200, or some 400,000 characters")


class ConversationPage(BaseModel):
    conversations: list[ConversationSummary]
    next_cursor: str | None


@lru_cache(maxsize=16)
def html(markdown: str) -> str:
    """The answer as HTML, rendered once for all listeners."""
    return to_html(markdown)


def said_out(said: ChatMessage) -> SaidOut:
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


def summary(conversation: Conversation) -> ConversationSummary:
    return ConversationSummary(
        id=conversation.id,
        title=conversation.title,
        article_id=conversation.article_id,
        created_at=conversation.created_at,
        updated_at=conversation.updated_at,
    )
