"""Reads the whole body of a request that is let in first, so that its limits apply to every route. Pure ASGI."""

import asyncio
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api import problems
from service.api.gatekeeper import OPEN
from service.api.guards import SAFE, announced, is_upload, path_of
from service.core.errors import BodyTooLarge, PressroomError, ServerBusy
from service.core.sentences import Sentence

READ_TIMEOUT = 30
UPLOAD_TIMEOUT = 120
FROM_STRANGERS = 8_000  # bytes, where no key is asked for: nothing longer than an address is sent there
AT_ONCE = 64_000_000  # bytes of all bodies that are still being read, whoever sends them
COME_BACK = 5.0


class Bodies:
    def __init__(self, app: ASGIApp, *, most: int, most_of_picture: int) -> None:
        self._app = app
        self._most, self._most_of_picture = most, most_of_picture
        self._at_once = max(AT_ONCE, most_of_picture)
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE:
            return await self._app(scope, receive, send)
        try:
            whole = await self._whole(scope, receive)
        except PressroomError as error:
            return await problems.of(error)(scope, receive, send)
        except TimeoutError:
            slow = problems.problem(HTTPStatus.REQUEST_TIMEOUT, Sentence("request_timeout"))
            return await slow(scope, receive, send)
        if whole is not None:
            await self._app(scope, _replay(whole, receive), send)
        return None

    def _limits(self, scope: Scope) -> tuple[int, int, BodyTooLarge]:
        """Most bytes, most seconds, and what is said of more."""
        if is_upload(scope):
            most = self._most_of_picture
            return most, UPLOAD_TIMEOUT, BodyTooLarge("picture", most=f"{most / 1_000_000:g}")
        most = min(self._most, FROM_STRANGERS) if OPEN.fullmatch(path_of(scope)) else self._most
        return most, READ_TIMEOUT, BodyTooLarge(most=most)

    async def _whole(self, scope: Scope, receive: Receive) -> Message | None:
        """None if the client left before it had sent all."""
        most, seconds, too_large = self._limits(scope)
        if announced(scope) > most:
            raise too_large
        body = bytearray()
        try:
            async with asyncio.timeout(seconds):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    body += (part := message.get("body", b""))
                    self._held += len(part)
                    more = message.get("more_body", False)
                    if len(body) > most:
                        raise too_large
                    if self._held > self._at_once:
                        raise ServerBusy("bodies", retry_after=COME_BACK)
        finally:
            self._held -= len(body)
        return {"type": "http.request", "body": bytes(body), "more_body": False}


def _replay(message: Message, receive: Receive) -> Receive:
    waiting = [message]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed
