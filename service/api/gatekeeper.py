"""Lets in who has a key or is signed in, in pure ASGI, for as long as that is valid. What is not listed here as open is
closed."""

import asyncio
import re
from contextlib import suppress

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.access.gate import Gate
from service.access.keys import PREFIX
from service.access.visits import Pass, Visit
from service.api import problems
from service.api.guards import SAFE, SHARED
from service.api.rooms import CALLER
from service.core.caller import LOCAL, NOBODY, Role
from service.core.errors import Forbidden, IssuerUnavailable, PressroomError, Unauthorized

COOKIE = "pressroom_session"
OPEN = re.compile(
    rf"/|/[a-z-]+\.html|/static/.*|/docs|/docs-static/.*|/openapi\.json|/healthz|/readyz|/session|/oidc/(begin|callback)|"
    rf"{SHARED}.*"
)
READING = re.compile(
    r"/preview|/articles/export|/articles/[^/]+/versions/\d+/changes"
)  # have a body and change nothing
ADMINS = re.compile(r"/keys(/.*)?|/metrics")
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
        gate: Gate | None = scope["app"].state.rooms.gate
        if gate is None:
            scope[CALLER] = LOCAL
            return await self._app(scope, receive, send)
        try:
            shown = await _let_in(gate, HTTPConnection(scope))
        except PressroomError as error:  # refused, or it can't be looked up
            return await problems.of(error)(scope, receive, send)
        scope[CALLER] = shown.caller
        return await self._visited(gate, shown, scope, receive, send)

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


async def _let_in(gate: Gate, connection: HTTPConnection) -> Pass:
    path = connection.scope["path"].removeprefix(connection.scope.get("root_path", ""))
    try:
        shown = await _shown(gate, connection)
    except (Unauthorized, Forbidden, IssuerUnavailable):
        if OPEN.fullmatch(path):  # where somebody with an old session can sign in again
            return Pass(NOBODY)
        raise
    if not OPEN.fullmatch(path):
        shown.caller.demand(needed(connection.scope, path))
    return shown


async def _shown(gate: Gate, connection: HTTPConnection) -> Pass:
    kind, _, text = connection.headers.get("authorization", "").partition(" ")
    token = kept(connection, COOKIE)
    if kind:
        text = text.strip()
        if kind.lower() != "bearer" or len(text) > LONGEST:
            raise Unauthorized("key")
        return await (gate.by_key(text) if text.startswith(PREFIX) else gate.by_token(text))
    if not token:
        raise Unauthorized()
    return await gate.by_session(token[:LONGEST])


def secured(name: str) -> str:
    """The name of a cookie on https: browsers take it from this host alone."""
    return f"__Host-{name}"


def kept(connection: HTTPConnection, name: str) -> str | None:
    return connection.cookies.get(secured(name)) or connection.cookies.get(name)


def needed(scope: Scope, path: str) -> Role:
    """The role that a request takes."""
    if ADMINS.fullmatch(path):
        return "admin"
    if scope["type"] == "websocket":
        return "reader" if path.startswith("/ws/articles/") else "writer"
    return "reader" if scope["method"] in SAFE or READING.fullmatch(path) else "writer"
