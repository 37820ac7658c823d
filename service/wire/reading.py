"""The dialect of shared articles: server-sent events that say what a reader sees, and nothing of how it is made."""

from collections.abc import Iterator
from typing import ClassVar, Literal

import msgspec

from service.core.events import ArticleStatus, Error, Event, StageEvent, Token
from service.core.outline import Outline
from service.core.texts import TextKind
from service.log.contract import Entry
from service.stages.image import Image
from service.stages.sources import SourceRef, Sources
from service.wire.sse import SSE

QUIET = ("running", "retrying")  # a stage's own affairs
_json = msgspec.json.Encoder().encode


class ReadingProgress(msgspec.Struct, tag="progress", tag_field="type", frozen=True):
    """How far the article is."""

    status: ArticleStatus
    progress: int


class ReadingOutline(msgspec.Struct, tag="outline", tag_field="type", frozen=True):
    """The title, and the titles of the sections that will be written."""

    title: str
    sections: list[str]


class ReadingSources(msgspec.Struct, tag="sources", tag_field="type", frozen=True):
    """The sources that the text can cite, as `[id]`."""

    sources: list[SourceRef]


class ReadingPicture(msgspec.Struct, tag="picture", tag_field="type", frozen=True):
    """The picture is there."""

    alt: str


class ReadingToken(msgspec.Struct, tag="token", tag_field="type", frozen=True):
    """Text: `text[kind, section] = text.slice(0, offset) + token.text`, offsets in UTF-16 code units. There is a draft
    per section, from 1; the article is the text that is kept."""

    kind: TextKind
    section: int | None
    offset: int
    text: str


class ReadingDone(msgspec.Struct, tag="done", tag_field="type", frozen=True):
    """Nothing more will be written. The last event."""

    status: Literal["completed", "cancelled", "failed"]
    words: int | None


ReadingEvent = ReadingProgress | ReadingOutline | ReadingSources | ReadingPicture | ReadingToken | ReadingDone


class Reading(SSE):
    name: ClassVar[str] = "reading"

    @staticmethod
    def frame(entry: Entry) -> bytes:
        """What a reader is told of an event, perhaps nothing. Only the last part has the id: who has it has all."""
        *parts, last = [_block(event) for event in shown(entry.event)] or [b""]
        return b"".join([*parts, b"id: %d\n" % entry.id if last and entry.id is not None else b"", last])


def _block(event: ReadingEvent) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (str(event.__struct_config__.tag).encode(), _json(event))


def shown(event: Event) -> Iterator[ReadingEvent]:
    match event:
        case Token(_, kind, section, offset, text):
            yield ReadingToken(kind, section, offset, text)
        case StageEvent():
            yield from _of_stage(event)
        case Error():
            yield ReadingDone("failed", None)
        case _:
            yield ReadingDone(event.status, event.words)


def _of_stage(event: StageEvent) -> Iterator[ReadingEvent]:
    match event.data:
        case Outline(title=title, sections=sections):
            yield ReadingOutline(title, [heading.title for heading in sections])
        case Sources(sources=sources):
            yield ReadingSources(sources)
        case Image(alt=alt):
            yield ReadingPicture(alt)
    if event.status not in QUIET:
        # A stage runs only while the article is being written.
        status = event.status if event.stage == "article" else "processing"
        yield ReadingProgress(status, event.progress)  # ty: ignore[invalid-argument-type] an article's status
