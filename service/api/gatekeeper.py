"""Lets in who has a key or is signed in, in pure ASGI, for as long as that is valid. What is not listed here as open is
closed."""

import asyncio
import re
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.access.entrance import Entrance
from service.access.gate import Gate
from service.access.keys import PREFIX
from service.access.visits import Pass, Visit
from service.api import problems
from service.api.guards import SAFE, SHARED, path_of
from service.api.headers import carrying, rate_limits, unkept
from service.api.rooms import CALLER
from service.core.caller import LOCAL, NOBODY, Caller, Role
from service.core.errors import Forbidden, IssuerUnavailable, LimitReached, PressroomError, Unauthorized
from service.core.rate import Standing

if TYPE_CHECKING:
    from service.access.rates import Rates

COOKIE = "pressroom_session"
OPEN = re.compile(
    rf"/|/[a-z-]+\.html|/static/.*|/docs|/docs-static/.*|/openapi\.json|/healthz|/readyz|/session|/oidc/(begin|callback)|"
    rf"{SHARED}.*"
)
PRIVATE = "/session", "/readyz"  # open, but answered to each in another way
READING = re.compile(
    r"/preview|/articles/export|/articles/[^/]+/versions/\d+/changes"
)  # have a body and change nothing
LINKED = re.compile(rf"{SHARED}[^/]+/events")  # open, but not to any number from one address
STREAMS = re.compile(r"/progress/[^/]+|/articles/[^/]+/(events|passages/revise)")
# What they spend, and what they begin articles with.
WRITERS = re.compile(r"/usage|/conversations/.*|/briefs")
ADMINS = re.compile(r"/keys(/.*)?|/accounts|/metrics|/audit")
LONGEST = 8_000  # characters of what somebody may show
ENDS: dict[str, Message] = {  # what is open
    "http": {"type": "http.response.body", "body": b"", "more_body": False},
    "websocket": {"type": "websocket.close", "code": 1008},
}


class Gatekeeper:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ENDS:
            return await self._app(scope, receive, send)
        entrance: Entrance | None = scope["app"].state.rooms.entrance
        if entrance is None:
            scope[CALLER] = LOCAL
            return await self._app(scope, receive, send)
        connection, path = HTTPConnection(scope), path_of(scope)
        asking = Caller(workspace="", address=address(connection))
        if path in PRIVATE or not OPEN.fullmatch(path):
            send = unkept(send)
        with ExitStack() as watched:
            try:
                shown = await _let_in(entrance, connection, path)
                asking = replace(shown.caller, address=asking.address)
                standings = await _counted(entrance.rates, asking, scope, path, watched)
            except PressroomError as error:  # refused, or it can't be looked up
                if isinstance(error, LimitReached):
                    entrance.audit.limited(asking, error.standing.name)
                return await problems.of(error)(scope, receive, send)
            scope[CALLER] = shown.caller
            sending = carrying(send, rate_limits(standings)) if standings else send
            return await self._visited(entrance.gate, shown, scope, receive, sending)

    async def _visited(self, gate: Gate, shown: Pass, scope: Scope, receive: Receive, send: Send) -> None:
        """Ends a stream or a socket when what was shown is no longer valid; what is short comes to its own end."""
        visit: Visit | None = None
        limit = asyncio.timeout(None)

        async def sending(message: Message) -> None:
            nonlocal visit
            if message["type"] == "http.response.start" and all(
                name != b"content-length" for name, _ in message["headers"]
            ):
                visit = gate.visits.begin(shown, limit)
            await send(message)

        try:
            async with limit:
                if scope["type"] == "websocket":
                    visit = gate.visits.begin(shown, limit)
                await self._app(scope, receive, sending)
        except TimeoutError:
            if not limit.expired():
                raise
            with suppress(RuntimeError):  # it has just ended by itself
                await send(ENDS[scope["type"]])
        finally:
            if visit is not None:
                gate.visits.leave(visit)


async def _let_in(entrance: Entrance, connection: HTTPConnection, path: str) -> Pass:
    is_open = OPEN.fullmatch(path)
    try:
        shown = await _shown(entrance.gate, connection)
    except (Unauthorized, Forbidden, IssuerUnavailable) as error:
        sent = _bearer(connection) is not None  # else a session may just have ended
        if isinstance(error, Unauthorized) and error.params:
            if sent:
                entrance.audit.failed(address(connection))
            if sent or not is_open:
                await entrance.rates.fails(address(connection))
        if is_open:  # where somebody with an old session can sign in again
            return Pass(NOBODY)
        raise
    caller = replace(shown.caller, address=address(connection))
    if not is_open:
        caller.demand(needed(connection.scope, path))
    return replace(shown, caller=caller)


async def _counted(rates: "Rates", caller: Caller, scope: Scope, path: str, watched: ExitStack) -> list[Standing]:
    """Count what has a limit; `watched` is closed when a stream ends."""
    standings: list[Standing] = []
    if LINKED.fullmatch(path):
        standings.append(watched.enter_context(rates.watches(caller, path)))
    elif not OPEN.fullmatch(path):
        if scope["type"] == "websocket" or STREAMS.fullmatch(path):
            standings.append(watched.enter_context(rates.watches(caller)))
        if scope["type"] == "http" and scope["method"] not in SAFE and not READING.fullmatch(path):
            standings += await rates.changes(caller)
    return standings


def address(connection: HTTPConnection) -> str:
    return "" if connection.client is None else connection.client.host


async def _shown(gate: Gate, connection: HTTPConnection) -> Pass:
    text = _bearer(connection)
    token = connection.cookies.get(cookie(connection, COOKIE))
    if text is not None:
        if len(text) > LONGEST:
            raise Unauthorized("key")
        return await (gate.by_key(text) if text.startswith(PREFIX) else gate.by_token(text))
    if not token:
        raise Unauthorized()
    return await gate.by_session(token[:LONGEST])


def _bearer(connection: HTTPConnection) -> str | None:
    """The key or token that is sent. What a browser sends to a proxy in front, as Basic, is none."""
    kind, _, text = connection.headers.get("authorization", "").partition(" ")
    return text.strip() if kind.lower() == "bearer" else None


def cookie(connection: HTTPConnection, name: str) -> str:
    """What a cookie is called here: on https, browsers take one of such a name from this host alone."""
    return f"__Host-{name}" if encrypted(connection) else name


def encrypted(connection: HTTPConnection) -> bool:
    return connection.url.scheme in ("https", "wss")


def needed(scope: Scope, path: str) -> Role:
    """The role that a request takes."""
    if ADMINS.fullmatch(path):
        return "admin"
    if WRITERS.fullmatch(path):
        return "writer"
    if scope["type"] == "websocket":
        return "reader" if path.startswith("/ws/articles/") else "writer"
    return "reader" if scope["method"] in SAFE or READING.fullmatch(path) else "writer"
