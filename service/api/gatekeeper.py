"""Lets in who has a key or is signed in, in pure ASGI. What is not listed here as open is closed."""

import re
from dataclasses import replace

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from service.access.gate import Gate
from service.api import problems
from service.api.guards import SAFE, SHARED
from service.api.rooms import CALLER, Rooms
from service.core.caller import LOCAL, NOBODY, Caller, Role
from service.core.errors import PressroomError, Unauthorized

COOKIE, SECURE_COOKIE = "pressroom_session", "__Host-pressroom_session"
OPEN = re.compile(
    rf"/|/[a-z-]+\.html|/static/.*|/docs|/docs-static/.*|/openapi\.json|/healthz|/readyz|/session|{SHARED}.*"
)
READING = re.compile(
    r"/preview|/articles/export|/articles/[^/]+/versions/\d+/changes"
)  # have a body and change nothing
ADMINS = re.compile(r"/keys(/.*)?|/metrics|/audit")
LONGEST = 8_000  # characters of what somebody may show


class Gatekeeper:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        here = self._app
        if scope["type"] in ("http", "websocket"):
            rooms: Rooms = scope["app"].state.rooms
            try:
                scope[CALLER] = LOCAL if rooms.gate is None else await _let_in(rooms, rooms.gate, HTTPConnection(scope))
            except PressroomError as error:  # refused, or the keys can't be read
                here = problems.of(error)
        await here(scope, receive, send)


async def _let_in(rooms: Rooms, gate: Gate, connection: HTTPConnection) -> Caller:
    path = connection.scope["path"].removeprefix(connection.scope.get("root_path", ""))
    try:
        caller = replace(await _shown(gate, connection), address=address(connection))
    except Unauthorized:
        if rooms.audit is not None and "authorization" in connection.headers:  # a session may just have ended
            rooms.audit.failed(address(connection))
        if OPEN.fullmatch(path):  # where somebody with an old session can sign in again
            return NOBODY
        raise
    if not OPEN.fullmatch(path):
        caller.demand(needed(connection.scope, path))
    return caller


async def _shown(gate: Gate, connection: HTTPConnection) -> Caller:
    kind, _, key = connection.headers.get("authorization", "").partition(" ")
    token = connection.cookies.get(SECURE_COOKIE) or connection.cookies.get(COOKIE)
    if kind:
        if kind.lower() != "bearer" or len(key) > LONGEST:
            raise Unauthorized("key")
        return await gate.by_key(key.strip())
    if not token:
        raise Unauthorized()
    return await gate.by_session(token[:LONGEST])


def address(connection: HTTPConnection) -> str:
    return connection.client.host if connection.client else ""


def needed(scope: Scope, path: str) -> Role:
    """The role that a request takes."""
    if ADMINS.fullmatch(path):
        return "admin"
    if scope["type"] == "websocket":
        return "reader" if path.startswith("/ws/articles/") else "writer"
    return "reader" if scope["method"] in SAFE or READING.fullmatch(path) else "writer"
