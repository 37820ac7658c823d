"""The events of an article's stream, as types and as bytes.

One tagged union serves the encoder on the token path, the stored replay and the OpenAPI document. An event's
`type` equals the name it is sent under.
"""

from datetime import datetime
from typing import Literal

import msgspec

StageName = Literal["research", "outline", "content", "style", "seo", "image"]
TextStage = Literal["content", "style"]
ArticleStatus = Literal["pending", "processing", "awaiting_review", "completed", "failed", "cancelled"]
StageStatus = Literal["started", "running", "completed", "retrying", "skipped", "failed", "cancelled"]


class Usage(msgspec.Struct, frozen=True):
    """Tokens as the provider counted them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.prompt_tokens + other.prompt_tokens, self.completion_tokens + other.completion_tokens)


class Place(msgspec.Struct, tag="place", tag_field="kind", frozen=True, kw_only=True):
    """Where a pending article stands in the queue; the next to start is first."""

    place: int


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """One section as planned: its title, its own ground, and what it leaves to the others."""

    title: str
    covers: str = ""
    leaves: str = ""


class Outline(msgspec.Struct, tag="outline", tag_field="kind", frozen=True, kw_only=True):
    """The planned article."""

    title: str
    sections: list[Heading]


class Words(msgspec.Struct, tag="words", tag_field="kind", frozen=True, kw_only=True):
    """How long a finished text is."""

    words: int


class Retry(msgspec.Struct, tag="retry", tag_field="kind", frozen=True, kw_only=True):
    """Why and when a model call is made again."""

    attempt: int
    code: str
    delay_ms: int


class SourceRef(msgspec.Struct, frozen=True, kw_only=True):
    """A source as it is cited: `[id]`."""

    id: int
    title: str
    url: str | None


class Missed(msgspec.Struct, frozen=True, kw_only=True):
    """A source that was asked for and could not be read, and why."""

    url: str
    reason: str


class Sources(msgspec.Struct, tag="sources", tag_field="kind", frozen=True, kw_only=True):
    """What the research has found."""

    sources: list[SourceRef]
    missed: list[Missed] = []


class Seo(msgspec.Struct, tag="seo", tag_field="kind", frozen=True, kw_only=True):
    """How the article presents itself to search engines."""

    title: str
    meta_description: str
    keywords: list[str]
    slug: str


class Image(msgspec.Struct, tag="image", tag_field="kind", frozen=True, kw_only=True):
    """The article's picture."""

    url: str
    alt: str
    media_type: str


class Share(msgspec.Struct, frozen=True):
    """From where to where a stage takes the run's progress."""

    stage: StageName
    start: int
    end: int


class Plan(msgspec.Struct, tag="plan", tag_field="kind", frozen=True, kw_only=True):
    """The stages that a run has."""

    stages: list[Share]


StageData = Place | Plan | Outline | Words | Sources | Seo | Image | Retry


class Stage(msgspec.Struct, tag="stage", tag_field="type", frozen=True, kw_only=True):
    """A stage, or the article itself, changed its status."""

    run: int
    stage: StageName | Literal["article"]
    section: int | None
    status: StageStatus | ArticleStatus
    progress: int
    message: str
    at: datetime
    elapsed_ms: int | None = None
    data: StageData | None = None


class Token(msgspec.Struct, tag="token", tag_field="type", frozen=True, kw_only=True):
    """Text: `text[stage, section] = text.slice(0, offset) + token.text`, offsets in UTF-16 code units."""

    run: int
    stage: TextStage
    section: int | None
    offset: int
    text: str


class Done(msgspec.Struct, tag="done", tag_field="type", frozen=True, kw_only=True):
    """The run has ended, the article is whole or was cancelled; the last event of its run."""

    run: int
    status: Literal["completed", "cancelled"]
    progress: int
    words: int
    usage: Usage
    elapsed_ms: int
    result_url: str


class Error(msgspec.Struct, tag="error", tag_field="type", frozen=True, kw_only=True):
    """The run has failed; the last event of its run."""

    run: int
    code: str
    message: str
    retryable: bool
    stage: StageName | None


Terminal = Done | Error
Event = Stage | Token | Done | Error

STRIDE = 1024
RETRY = b"retry: 1000\n\n"  # how many milliseconds an EventSource waits before it comes back
_NAMES: dict[type[Event], bytes] = {Stage: b"stage", Token: b"token", Done: b"done", Error: b"error"}
_json = msgspec.json.Encoder().encode


def body(event: Event) -> bytes:
    """The event as it stands on the wire, without its id."""
    return b"event: %b\ndata: %b\n\n" % (_NAMES[type(event)], _json(event))


def frame(event_id: int, event_body: bytes) -> bytes:
    return b"id: %d\n%b" % (event_id, event_body)


def event_id(epoch: int, n: int) -> int:
    """The id of an epoch's n-th event. The numbers between two events belong to the parts of a snapshot."""
    return (epoch << 32) + n * STRIDE


def units(text: str) -> int:
    """The length as JavaScript counts it: UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2
