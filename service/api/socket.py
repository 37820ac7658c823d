"""An article's progress over a web socket: the same channel as the event stream, in the words of a newsroom."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect

from service.api.frames import Frame, frames
from service.api.house import HouseOf
from service.api.stream import event_id
from service.core.article import Article
from service.core.events import ArticleStatus, Done, Error, Event, Stage, StageData, StageName

router = APIRouter()

AGENTS: dict[StageName, str] = {
    "research": "ResearchAgent",
    "outline": "OutlineAgent",
    "content": "WriterAgent",
    "style": "EditorAgent",
    "seo": "SEOAgent",
    "image": "ImageAgent",
}


class Status(msgspec.Struct, tag="status", tag_field="type", frozen=True, kw_only=True):
    """How the article is, on connecting."""

    article_id: str
    status: ArticleStatus
    message: str
    timestamp: datetime


class AgentUpdate(msgspec.Struct, tag="agent_update", tag_field="type", frozen=True, kw_only=True, omit_defaults=True):
    """A stage, with the name of the agent that does it."""

    id: str
    article_id: str
    agent: str
    status: str
    message: str
    timestamp: datetime
    stage: StageName
    section: int | None
    progress: int
    execution_time: float | None = None  # seconds
    data: StageData | None = None


class StatusChange(msgspec.Struct, tag="status_change", tag_field="type", frozen=True, kw_only=True):
    id: str
    article_id: str
    old_status: ArticleStatus
    new_status: ArticleStatus
    message: str
    timestamp: datetime


class Final(msgspec.Struct, tag="final", tag_field="type", frozen=True, kw_only=True):
    """The last message of a run."""

    id: str
    article_id: str
    status: ArticleStatus
    message: str
    has_content: bool
    timestamp: datetime


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Event).decode


@router.websocket("/ws/articles/{article_id}")
async def progress(
    socket: WebSocket,
    article_id: str,
    house: HouseOf,
    last_event_id: Annotated[str | None, Query()] = None,
) -> None:
    """`status`, then `agent_update`, `status_change`, `token` and `final` as they happen, each with its `id`."""
    after = event_id(last_event_id)
    article = await house.store.get(article_id)
    channel = await house.watch.channel(article_id)
    await socket.accept()
    try:
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(_read(socket))
            await socket.send_text(_text(_status(article)))
            if not channel.over(after):
                await _send(socket, article, channel.view(after))
            reading.cancel()
            await socket.close(1000 if channel.ended else 1012)
    except* WebSocketDisconnect:
        pass


async def _read(socket: WebSocket) -> None:
    """Nothing is expected from the client; but reading notices that it has gone."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
    raise WebSocketDisconnect


async def _send(socket: WebSocket, article: Article, view: AsyncIterator[bytes]) -> None:
    newsroom = _Newsroom(article)
    async for piece in view:
        for frame in frames(piece):
            for message in newsroom.messages(frame):
                await socket.send_text(message)


class _Newsroom:
    """From the stream's frames to the socket's messages."""

    def __init__(self, article: Article) -> None:
        self._article_id = article.id
        self._status: ArticleStatus = "pending"
        self._has_content = bool(article.content)

    def messages(self, frame: Frame) -> list[str]:
        number, name, data = frame
        if name == b"token":
            self._has_content = True
            return [f'{data[:-1].decode()},"id":"{number}","article_id":"{self._article_id}"}}']
        return [_text(message) for message in self._told(number, _decode(data))]

    def _told(self, number: str, event: Event) -> list[AgentUpdate | StatusChange | Final]:
        match event:
            case Stage(stage="article"):
                return [self._change(number, event.status, event.message, event.at)]  # ty: ignore[invalid-argument-type]
            case Stage():
                return [self._update(number, event)]
            case Done():
                return self._end(number, event.status, f"Article generation {event.status}")
            case Error():
                return self._end(number, "failed", event.message)
        return []

    def _update(self, number: str, event: Stage) -> AgentUpdate:
        return AgentUpdate(
            id=number,
            article_id=self._article_id,
            agent=AGENTS[event.stage],  # ty: ignore[invalid-argument-type]
            status=event.status,
            message=event.message,
            timestamp=event.at,
            stage=event.stage,  # ty: ignore[invalid-argument-type]
            section=event.section,
            progress=event.progress,
            execution_time=None if event.elapsed_ms is None else event.elapsed_ms / 1000,
            data=event.data,
        )

    def _change(self, number: str, status: ArticleStatus, message: str, at: datetime) -> StatusChange:
        old, self._status = self._status, status
        return StatusChange(
            id=number, article_id=self._article_id, old_status=old, new_status=status, message=message, timestamp=at
        )

    def _end(self, number: str, status: ArticleStatus, message: str) -> list[AgentUpdate | StatusChange | Final]:
        now = datetime.now(UTC)
        final = Final(
            id=number,
            article_id=self._article_id,
            status=status,
            message=message,
            has_content=self._has_content,
            timestamp=now,
        )
        return [self._change(number, status, f"Status changed to {status}", now), final]


def _status(article: Article) -> Status:
    return Status(
        article_id=article.id,
        status=article.status,
        message=f"Article status: {article.status}",
        timestamp=datetime.now(UTC),
    )


def _text(message: msgspec.Struct) -> str:
    return _encode(message).decode()
