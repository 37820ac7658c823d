"""The server-sent events of a passage being revised. An event's `type` equals the name it is sent under."""

from collections.abc import Iterator

import msgspec

from service.core.difference import Change
from service.core.errors import PressroomError
from service.core.events import Token, Usage
from service.core.sentences import Param
from service.log.contract import Batch
from service.messages import say

_json = msgspec.json.Encoder().encode


class RevisionToken(msgspec.Struct, tag="token", tag_field="type", frozen=True, kw_only=True):
    """Text: `text = text.slice(0, offset) + token.text`, offsets in UTF-16 code units."""

    offset: int
    text: str


class RevisionDone(msgspec.Struct, tag="done", tag_field="type", frozen=True, kw_only=True):
    """The passage's new text, whole; `same` and `removed` parts of `changes` make up the old one. The last event."""

    text: str
    changes: list[Change]
    usage: Usage


class RevisionError(msgspec.Struct, tag="error", tag_field="type", frozen=True, kw_only=True):
    """The model gave no usable text. The last event."""

    code: str
    message: str
    params: dict[str, Param]
    retryable: bool


RevisionEvent = RevisionToken | RevisionDone | RevisionError
_NAMES: dict[type[RevisionEvent], bytes] = {RevisionToken: b"token", RevisionDone: b"done", RevisionError: b"error"}


def tokens(batch: Batch) -> Iterator[RevisionToken]:
    for entry in batch.entries:
        if isinstance(entry.event, Token):
            yield RevisionToken(offset=entry.event.offset, text=entry.event.text)


def failed(error: PressroomError) -> RevisionError:
    said = error.sentence
    return RevisionError(code=said.code, message=say(said), params=said.params, retryable=error.retryable)


def frame(event: RevisionEvent) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (_NAMES[type(event)], _json(event))
