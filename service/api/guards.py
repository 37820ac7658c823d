"""Checks every request's host, origin and body size, and adds headers to every answer, in pure ASGI."""

import asyncio
import re
from collections.abc import Collection, Iterable
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api import problems
from service.api.headers import answer_headers, carrying
from service.core.errors import BodyTooLarge, HostNotAllowed, OriginNotAllowed, PressroomError, UnsupportedMediaType
from service.core.sentences import Sentence

SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
READ_TIMEOUT = 30
MOMENT = 1.0  # seconds for the body of what is refused anyway
UPLOAD_TIMEOUT = 120
_image = re.compile(r"/articles/[^/]+/image")
DIRECT_SEND = "pressroom.send"  # the server's own `send`, for the body after the headers
SHARED = "/read/"  # what is shared: for pages of any origin, but not for search engines and caches
SHARED_HEADERS = {
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def is_shared(scope: Scope) -> bool:
    return scope["path"].removeprefix(scope.get("root_path", "")).startswith(SHARED)


def _is_upload(scope: Scope) -> bool:
    """Whether the body is a picture, which may be larger than others."""
    return scope["method"] == "PUT" and bool(_image.fullmatch(scope["path"].removeprefix(scope.get("root_path", ""))))


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
        try:
            receive = await self._admitted(scope, receive)
        except PressroomError as error:
            return await problems.of(error)(scope, receive, self._refusing(scope, send))
        except TimeoutError:
            slow = problems.problem(HTTPStatus.REQUEST_TIMEOUT, Sentence("request_timeout"))
            return await slow(scope, receive, self._refusing(scope, send))
        scope.setdefault(DIRECT_SEND, send)
        headers = {**answer_headers(scope), **(SHARED_HEADERS if is_shared(scope) else {})}
        return await self._app(scope, receive, carrying(send, headers))

    async def _admitted(self, scope: Scope, receive: Receive) -> Receive:
        has_body = scope["type"] == "http" and scope["method"] not in SAFE
        try:
            self._check(scope)
        except PressroomError:
            if has_body:  # what is refused before it is read ends the connection
                with suppress(PressroomError, TimeoutError):
                    async with asyncio.timeout(MOMENT):
                        await self._whole_body(scope, receive)
            raise
        return await self._whole_body(scope, receive) if has_body else receive

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if _without_port(host) not in self._hosts and "*" not in self._hosts:
            raise HostNotAllowed()
        origin = headers.get("origin")
        changes = scope["type"] == "websocket" or scope["method"] not in SAFE
        if origin is not None and changes and origin not in self._origins and not _same(origin, host):
            raise OriginNotAllowed()

    def _refusing(self, scope: Scope, send: Send) -> Send:
        """Add the CORS headers, because the CORS middleware does not see these answers."""
        origin = Headers(scope=scope).get("origin")
        cors = {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} if origin in self._origins else {}
        return carrying(send, {**answer_headers(scope), **cors})

    async def _whole_body(self, scope: Scope, receive: Receive) -> Receive:
        """Read the whole body first, so that its limits apply to every route."""
        uploads = _is_upload(scope)
        most, seconds = (self._max_picture, UPLOAD_TIMEOUT) if uploads else (self._max_body, READ_TIMEOUT)
        announced = Headers(scope=scope).get("content-length", "0")
        parts: list[bytes] = []
        size = int(announced) if announced.isdecimal() else 0
        received, more = 0, True
        async with asyncio.timeout(seconds):
            while more and max(size, received) <= most:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return _replay([message], receive)
                parts.append(message.get("body", b""))
                more = message.get("more_body", False)
                received += len(parts[-1])
        if max(size, received) > most:
            raise BodyTooLarge("picture", most=f"{most / 1_000_000:g}") if uploads else BodyTooLarge(most=most)
        return _replay([{"type": "http.request", "body": b"".join(parts), "more_body": False}], receive)


def demand_json(request: Request) -> None:
    """Require JSON: another site's form can send other types without a CORS preflight."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType()


def _replay(messages: Iterable[Message], receive: Receive) -> Receive:
    waiting = list(messages)

    async def replayed() -> Message:
        return waiting.pop(0) if waiting else await receive()

    return replayed


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() else host


def _same(origin: str, host: str) -> bool:
    """Whether host and port are the same; the scheme may differ behind a proxy that terminates TLS."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host
