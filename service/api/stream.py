"""The event stream of an article."""

import logging
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.types import Message, Receive, Scope, Send

from service.api.house import HouseOf
from service.deadline import Deadline

log = logging.getLogger(__name__)
router = APIRouter(tags=["events"])

HEARTBEAT = ServerSentEvent(comment="still here", sep="\n")


class EventStream(EventSourceResponse):
    """sse-starlette's response, with one deadline for all sends instead of a cancel scope for each: it costs as much
    as the send itself."""

    async def _stream_response(self, send: Send) -> None:
        assert self.send_timeout is not None
        async with Deadline(self.send_timeout, every=self.send_timeout) as self._deadline:
            await super()._stream_response(send)

    async def _send_with_timeout(self, send: Send, message: Message) -> None:
        assert self.send_timeout is not None
        self._deadline.put_off(self.send_timeout)
        await send(message)
        self._deadline.put_off()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except TimeoutError:
            log.info("a viewer took nothing for %s s and was cut off", self.send_timeout)


@router.get("/articles/{article_id}/events", response_class=EventStream)
@router.get("/progress/{article_id}", response_class=EventStream)
async def events(
    article_id: str,
    house: HouseOf,
    header: Annotated[str | None, Header(alias="Last-Event-ID")] = None,
    query: Annotated[str | None, Query(alias="last_event_id")] = None,
) -> Response:
    """The article's events from the beginning, or from where `Last-Event-ID` (or `last_event_id`) left off."""
    after = _event_id(header if header is not None else query)
    channel = await house.watch.channel(article_id)
    if channel.over(after):
        return Response(status_code=204)
    return EventStream(
        channel.view(after),
        ping=house.settings.heartbeat,
        ping_message_factory=lambda: HEARTBEAT,
        send_timeout=house.settings.send_timeout,
    )


def _event_id(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) < 19 else None
