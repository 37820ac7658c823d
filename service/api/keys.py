"""The keys by which people and programs enter this workspace; for its admins."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import AfterValidator, BaseModel, Field

from service.access.audit import limit_details
from service.api.guards import demand_json
from service.api.problems import may
from service.api.rooms import CallerOf, EntranceOf
from service.api.schemas import Strict
from service.core.caller import Role
from service.core.errors import BadInput, Conflict, NotFound, UnsupportedMediaType
from service.core.key import LONGEST_NAME, MOST_DAYS, Key, clean_name, expiry
from service.core.rate import rate

router = APIRouter(prefix="/keys", tags=["access"], responses=may(NotFound))
MOST = 10**15
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME), AfterValidator(clean_name)]
Rate = Annotated[str, AfterValidator(rate)]


class LimitsRequest(Strict):
    rate: Rate | None = Field(
        None, description="how often it may change something, such as 30/minute; null: as often as the server says"
    )
    tokens_per_month: Annotated[int, Field(ge=1, le=MOST, strict=True)] | None = Field(
        None, description="most tokens of prompts and answers in a calendar month, in UTC; null: no limit"
    )
    cost_per_month: Annotated[float, Field(gt=0, le=MOST)] | None = Field(
        None, description="most money in a calendar month; null: no limit"
    )
    articles_at_once: Annotated[int, Field(ge=1, le=MOST, strict=True)] | None = Field(
        None, description="most articles written at once, the rest wait; null: no limit"
    )


class KeyRequest(LimitsRequest):
    name: Name
    role: Role = Field(
        "writer", description="what it may do: a reader watches, a writer also writes, an admin also manages"
    )
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = Field(
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
    used_at: datetime | None = Field(description="when it was last used, give or take ten seconds")
    rate: str | None = Field(description="how often it may change something; null: as often as the server says")
    tokens_per_month: int | None
    cost_per_month: float | None
    articles_at_once: int | None


class NewKeyOut(KeyOut):
    key: str = Field(description="for `Authorization: Bearer`; it can't be shown again")


@router.get("")
async def every(entrance: EntranceOf, caller: CallerOf) -> list[KeyOut]:
    """List the workspace's keys, also those that are no longer valid."""
    return [_out(key) for key in await entrance.gate.store.all(caller.workspace)]


@router.post("", status_code=201, responses=may(UnsupportedMediaType, BadInput), dependencies=[Depends(demand_json)])
async def create(wanted: KeyRequest, entrance: EntranceOf, caller: CallerOf) -> NewKeyOut:
    """Make a key."""
    limits = wanted.model_dump(include=set(LimitsRequest.model_fields))
    key, text = await entrance.gate.create(caller.workspace, wanted.name, wanted.role, expiry(wanted.days), **limits)
    await entrance.audit.write(caller, "key_made", key.id, name=key.name, role=key.role)
    return NewKeyOut(**_out(key).model_dump(), key=text)


@router.patch("/{key_id}", responses=may(UnsupportedMediaType, BadInput), dependencies=[Depends(demand_json)])
async def limit(key_id: str, wanted: LimitsRequest, entrance: EntranceOf, caller: CallerOf) -> KeyOut:
    """Change a key's limits. Those that are not named stay."""
    limits = wanted.model_dump(exclude_unset=True)
    key = await entrance.gate.store.limit(caller.workspace, key_id, limits)
    await entrance.audit.write(caller, "key_limited", key.id, name=key.name, **limit_details(limits))
    return _out(key)


@router.post("/{key_id}/rotate", responses=may(Conflict))
async def rotate(key_id: str, entrance: EntranceOf, caller: CallerOf) -> NewKeyOut:
    """Give a key that is valid a new text. The old one and its sessions end at once."""
    key, text = await entrance.gate.rotate(caller.workspace, key_id)
    await entrance.audit.write(caller, "key_rotated", key.id, name=key.name)
    return NewKeyOut(**_out(key).model_dump(), key=text)


@router.delete("/{key_id}", status_code=204)
async def revoke(key_id: str, entrance: EntranceOf, caller: CallerOf) -> Response:
    """End a key and its sessions. Ending it again changes nothing."""
    key = await entrance.gate.revoke(caller.workspace, key_id)
    if key is not None:
        await entrance.audit.write(caller, "key_revoked", key.id, name=key.name)
    return Response(status_code=204)


def _out(key: Key) -> KeyOut:
    return KeyOut(**{name: getattr(key, name) for name in KeyOut.model_fields})
