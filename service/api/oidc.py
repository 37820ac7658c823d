"""Signing in to the page at an issuer, by the code flow of OpenID Connect."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse

from service.access.gate import LONGEST_OF_PEOPLE, Gate
from service.api.gatekeeper import COOKIE, kept, secured
from service.api.guards import demand_json
from service.api.problems import may
from service.api.rooms import RoomsOf
from service.api.schemas import Strict
from service.api.session import forget, keep
from service.core.errors import BadInput, Forbidden, IssuerUnavailable, NotFound, Unauthorized, UnsupportedMediaType

router = APIRouter(prefix="/oidc", tags=["access"], responses=may(NotFound))
BEGUN = "pressroom_sign_in"  # the cookie that a sign-in needs at its end
LASTS = timedelta(minutes=10)
# An address below the root. Browsers take `//host`, `/\host` and what they make of control characters for others.
PATH = r"^([^/\\\x00-\x20\x7f][^\\\x00-\x20\x7f]*)?$"


class Begin(Strict):
    to: Annotated[str, Field(max_length=1_000, pattern=PATH)] = Field(
        "", description="where to go when signed in: an address of this server, without the slash that it begins with"
    )


class BegunOut(BaseModel):
    url: str = Field(description="the issuer's page to sign in at")


async def _gate(rooms: RoomsOf) -> Gate:
    if rooms.gate is None or rooms.gate.issuer is None:
        raise NotFound("no_issuer")
    return rooms.gate


GateOf = Annotated[Gate, Depends(_gate)]


@router.post(
    "/begin", responses=may(UnsupportedMediaType, BadInput, IssuerUnavailable), dependencies=[Depends(demand_json)]
)
async def begin(wanted: Begin, request: Request, response: Response, gate: GateOf) -> BegunOut:
    """Begin to sign in at the issuer. The answer's cookie has to come with the issuer's answer, within ten minutes."""
    assert gate.sign_ins is not None
    begun = await gate.sign_ins.begin(_callback(request), wanted.to)
    keep(request, response, BEGUN, begun.sealed, LASTS)
    return BegunOut(url=begun.url)


@router.get(
    "/callback", status_code=303, response_class=RedirectResponse, responses={303: {"description": "Back to the page"}}
)
async def callback(request: Request, gate: GateOf) -> Response:
    """Where the issuer sends the browser: begins a session, which the answer's cookie stands for."""
    assert gate.sign_ins is not None
    try:
        sealed = kept(request, BEGUN) or ""
        caller, to = await gate.sign_ins.complete(_callback(request), sealed, request.query_params)
    except (Unauthorized, Forbidden, IssuerUnavailable) as error:
        refused = ".".join(str(part) for part in (error.code, *error.params.values()))
        response = _to(request, f"sign-in.html?{urlencode({'refused': refused})}")
    else:
        response = _to(request, to)
        keep(request, response, COOKIE, await gate.begin_session(caller, LONGEST_OF_PEOPLE), LONGEST_OF_PEOPLE)
    for name in (secured(BEGUN), BEGUN):
        if name in request.cookies:
            forget(response, name)
    return response


def _callback(request: Request) -> str:
    return str(request.base_url) + "oidc/callback"


def _to(request: Request, path: str) -> RedirectResponse:
    return RedirectResponse(f"{request.scope.get('root_path', '')}/{path}", 303, {"Cache-Control": "no-store"})
