"""Who did what; for admins."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response, StreamingResponse

from service.api.library_schemas import ID
from service.api.problems import may
from service.api.rooms import CallerOf, EntranceOf
from service.core.audit import Action, Detail, Entry
from service.core.errors import BadInput, NotFound
from service.store.audit import AuditLog

router = APIRouter(prefix="/audit", tags=["access"], responses=may(NotFound))
MOST, USUAL = 500, 100
JSON_LINES = "application/x-ndjson"
_lines: dict[int | str, dict[str, Any]] = {200: {"content": {JSON_LINES: {}}}}


class EntryOut(BaseModel):
    id: str
    at: datetime
    actor: str = Field(
        description="the name of the key or account, or `command-line`; empty for a sign-in that failed. `key` and"
        " `subject` tell who it was, whatever the name; the command line has neither"
    )
    key: str | None = Field(description="the id of the key")
    subject: str | None = Field(description="the account, as its issuer calls it (`sub`)")
    action: Action
    target: str | None = Field(description="the id of what it was done to")
    address: str = Field(description="the IP address that it was asked from, or `many`")
    details: dict[str, Detail]
    count: int = Field(description="how often it happened within the minute")


class AuditOut(BaseModel):
    entries: list[EntryOut]
    next: str | None = Field(description="the `before` of the next page")


Before = Annotated[str | None, Query(pattern=ID, description="`next` of the page before")]
Limit = Annotated[int | None, Query(ge=1, le=MOST, description=f"{USUAL}, or all as JSON lines")]


@router.get("", response_model=AuditOut, responses=_lines | may(BadInput))
async def page(
    request: Request,
    caller: CallerOf,
    entrance: EntranceOf,
    before: Before = None,
    limit: Limit = None,
    format: Annotated[Literal["json", "jsonl"], Query(description="`jsonl`: a line for each entry")] = "json",
) -> AuditOut | Response:
    """Tell who did what in this workspace, the newest first."""
    log = entrance.audit.store
    if format == "jsonl" or JSON_LINES in request.headers.get("accept", ""):
        headers = {"Content-Disposition": 'attachment; filename="audit.jsonl"'}
        return StreamingResponse(_all(log, caller.workspace, before, limit), 200, headers, JSON_LINES)
    limit = limit or USUAL
    found = await log.page(caller.workspace, before=before, limit=limit + 1)
    entries = [_out(entry) for entry in found[:limit]]
    return AuditOut(entries=entries, next=entries[-1].id if len(found) > limit else None)


async def _all(log: AuditLog, workspace: str, before: str | None, limit: int | None) -> AsyncGenerator[str]:
    while found := await log.page(workspace, before=before, limit=limit or MOST):
        yield "".join(f"{_out(entry).model_dump_json()}\n" for entry in found)
        before = found[-1].id
        if limit is not None:
            return


def _out(entry: Entry) -> EntryOut:
    return EntryOut(**{name: getattr(entry, name) for name in EntryOut.model_fields})
