"""The messages that the chat's web socket sends."""

from collections.abc import Iterator
from typing import Any

import msgspec

from service.core.difference import Change
from service.core.events import Token
from service.core.sentences import Param, Sentence
from service.core.texts import units
from service.log.contract import Batch
from service.messages import say


class Question(msgspec.Struct, frozen=True):
    number: int
    content: str


class ChatEvent(msgspec.Struct, tag_field="type", frozen=True, kw_only=True):
    """A message to the client."""


class Conversation(ChatEvent, tag="conversation", frozen=True, kw_only=True):
    """Sent on connecting, and again to a client that was too slow to receive everything after it."""

    id: str
    article: str | None
    messages: list[Any]


class Start(ChatEvent, tag="start", frozen=True, kw_only=True):
    """An answer begins. It replaces all messages after its question."""

    content: str = ""
    question: Question


class Chunk(ChatEvent, tag="chunk", frozen=True, kw_only=True):
    """`text = text.slice(0, offset) + content`, offsets in UTF-16 code units."""

    content: str
    offset: int


class End(ChatEvent, tag="end", frozen=True, kw_only=True):
    content: str = ""
    number: int
    stopped: bool
    html: str


class ProposalMade(ChatEvent, tag="proposal", frozen=True, kw_only=True):
    """A new proposal, or a known one that was applied."""

    id: str
    base: int
    section: int
    text: str
    difference: list[Change]
    applied: int | None


class Problem(ChatEvent, tag="error", frozen=True, kw_only=True):
    """A request failed. `ended`: it ended the current answer."""

    code: str
    message: str
    params: dict[str, Param]
    retryable: bool
    ended: bool


class Pong(ChatEvent, tag="pong", frozen=True, kw_only=True):
    pass


def problem(why: Sentence, *, retryable: bool, ended: bool) -> Problem:
    return Problem(code=why.code, message=say(why), params=why.params, retryable=retryable, ended=ended)


def chunks(batch: Batch) -> Iterator[Chunk]:
    """The text in a batch, including withdrawals; tokens that follow on each other are one chunk."""
    begin, end, parts = 0, 0, list[str]()
    for token in (entry.event for entry in batch.entries if isinstance(entry.event, Token)):
        if parts and token.offset != end:
            yield Chunk(content="".join(parts), offset=begin)
            parts.clear()
        if not parts:
            begin = token.offset
        parts.append(token.text)
        end = token.offset + units(token.text)
    if parts:
        yield Chunk(content="".join(parts), offset=begin)
