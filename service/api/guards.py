"""Checks every request's host and origin, and adds headers to every answer, in pure ASGI."""

import asyncio
import re
from collections.abc import Collection
from contextlib import suppress
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api import problems
from service.api.headers import answer_headers, carrying
from service.core.errors import HostNotAllowed, OriginNotAllowed, PressroomError, UnsupportedMediaType

SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
MOMENT = 3.0  # seconds for the body of what is refused before it is read
_image = re.compile(r"/articles/[^/]+/image")
DIRECT_SEND = "pressroom.send"  # the server's own `send`, for the body after the headers
SHARED = "/read/"  # what is shared: for pages of any origin, but not for search engines and caches
SHARED_HEADERS = {
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def is_shared(scope: Scope) -> bool:
    return path_of(scope).startswith(SHARED)


def path_of(scope: Scope) -> str:
    return scope["path"].removeprefix(scope.get("root_path", ""))


def announced(scope: Scope) -> int:
    """The bytes that a body says it has."""
    length = Headers(scope=scope).get("content-length", "0")
    return int(length) if length.isdecimal() else 0


def is_upload(scope: Scope) -> bool:
    """Whether the body is a picture, which may be larger than others."""
    return scope["method"] == "PUT" and bool(_image.fullmatch(path_of(scope)))


class AnyOrigin:
    """Lets pages of any origin read what is shared, without cookies."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open = CORSMiddleware(app, allow_origins=["*"], allow_methods=["GET"], allow_headers=["*"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        here = self._open if scope["type"] == "http" and is_shared(scope) else self._app
        await here(scope, receive, send)


class Guards:
    def __init__(
        self, app: ASGIApp, *, hosts: Collection[str], origins: Collection[str], max_body: int, max_picture: int
    ) -> None:
        self._app = app
        self._hosts = {host.lower() for host in hosts}
        self._origins = set(origins)
        self._max_body = max_body
        self._max_picture = max_picture

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        if scope["type"] == "http" and scope["method"] not in SAFE:
            most = self._max_picture if is_upload(scope) else self._max_body
            receive, send = _reading_first(receive, send, 0 if announced(scope) > most else most)
        try:
            self._check(scope)
        except PressroomError as error:
            return await problems.of(error)(scope, receive, self._refusing(scope, send))
        headers = {**answer_headers(scope), **(SHARED_HEADERS if is_shared(scope) else {})}
        return await self._app(scope, receive, carrying(send, headers))

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if _without_port(host) not in self._hosts and "*" not in self._hosts:
            raise HostNotAllowed()
        origin = headers.get("origin")
        changes = scope["type"] == "websocket" or scope["method"] not in SAFE
        if origin is not None and changes and origin not in self._origins and not _same(origin, host, scope):
            raise OriginNotAllowed()

    def _refusing(self, scope: Scope, send: Send) -> Send:
        """Add the CORS headers, because the CORS middleware does not see these answers."""
        origin = Headers(scope=scope).get("origin")
        cors = {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} if origin in self._origins else {}
        return carrying(send, {**answer_headers(scope), **cors})


def _reading_first(receive: Receive, send: Send, most: int) -> tuple[Receive, Send]:
    """The same, but what is answered before the body is read waits for it, and drops it: the server closes a connection
    with an unread body, and then nobody sees the answer."""
    more, received = True, 0

    async def receiving() -> Message:
        nonlocal more, received
        message = await receive()
        more = message["type"] == "http.request" and message.get("more_body", False)
        received += len(message.get("body", b""))
        return message

    async def sending(message: Message) -> None:
        if more and message["type"] == "http.response.start":
            with suppress(TimeoutError):
                async with asyncio.timeout(MOMENT):
                    while more and received < most:
                        await receiving()
        await send(message)

    return receiving, sending


def demand_json(request: Request) -> None:
    """Require JSON: another site's form can send other types without a CORS preflight."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType()


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() else host


def _same(origin: str, host: str, scope: Scope) -> bool:
    """Whether host and port are the same. Behind a proxy that terminates TLS and is not trusted, only the origin says
    https; where the request does, the origin has to."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    schemes = ("https",) if scope["scheme"] in ("https", "wss") else ("http", "https")
    return parts.scheme in schemes and parts.netloc.lower() == host
