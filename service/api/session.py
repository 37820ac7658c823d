"""Signing in to the page with a key, and out. Signing in at an issuer begins in oidc.py."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from service.access.gate import LONGEST
from service.api.gatekeeper import COOKIE, address, cookie, encrypted
from service.api.guards import demand_json
from service.api.problems import may
from service.api.rooms import CallerOf, EntranceOf, RoomsOf
from service.api.schemas import Strict
from service.core.caller import NOBODY, Role
from service.core.errors import BadInput, LimitReached, NotFound, Unauthorized, UnsupportedMediaType

router = APIRouter(prefix="/session", tags=["access"])


class SignIn(Strict):
    key: Annotated[str, Field(min_length=1, max_length=200)]


class SessionOut(BaseModel):
    """Who is signed in."""

    needed: bool = Field(description="whether anybody has to sign in")
    name: str | None = Field(description="the name of the key or the person; null if nobody is signed in")
    workspace: str | None
    role: Role | None
    issuer: str | None = Field(description="where people can sign in by `/oidc/begin`; null: with a key only")
    sign_out_url: str | None = Field(None, description="where who is signed in can sign out at the issuer as well")


@router.get("")
async def session(request: Request, rooms: RoomsOf, caller: CallerOf) -> SessionOut:
    """Tell who is signed in."""
    issuer = farewell = None
    if rooms.entrance is not None and rooms.entrance.gate.sign_ins is not None:
        issuer = rooms.entrance.gate.issuer
        if caller.subject is not None:
            farewell = await rooms.entrance.gate.sign_ins.farewell(f"{request.base_url}sign-in.html")
    if caller is NOBODY:
        return SessionOut(needed=True, name=None, workspace=None, role=None, issuer=issuer)
    return SessionOut(
        needed=rooms.entrance is not None,
        name=caller.name or None,
        workspace=caller.workspace,
        role=caller.role,
        issuer=issuer,
        sign_out_url=farewell,
    )


@router.post(
    "",
    responses=may(NotFound, Unauthorized, UnsupportedMediaType, BadInput, LimitReached),
    dependencies=[Depends(demand_json)],
)
async def sign_in(wanted: SignIn, request: Request, response: Response, entrance: EntranceOf) -> SessionOut:
    """Begin a session, which the answer's cookie stands for."""
    try:
        caller, token = await entrance.gate.sign_in(wanted.key.strip())
    except Unauthorized:
        await entrance.failed(address(request))
        raise
    await entrance.audit.write(replace(caller, address=address(request)), "signed_in", caller.key)
    keep(request, response, cookie(request, COOKIE), token, LONGEST)
    about = {"name": caller.name, "workspace": caller.workspace, "role": caller.role}
    return SessionOut(needed=True, issuer=entrance.gate.issuer, **about)


@router.delete("", status_code=204)
async def sign_out(request: Request, rooms: RoomsOf, caller: CallerOf) -> Response:
    """End the session."""
    response = Response(status_code=204)
    if rooms.entrance is not None and (token := request.cookies.get(cookie(request, COOKIE))):
        await rooms.entrance.gate.sign_out(token)
        if caller is not NOBODY:
            rooms.entrance.audit.note(caller, "signed_out", caller.key or caller.subject)
        forget(request, response, cookie(request, COOKIE))
    return response


def keep(request: Request, response: Response, name: str, value: str, longest: timedelta) -> None:
    """Have the browser keep a cookie, which it sends to nobody else, and with no request that another site makes but
    one that opens a page."""
    seconds, secure = int(longest.total_seconds()), encrypted(request)
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=secure)


def forget(request: Request, response: Response, name: str) -> None:
    response.delete_cookie(name, secure=encrypted(request), httponly=True, samesite="lax")
