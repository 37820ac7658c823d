"""The keys by which people and programs enter this workspace; for its admins."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import AfterValidator, BaseModel, Field

from service.access.gate import Gate
from service.api.guards import demand_json
from service.api.problems import may
from service.api.rooms import CallerOf, RoomsOf
from service.api.schemas import Strict
from service.core.brief import clean_line
from service.core.caller import Role
from service.core.errors import BadInput, NotFound, UnsupportedMediaType
from service.core.key import Key

router = APIRouter(prefix="/keys", tags=["access"], responses=may(NotFound))
MAX_DAYS = 3650
Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(partial(clean_line, limit=100))]


class KeyRequest(Strict):
    name: Name
    role: Role = Field(
        "writer", description="what it may do: a reader watches, a writer also writes, an admin also manages"
    )
    days: Annotated[int, Field(ge=1, le=MAX_DAYS)] | None = Field(
        None, description="days until it expires; null: never"
    )


class KeyOut(BaseModel):
    id: str
    name: str
    role: Role
    last_four: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None = Field(description="when it was last used, give or take a minute")


class NewKeyOut(KeyOut):
    key: str = Field(description="for `Authorization: Bearer`; it can't be shown again")


async def _gate(rooms: RoomsOf) -> Gate:
    if rooms.gate is None:
        raise NotFound("no_keys")
    return rooms.gate


GateOf = Annotated[Gate, Depends(_gate)]


@router.get("")
async def every(gate: GateOf, caller: CallerOf) -> list[KeyOut]:
    """List the workspace's keys, also those that are no longer valid."""
    return [_out(key) for key in await gate.store.all(caller.workspace)]


@router.post("", status_code=201, responses=may(UnsupportedMediaType, BadInput), dependencies=[Depends(demand_json)])
async def create(wanted: KeyRequest, gate: GateOf, caller: CallerOf) -> NewKeyOut:
    """Make a key."""
    expires_at = None if wanted.days is None else datetime.now(UTC) + timedelta(days=wanted.days)
    key, text = await gate.create(caller.workspace, wanted.name, wanted.role, expires_at)
    return NewKeyOut(**_out(key).model_dump(), key=text)


@router.post("/{key_id}/rotate")
async def rotate(key_id: str, gate: GateOf, caller: CallerOf) -> NewKeyOut:
    """Give a key a new text. The old one and its sessions end at once."""
    key, text = await gate.rotate(caller.workspace, key_id)
    return NewKeyOut(**_out(key).model_dump(), key=text)


@router.delete("/{key_id}", status_code=204)
async def revoke(key_id: str, gate: GateOf, caller: CallerOf) -> Response:
    """End a key and its sessions."""
    await gate.revoke(caller.workspace, key_id)
    return Response(status_code=204)


def _out(key: Key) -> KeyOut:
    return KeyOut(**{name: getattr(key, name) for name in KeyOut.model_fields})
