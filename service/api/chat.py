"""The chat's web socket: two tasks for each client. One reads and never waits for the model; one tells what happens."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator

import msgspec
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from starlette.websockets import WebSocketDisconnected

from service.api import chat_schemas as schemas
from service.api.frames import frames
from service.api.house import House, HouseOf
from service.conversations.audience import Ended, Failed, History, Proposed, Started, Told
from service.conversations.session import Talk
from service.core.brief import clean_block
from service.core.errors import BadInput, BadMessage, PressroomError, UnknownType
from service.core.events import Token, units
from service.core.sentences import Unfit
from service.export.aside import aside

log = logging.getLogger(__name__)
router = APIRouter()

GOING_AWAY = 1012  # come back
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
_token = msgspec.json.Decoder(Token).decode


@router.websocket("/ws")
async def chat(
    socket: WebSocket,
    house: HouseOf,
    conversation: str | None = None,
    article: str | None = None,
) -> None:
    """`conversation`, then `start`, `chunk`, `end`, `proposal` and `error` as they happen."""
    talk = await house.talks.enter(conversation or None, article or None)
    try:
        await socket.accept()
        async with asyncio.TaskGroup() as group:
            telling = group.create_task(_tell(socket, talk, house))
            await _read(socket, talk, house.settings.chat_message_characters)
            telling.cancel()
    except* (WebSocketDisconnect, WebSocketDisconnected):  # it has gone, or was closed while it still wrote
        pass
    finally:
        house.talks.leave(talk)


# -- from the client


async def _read(socket: WebSocket, talk: Talk, longest: int) -> None:
    while (received := await socket.receive())["type"] != "websocket.disconnect":
        try:
            reply = await _heard(received.get("text") or received.get("bytes") or "", talk, longest)
        except PressroomError as error:
            reply = schemas.error_told(error, ended=False)
        except Exception:
            log.exception("conversation %s: a message could not be handled", talk.id)
            reply = schemas.error_told(PressroomError("something went wrong on our side"), ended=False)
        if reply is not None:
            await _send(socket, reply)


async def _heard(data: str | bytes, talk: Talk, longest: int) -> schemas.Told | None:
    """Do what the client wants; the answer that it alone gets, if any."""
    try:
        match _type(data).type:
            case "message":
                talk.ask(_content(_message(data).content, longest))
            case "retry":
                talk.ask_again()
            case "stop":
                talk.stop()
            case "apply":
                await talk.apply(_application(data).proposal)
            case "ping":
                return schemas.PongTold()
            case other:
                raise UnknownType(f"there is no message of type {other[:40]!r}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadMessage(f"the message can't be read: {error}") from None
    return None


def _content(content: str, longest: int) -> str:
    try:
        return clean_block(content, longest)
    except Unfit as error:
        raise BadInput.of("content", error) from None


# -- to the client


async def _tell(socket: WebSocket, talk: Talk, house: House) -> None:
    async for told in talk.audience.view():
        async for message in _messages(told, talk):
            await _send(socket, message)
            del message  # before a wait that may take hours: a long conversation is large
        del told
    await socket.close(GOING_AWAY if house.draining else NORMAL)


async def _send(socket: WebSocket, message: schemas.Told) -> None:
    await socket.send_text(_encode(message).decode())


async def _messages(told: Told, talk: Talk) -> AsyncIterator[schemas.Told]:
    match told:
        case History(said):
            messages = await aside(lambda: [schemas.said_out(one) for one in said])
            yield schemas.ConversationTold(id=talk.id, article=talk.article_id, messages=messages)
        case Started(question, channel):
            yield schemas.StartTold(question=schemas.Question(question.number, question.content))
            begun = False
            async for piece in channel.view(None):
                for chunk in _chunks(piece):
                    begun = begun or bool(chunk.content)
                    if begun:
                        yield chunk
        case Ended(answer):
            html = await aside(schemas.html, answer.content)
            yield schemas.EndTold(number=answer.number, stopped=answer.stopped, html=html)
        case Failed(error):
            yield schemas.error_told(error, ended=True)
        case Proposed(proposal, applied):
            yield schemas.proposal_told(proposal, applied)


def _chunks(piece: bytes) -> Iterator[schemas.ChunkTold]:
    """The text in a piece: all that follows on itself as one, also what is withdrawn."""
    begin, end, parts = 0, 0, list[str]()
    for token in map(_token, (frame.data for frame in frames(piece))):
        if parts and token.offset != end:
            yield schemas.ChunkTold(content="".join(parts), offset=begin)
            parts.clear()
        if not parts:
            begin = token.offset
        parts.append(token.text)
        end = token.offset + units(token.text)
    if parts:
        yield schemas.ChunkTold(content="".join(parts), offset=begin)
