"""Changing a passage of an article: the model proposes a new text, and what is accepted becomes a version."""

from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BeforeValidator, Field

from service.api.guards import demand_json
from service.api.library import changed_out
from service.api.problems import may
from service.api.rooms import CallerOf, RoomsOf
from service.api.schemas import Base, ChangedOut, Content, Excerpt, Strict, whole
from service.api.stream import EventStream
from service.core.errors import (
    BadInput,
    BudgetSpent,
    Conflict,
    NotFound,
    PressroomError,
    ServerBusy,
    UnsupportedMediaType,
)
from service.core.passage import Action, Passage, Revision
from service.log.contract import Batch
from service.newsroom.revising import Revised
from service.wire import revision as wire

router = APIRouter(prefix="/articles/{article_id}/passages", tags=["library"], dependencies=[Depends(demand_json)])

Start = Annotated[
    int,
    Field(ge=0, le=2**31, strict=True, description="where the passage begins, in UTF-16 code units"),
    BeforeValidator(whole),
]
_errors = may(NotFound, Conflict, UnsupportedMediaType, BadInput)


class ReviseRequest(Strict):
    version: Base
    start: Start
    passage: Excerpt
    action: Action
    tone: str | None = Field(None, max_length=50, description="one of the tones in `/options`, for the action `tone`")


class ReplaceRequest(Strict):
    version: Base
    start: Start
    passage: Excerpt
    text: Content = Field(description="what takes the passage's place")


@router.post("/revise", response_class=EventStream, responses=_errors | may(ServerBusy, BudgetSpent))
async def revise(article_id: str, wanted: ReviseRequest, rooms: RoomsOf, caller: CallerOf) -> Response:
    """Have the model revise a passage of version `version`, within one section. The new text is streamed, and stored
    only by `replace`. To stop the model, close the connection."""
    tones = rooms.settings.tones
    if wanted.action == "tone" and wanted.tone not in tones:
        raise BadInput("tone", "one_of", expected=", ".join(tones))
    revision = Revision(
        base=wanted.version,
        passage=Passage(wanted.start, wanted.passage),
        action=wanted.action,
        tone=wanted.tone if wanted.action == "tone" else None,
    )
    told = await rooms.newsroom.revise(caller, article_id, revision)
    return EventStream(_written(told), heartbeat=b": still here\n\n", every=rooms.settings.heartbeat)


@router.post("/replace", responses=_errors)
async def replace(article_id: str, wanted: ReplaceRequest, rooms: RoomsOf, caller: CallerOf) -> ChangedOut:
    """Put a text in a passage's place, as a new version; 409 if the article has changed since version `version`."""
    passage = Passage(wanted.start, wanted.passage)
    return changed_out(await rooms.newsroom.replace(caller, article_id, passage, wanted.text, base=wanted.version))


async def _written(told: AsyncGenerator[Batch | Revised]) -> AsyncGenerator[bytes]:
    try:
        async for part in told:
            if isinstance(part, Revised):
                yield wire.frame(wire.RevisionDone(text=part.text, changes=part.changes, usage=part.usage))
            else:
                yield b"".join(map(wire.frame, wire.tokens(part)))
    except PressroomError as error:
        yield wire.frame(wire.failed(error))
    finally:
        await told.aclose()
