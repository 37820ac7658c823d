"""Lets in who has a key or is signed in, in pure ASGI. What is not listed here as open is closed."""

import re
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from service.access.audit import Audit
from service.access.gate import Gate
from service.api import problems
from service.api.guards import SAFE, SHARED
from service.api.headers import carrying, rate_limits
from service.api.rooms import CALLER, Rooms
from service.core.caller import LOCAL, NOBODY, Caller, Role
from service.core.errors import LimitReached, PressroomError, Unauthorized
from service.core.rate import Standing

if TYPE_CHECKING:
    from service.access.rates import Rates

COOKIE, SECURE_COOKIE = "pressroom_session", "__Host-pressroom_session"
OPEN = re.compile(
    rf"/|/[a-z-]+\.html|/static/.*|/docs|/docs-static/.*|/openapi\.json|/healthz|/readyz|/session|{SHARED}.*"
)
READING = re.compile(
    r"/preview|/articles/export|/articles/[^/]+/versions/\d+/changes"
)  # have a body and change nothing
STREAMS = re.compile(r"/progress/[^/]+|/articles/[^/]+/(events|passages/revise)")
WRITERS = re.compile(r"/usage")  # what they spend
ADMINS = re.compile(r"/keys(/.*)?|/metrics|/audit")
LONGEST = 8_000  # characters of what somebody may show


class Gatekeeper:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        rooms: Rooms = scope["app"].state.rooms
        if rooms.gate is None or rooms.rates is None or rooms.audit is None:
            scope[CALLER] = LOCAL
            return await self._app(scope, receive, send)
        here, path = self._app, scope["path"].removeprefix(scope.get("root_path", ""))
        connection, caller = HTTPConnection(scope), NOBODY
        with ExitStack() as watched:
            try:
                scope[CALLER] = caller = await _let_in(rooms.gate, rooms.rates, rooms.audit, connection, path)
                if standings := await _counted(rooms.rates, caller, scope, path, watched):
                    send = carrying(send, rate_limits(standings))
            except PressroomError as error:  # refused, or the keys can't be read
                if isinstance(error, LimitReached):
                    rooms.audit.limited(replace(caller, address=address(connection)), error.standing.name)
                here = problems.of(error)
            return await here(scope, receive, send)


async def _let_in(gate: Gate, rates: "Rates", audit: Audit, connection: HTTPConnection, path: str) -> Caller:
    try:
        caller = replace(await _shown(gate, connection), address=address(connection))
    except Unauthorized as error:
        is_open = OPEN.fullmatch(path)
        if "authorization" in connection.headers:  # a session may just have ended
            audit.failed(address(connection))
        if error.params and (not is_open or "authorization" in connection.headers):
            await rates.fails(address(connection))
        if is_open:  # where somebody with an old session can sign in again
            return NOBODY
        raise
    if not OPEN.fullmatch(path):
        caller.demand(needed(connection.scope, path))
    return caller


async def _counted(rates: "Rates", caller: Caller, scope: Scope, path: str, watched: ExitStack) -> list[Standing]:
    """Count what has a limit; `watched` is closed when a stream ends."""
    standings: list[Standing] = []
    if not OPEN.fullmatch(path):
        if scope["type"] == "websocket" or STREAMS.fullmatch(path):
            standings.append(watched.enter_context(rates.watches(caller)))
        if scope["type"] == "http" and scope["method"] not in SAFE and not READING.fullmatch(path):
            standings += await rates.changes(caller)
    return standings


def address(connection: HTTPConnection) -> str:
    return "" if connection.client is None else connection.client.host


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


def needed(scope: Scope, path: str) -> Role:
    """The role that a request takes."""
    if ADMINS.fullmatch(path):
        return "admin"
    if WRITERS.fullmatch(path):
        return "writer"
    if scope["type"] == "websocket":
        return "reader" if path.startswith("/ws/articles/") else "writer"
    return "reader" if scope["method"] in SAFE or READING.fullmatch(path) else "writer"
