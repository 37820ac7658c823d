"""The event stream of an article, in any dialect."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response
from sse_starlette import EventSourceResponse
from starlette.types import Receive, Scope, Send

from service.api.guards import DIRECT_SEND
from service.api.problems import may
from service.api.rooms import CallerOf, RoomsOf
from service.core.article import Article
from service.core.errors import BadInput, NotFound
from service.log.contract import Story
from service.wire.dialect import Dialect
from service.wire.dialects import DIALECTS, dialect

router = APIRouter(tags=["events"], responses=may(NotFound))


async def _last_seen(
    header: Annotated[str | None, Header(alias="Last-Event-ID")] = None,
    query: Annotated[str | None, Query(alias="last_event_id")] = None,
) -> int | None:
    return event_id(header if header is not None else query)


LastSeen = Annotated[int | None, Depends(_last_seen)]


class EventStream(EventSourceResponse):
    """sse-starlette's response for parts that are bytes already. It does less for each viewer and each part: two tasks
    instead of four, and no layer between the stream and the server after the headers. The listener's TCP_USER_TIMEOUT
    (server.py) ends the connections of viewers that stop reading. When the server stops, who feeds a stream ends it."""

    def __init__(
        self,
        parts: AsyncGenerator[bytes],
        *,
        heartbeat: bytes,
        every: float,
        media_type: str = "text/event-stream",
        status_code: int = 200,  # FastAPI reads the default for the documentation
    ) -> None:
        super().__init__(parts, status_code, media_type=media_type, ping=every)
        self._parts, self._heartbeat = parts, heartbeat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        direct: Send = scope.get(DIRECT_SEND, send)
        writing = asyncio.create_task(self._write(send, direct))
        listening = asyncio.create_task(self._listen(receive, direct))
        try:
            await asyncio.wait((writing, listening), return_when=asyncio.FIRST_COMPLETED)
        finally:
            listening.cancel()
            writing.cancel()
        await asyncio.wait((writing,))
        if not writing.cancelled():
            writing.result()

    async def _write(self, send: Send, direct: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with aclosing(self._parts) as parts:
            async for part in parts:
                await direct({"type": "http.response.body", "body": part, "more_body": True})
        self.active = False
        await direct({"type": "http.response.body", "body": b"", "more_body": False})

    async def _listen(self, receive: Receive, direct: Send) -> None:
        """Until the viewer leaves, with heartbeats meanwhile."""
        here = True
        while here:
            try:
                async with asyncio.timeout(self.ping_interval):
                    here = (await receive())["type"] != "http.disconnect"
            except TimeoutError:
                if self.active:
                    await direct({"type": "http.response.body", "body": self._heartbeat, "more_body": True})


@router.get("/articles/{article_id}/events", response_class=EventStream, responses=may(BadInput))
@router.get("/progress/{article_id}", response_class=EventStream, responses=may(BadInput))
async def events(
    article_id: str,
    rooms: RoomsOf,
    caller: CallerOf,
    after: LastSeen,
    name: Annotated[str, Query(alias="dialect", description="the format of the events")] = DIALECTS[0].name,
) -> Response:
    """The article's events from the beginning, or after `Last-Event-ID` (or `last_event_id`)."""
    if (kind := dialect(name)) is None:
        raise BadInput("dialect", "one_of", expected=", ".join(each.name for each in DIALECTS))
    article = await rooms.newsroom.get(caller, article_id)
    story = await rooms.newsroom.watch(caller, article_id)
    return stream(kind, article, story, after, rooms.settings.heartbeat)


def stream(kind: type[Dialect], article: Article, story: Story, after: int | None, heartbeat: float) -> Response:
    if story.over(after):
        return Response(status_code=204)
    return EventStream(
        _written(kind(), article, story, after),
        heartbeat=kind.heartbeat,
        every=heartbeat,
        media_type=kind.media_type,
    )


async def _written(dialect: Dialect, article: Article, story: Story, after: int | None) -> AsyncGenerator[bytes]:
    if begin := dialect.begin(article):
        yield begin
    encode = dialect.encode
    async for batch in story.follow(after):
        if encoded := encode(batch):  # a dialect may have nothing to say of it
            yield encoded
    if story.ended and (end := dialect.end()):
        yield end


def event_id(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) < 19 else None
