"""Signing in to the page with a key, and out."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from service.access.gate import LONGEST
from service.api.gatekeeper import COOKIE, SECURE_COOKIE, address
from service.api.guards import demand_json
from service.api.problems import may
from service.api.rooms import AuditOf, CallerOf, RoomsOf
from service.api.schemas import Strict
from service.core.caller import NOBODY, Role
from service.core.errors import BadInput, LimitReached, NotFound, Unauthorized, UnsupportedMediaType

router = APIRouter(prefix="/session", tags=["access"])


class SignIn(Strict):
    key: Annotated[str, Field(min_length=1, max_length=200)]


class SessionOut(BaseModel):
    """Who is signed in."""

    needed: bool = Field(description="whether anybody has to sign in")
    name: str | None = Field(description="the name of the key; null if nobody is signed in")
    workspace: str | None
    role: Role | None


@router.get("")
async def session(rooms: RoomsOf, caller: CallerOf) -> SessionOut:
    """Tell who is signed in."""
    if caller is NOBODY:
        return SessionOut(needed=True, name=None, workspace=None, role=None)
    return SessionOut(
        needed=rooms.gate is not None, name=caller.name or None, workspace=caller.workspace, role=caller.role
    )


@router.post(
    "",
    responses=may(NotFound, Unauthorized, UnsupportedMediaType, BadInput, LimitReached),
    dependencies=[Depends(demand_json)],
)
async def sign_in(wanted: SignIn, request: Request, response: Response, rooms: RoomsOf, audit: AuditOf) -> SessionOut:
    """Begin a session, which the answer's cookie stands for."""
    if rooms.gate is None or rooms.rates is None:
        raise NotFound("no_keys")
    try:
        caller, token = await rooms.gate.sign_in(wanted.key.strip())
    except Unauthorized:
        audit.failed(address(request))
        await rooms.rates.fails(address(request))
        raise
    await audit.write(replace(caller, address=address(request)), "signed_in", caller.key)
    secure = request.url.scheme == "https"
    name, longest = SECURE_COOKIE if secure else COOKIE, int(LONGEST.total_seconds())
    response.set_cookie(name, token, max_age=longest, httponly=True, samesite="lax", secure=secure)
    return SessionOut(needed=True, name=caller.name, workspace=caller.workspace, role=caller.role)


@router.delete("", status_code=204)
async def sign_out(request: Request, rooms: RoomsOf, caller: CallerOf) -> Response:
    """End the session."""
    response = Response(status_code=204)
    for name in (SECURE_COOKIE, COOKIE):
        if rooms.gate is not None and (token := request.cookies.get(name)):
            await rooms.gate.sign_out(token)
            if rooms.audit is not None and caller is not NOBODY:
                rooms.audit.note(caller, "signed_out", caller.key)
            response.delete_cookie(name, secure=name == SECURE_COOKIE, httponly=True, samesite="lax")
    return response
