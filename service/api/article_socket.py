"""An article's progress over a web socket."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect

from service.api.rooms import CallerOf, RoomsOf
from service.api.stream import event_id
from service.log.contract import Story
from service.wire.newsroom_socket import NewsroomSocket

router = APIRouter()


@router.websocket("/ws/articles/{article_id}")
async def progress(
    socket: WebSocket,
    article_id: str,
    rooms: RoomsOf,
    caller: CallerOf,
    last_event_id: Annotated[str | None, Query()] = None,
) -> None:
    """Send `status`, then `agent_update`, `status_change`, `token` and `final` as they happen, with their ids."""
    after = event_id(last_event_id)
    article = await rooms.newsroom.get(caller, article_id)
    story = await rooms.newsroom.watch(caller, article_id)
    await socket.accept()
    try:
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(_read(socket))
            await _send(socket, NewsroomSocket(article), story, after)
            reading.cancel()
            await socket.close(1000 if story.ended else 1012)
    except* WebSocketDisconnect:
        pass


async def _read(socket: WebSocket) -> None:
    """Read and ignore messages, to notice when the client disconnects."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
    raise WebSocketDisconnect


async def _send(socket: WebSocket, dialect: NewsroomSocket, story: Story, after: int | None) -> None:
    await socket.send_text(dialect.begin())
    if not story.over(after):
        async for batch in story.follow(after):
            for message in dialect.messages(batch):
                await socket.send_text(message)
