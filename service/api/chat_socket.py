"""The chat's web socket, with two tasks per client: one reads and never waits for the model, one sends events."""

import asyncio
import logging
from collections.abc import AsyncIterator

import msgspec
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from starlette.websockets import WebSocketDisconnected

from service.api import chat_schemas as schemas
from service.api.rooms import CallerOf, Rooms, RoomsOf
from service.conversations.audience import Ended, Failed, History, News, Proposed, Started
from service.conversations.proposals import Proposal
from service.conversations.session import Session
from service.core.brief import clean_block
from service.core.caller import Caller
from service.core.errors import BadInput, BadMessage, PressroomError, UnknownType
from service.core.sentences import Unfit
from service.export.aside import aside
from service.wire import chat_socket

log = logging.getLogger(__name__)
router = APIRouter()

GOING_AWAY = 1012  # the client should reconnect
NORMAL = 1000


class _Typed(msgspec.Struct):
    type: str


class _Message(msgspec.Struct):
    content: str


class _Apply(msgspec.Struct):
    proposal: str


_encode = msgspec.json.Encoder(enc_hook=lambda model: model.model_dump()).encode
_type = msgspec.json.Decoder(_Typed).decode
_message = msgspec.json.Decoder(_Message).decode
_application = msgspec.json.Decoder(_Apply).decode


@router.websocket("/ws")
async def chat(
    socket: WebSocket,
    rooms: RoomsOf,
    caller: CallerOf,
    conversation: str | None = None,
    article: str | None = None,
) -> None:
    """Send `conversation`, then `start`, `chunk`, `end`, `proposal` and `error` as they happen."""
    session = await rooms.hub.enter(caller, conversation or None, article or None)
    try:
        await socket.accept()
        async with asyncio.TaskGroup() as group:
            telling = group.create_task(_tell(socket, session, rooms))
            await _read(socket, session, rooms, caller)
            telling.cancel()
    except* (WebSocketDisconnect, WebSocketDisconnected):  # the client left, or was closed while it wrote
        pass
    finally:
        rooms.hub.leave(session)


# -- from the client


async def _read(socket: WebSocket, session: Session, rooms: Rooms, caller: Caller) -> None:
    longest = rooms.settings.chat_message_characters
    while (received := await socket.receive())["type"] != "websocket.disconnect":
        try:
            if rooms.entrance is not None:
                await rooms.entrance.says(caller)
            reply = await _heard(received.get("text") or received.get("bytes") or "", session, caller, longest)
        except PressroomError as error:
            reply = chat_socket.problem(error.sentence, retryable=error.retryable, ended=False)
        except Exception:
            log.exception("conversation %s: a message could not be handled", session.id)
            reply = chat_socket.problem(PressroomError().sentence, retryable=False, ended=False)
        if reply is not None:
            await _send(socket, reply)


async def _heard(data: str | bytes, session: Session, caller: Caller, longest: int) -> chat_socket.ChatEvent | None:
    """Handle a message; return the reply for this client alone, if any."""
    try:
        match _type(data).type:
            case "message":
                await session.ask(_content(_message(data).content, longest), caller.who)
            case "retry":
                await session.ask_again(caller.who)
            case "stop":
                await session.stop()
            case "apply":
                await session.apply(caller, _application(data).proposal)
            case "ping":
                return chat_socket.Pong()
            case other:
                raise UnknownType(type=other[:40])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadMessage(said=str(error)) from None
    return None


def _content(content: str, longest: int) -> str:
    try:
        return clean_block(content, longest)
    except Unfit as error:
        raise BadInput.of("content", error) from None


# -- to the client


async def _tell(socket: WebSocket, session: Session, rooms: Rooms) -> None:
    async for told in session.audience.view():
        async for message in _messages(told, session):
            await _send(socket, message)
            del message  # free it before a wait that may take hours
        del told
    await socket.close(GOING_AWAY if rooms.draining else NORMAL)


async def _send(socket: WebSocket, message: chat_socket.ChatEvent) -> None:
    await socket.send_text(_encode(message).decode())


async def _messages(told: News, session: Session) -> AsyncIterator[chat_socket.ChatEvent]:
    match told:
        case History(said):
            messages = await aside(lambda: [schemas.said_out(one) for one in said])
            yield chat_socket.Conversation(id=session.id, article=session.article_id, messages=messages)
        case Started(question, channel):
            yield chat_socket.Start(question=chat_socket.Question(question.number, question.content))
            begun = False
            async for batch in channel.follow(None):
                for chunk in chat_socket.chunks(batch):
                    begun = begun or bool(chunk.content)
                    if begun:
                        yield chunk
        case Ended(answer):
            html = await aside(schemas.html, answer.content)
            yield chat_socket.End(number=answer.number, stopped=answer.stopped, html=html)
        case Failed(why, retryable):
            yield chat_socket.problem(why, retryable=retryable, ended=True)
        case Proposed(proposal, applied):
            yield _proposed(proposal, applied)


def _proposed(proposal: Proposal, applied: int | None) -> chat_socket.ProposalMade:
    fields = {name: getattr(proposal, name) for name in Proposal.__struct_fields__}
    return chat_socket.ProposalMade(**fields, applied=applied)
