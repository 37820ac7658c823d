"""The event stream of an article."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.types import Message, Receive, Scope, Send

from service.api.guards import DIRECT_SEND
from service.api.house import HouseOf
from service.api.problems import may
from service.core.errors import NotFound

router = APIRouter(tags=["events"], responses=may(NotFound))

HEARTBEAT = ServerSentEvent(comment="still here", sep="\n")


class EventStream(EventSourceResponse):
    """sse-starlette's response without a cancel scope around every send, which costs as much as the send itself:
    the listener's TCP_USER_TIMEOUT (server.py) ends the connections of viewers that take nothing."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._direct: Send = scope.get(DIRECT_SEND, send)
        await super().__call__(scope, receive, send)

    async def _send_with_timeout(self, send: Send, message: Message) -> None:
        # The layers between add a coroutine each to every write, and have nothing to do once the headers are sent.
        await self._direct(message)


@router.get("/articles/{article_id}/events", response_class=EventStream)
@router.get("/progress/{article_id}", response_class=EventStream)
async def events(
    article_id: str,
    house: HouseOf,
    header: Annotated[str | None, Header(alias="Last-Event-ID")] = None,
    query: Annotated[str | None, Query(alias="last_event_id")] = None,
) -> Response:
    """The article's events from the beginning, or from where `Last-Event-ID` (or `last_event_id`) left off."""
    after = event_id(header if header is not None else query)
    channel = await house.watch.channel(article_id)
    if channel.over(after):
        return Response(status_code=204)
    return EventStream(
        channel.view(after),
        ping=house.settings.heartbeat,
        ping_message_factory=lambda: HEARTBEAT,
    )


def event_id(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) < 19 else None
