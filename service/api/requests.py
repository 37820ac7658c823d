"""Logs one line per request when it ends. Pure ASGI, so it does not handle each chunk of a stream."""

import logging
import re
import time
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.guards import DIRECT_SEND, SHARED
from service.logs import fields

log = logging.getLogger(__name__)

SHOWN_PATH = 200  # characters
_token = re.compile(rf"(?<={SHARED})/*[^/]+", re.IGNORECASE)


class RequestLog:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        status: int | None = None

        async def sending(message: Message) -> None:
            nonlocal status
            match message["type"]:
                case "http.response.start" | "websocket.http.response.start":
                    status = message["status"]
                case "websocket.accept":
                    status = 101
            await send(message)

        scope[DIRECT_SEND] = send
        began = time.perf_counter()
        try:
            await self._app(scope, receive, sending)
        except Exception:
            status = status or HTTPStatus.INTERNAL_SERVER_ERROR  # answered by the outermost layer
            raise
        finally:
            log.info("request", extra=_log_fields(scope, status, time.perf_counter() - began))


def _log_fields(scope: Scope, status: int | None, seconds: float) -> dict[str, object]:
    # Without the query, which is private, and without the token of a link, wherever it stands: it would open it.
    path = _token.sub("…", scope["path"])
    return fields(
        method=scope.get("method", "WS"),
        path=path[:SHOWN_PATH],
        status=status,
        ms=round(1000 * seconds, 1),
        article=scope.get("path_params", {}).get("article_id"),
    )
