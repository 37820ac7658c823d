"""The events of the native dialect: one tagged union for the encoder, the viewer and the OpenAPI document.

An event's `type` equals the name it is sent under. Texts have the names of the stages that write them.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from service.core.events import ArticleStatus, StageEvent, StageStatus, Usage
from service.core.events import Done as DoneEvent
from service.core.events import Error as ErrorEvent
from service.core.events import Event as CoreEvent
from service.core.events import Token as TokenEvent
from service.core.sentences import Param
from service.messages import say
from service.stages.flows import data, stages

TEXTS = {"draft": "content", "article": "style"}

if TYPE_CHECKING:
    StageName = str
    StageData = Any
else:  # at run time, the union depends on the registered stages
    StageName = Literal[tuple(stages())]
    StageData = data()


class Stage(msgspec.Struct, tag="stage", tag_field="type", frozen=True, kw_only=True):
    """A stage, or the article itself, changed its status. `message` is the English for `code` and `params`."""

    run: int
    stage: StageName | Literal["article"]
    section: int | None
    status: StageStatus | ArticleStatus
    progress: int
    message: str
    code: str
    params: dict[str, Param]
    at: datetime
    elapsed_ms: int | None = None
    data: StageData | None = None


class Token(msgspec.Struct, tag="token", tag_field="type", frozen=True, kw_only=True):
    """Text: `text[stage, section] = text.slice(0, offset) + token.text`, offsets in UTF-16 code units."""

    run: int
    stage: Literal["content", "style"]
    section: int | None
    offset: int
    text: str


class Done(msgspec.Struct, tag="done", tag_field="type", frozen=True, kw_only=True):
    """The run has ended: the article is complete or was cancelled. The last event of its run."""

    run: int
    status: Literal["completed", "cancelled"]
    progress: int
    words: int
    usage: Usage
    elapsed_ms: int
    result_url: str


class Error(msgspec.Struct, tag="error", tag_field="type", frozen=True, kw_only=True):
    """The run has failed. The last event of its run."""

    run: int
    code: str
    message: str
    params: dict[str, Param]
    retryable: bool
    stage: StageName | None


Event = Stage | Token | Done | Error


def wire_event(event: CoreEvent) -> Event:
    """The event as this dialect sends it."""
    match event:
        case StageEvent():
            return Stage(
                run=event.run,
                stage=event.stage,
                section=event.section,
                status=event.status,
                progress=event.progress,
                message=say(event.sentence),
                code=event.sentence.code,
                params=event.sentence.params,
                at=event.at,
                elapsed_ms=event.elapsed_ms,
                data=event.data,
            )
        case TokenEvent(run, kind, section, offset, text):
            return Token(run=run, stage=TEXTS[kind], section=section, offset=offset, text=text)  # ty: ignore
        case DoneEvent():
            return Done(
                run=event.run,
                status=event.status,
                progress=event.progress,
                words=event.words,
                usage=event.usage,
                elapsed_ms=event.elapsed_ms,
                result_url=f"/articles/{event.article_id}/result",
            )
        case ErrorEvent():
            return Error(
                run=event.run,
                code=event.sentence.code,
                message=say(event.sentence),
                params=event.sentence.params,
                retryable=event.retryable,
                stage=event.stage,
            )
