"""Signing in to the page at an issuer, by the code flow of OpenID Connect."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse

from service.access.gate import LONGEST_OF_PEOPLE
from service.api.gatekeeper import COOKIE, address, cookie
from service.api.guards import demand_json
from service.api.problems import may
from service.api.rooms import EntranceOf, RoomsOf
from service.api.schemas import Strict
from service.api.session import forget, keep
from service.core.errors import BadInput, Forbidden, IssuerUnavailable, NotFound, Unauthorized, UnsupportedMediaType

if TYPE_CHECKING:  # loaded where an issuer is set
    from service.access.sign_in import SignIns

router = APIRouter(prefix="/oidc", tags=["access"], responses=may(NotFound))
BEGUN = "pressroom_sign_in_"  # and its state: the cookie that a sign-in needs at its end; each tab may begin one
AT_ONCE = 5
LASTS = timedelta(minutes=10)
# An address below the root. Browsers take `//host`, `/\host` and what they make of control characters for others.
PATH = r"^([^/\\\x00-\x20\x7f][^\\\x00-\x20\x7f]*)?$"


class Begin(Strict):
    to: Annotated[str, Field(max_length=1_000, pattern=PATH)] = Field(
        "", description="where to go when signed in: an address of this server, without the slash that it begins with"
    )


class BegunOut(BaseModel):
    url: str = Field(description="the issuer's page to sign in at")


async def _sign_ins(rooms: RoomsOf) -> "SignIns":
    gate = None if rooms.entrance is None else rooms.entrance.gate
    if gate is None or gate.sign_ins is None or gate.issuer is None:
        raise NotFound("no_issuer")
    return gate.sign_ins


if TYPE_CHECKING:
    SignInsOf = Annotated[SignIns, Depends(_sign_ins)]
else:
    SignInsOf = Annotated[Any, Depends(_sign_ins)]


@router.post(
    "/begin", responses=may(UnsupportedMediaType, BadInput, IssuerUnavailable), dependencies=[Depends(demand_json)]
)
async def begin(wanted: Begin, request: Request, response: Response, sign_ins: SignInsOf) -> BegunOut:
    """Begin to sign in at the issuer. The answer's cookie has to come with the issuer's answer, within ten minutes."""
    begun = await sign_ins.begin(_callback(request), wanted.to)
    earlier = [name for name in request.cookies if name.startswith(cookie(request, BEGUN))]
    for name in earlier[: 1 - AT_ONCE]:  # browsers send the oldest first
        forget(request, response, name)
    keep(request, response, _begun(request, begun.state), begun.sealed, LASTS)
    return BegunOut(url=begun.url)


@router.get(
    "/callback", status_code=303, response_class=RedirectResponse, responses={303: {"description": "Back to the page"}}
)
async def callback(request: Request, sign_ins: SignInsOf, entrance: EntranceOf) -> Response:
    """Where the issuer sends the browser: begins a session, which the answer's cookie stands for."""
    begun = _begun(request, request.query_params.get("state", ""))
    try:
        caller, to = await sign_ins.complete(_callback(request), request.cookies.get(begun, ""), request.query_params)
    except (Unauthorized, Forbidden, IssuerUnavailable) as error:
        if isinstance(error, Unauthorized):
            await entrance.failed(address(request))
        refused = ".".join(str(part) for part in (error.code, *error.params.values()))
        response = _to(request, f"sign-in.html?{urlencode({'refused': refused})}")
    else:
        response = _to(request, to)
        token = await entrance.gate.begin_session(caller, LONGEST_OF_PEOPLE)
        await entrance.audit.write(replace(caller, address=address(request)), "signed_in", caller.subject)
        keep(request, response, cookie(request, COOKIE), token, LONGEST_OF_PEOPLE)
    if begun in request.cookies:
        forget(request, response, begun)
    return response


def _begun(request: Request, state: str) -> str:
    return cookie(request, BEGUN + state)


def _callback(request: Request) -> str:
    return str(request.base_url) + "oidc/callback"


def _to(request: Request, path: str) -> RedirectResponse:
    return RedirectResponse(f"{request.scope.get('root_path', '')}/{path}", 303, {"Cache-Control": "no-store"})
