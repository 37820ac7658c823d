"""Requests and answers as bytes in OpenAI's format. Chunks are encoded once, in advance."""

import json
from functools import lru_cache
from typing import Annotated, Any

import msgspec

from service.core.events import Usage
from service.demo.script import FinishReason, Piece, Script
from service.models.model import Message

MODEL = "pressroom-demo"
COMMENT = b": keep-alive\n\n"
DONE = b"data: [DONE]\n\n"

_json = msgspec.json.Encoder().encode


class StreamOptions(msgspec.Struct, frozen=True):
    include_usage: bool = False


class Request(msgspec.Struct, frozen=True):
    """The parts of a chat-completions request that we use."""

    model: str
    messages: Annotated[list[Message], msgspec.Meta(min_length=1)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None


decode = msgspec.json.Decoder(Request).decode


class Chunks:
    """The chunks of one streamed answer."""

    def __init__(self, number: int, created: int) -> None:
        start = b'data: {"id":"chatcmpl-demo-%d","object":"chat.completion.chunk","created":%d,"model":"%b",'
        self._head = start % (number, created, MODEL.encode()) + b'"choices":['

    def role(self) -> bytes:
        return self._choice(b'{"role":"assistant","content":""}', None)

    def piece(self, piece: Piece) -> bytes:
        if piece.field == "raw":
            return b"data: %b\n\n" % piece.text.encode()
        return self._choice(b'{"%b":%b}' % (piece.field.encode(), _string(piece.text)), None)

    def finish(self, reason: FinishReason | None) -> bytes:
        return self._choice(b"{}", reason)

    def usage(self, usage: Usage) -> bytes:
        return b'%b],"usage":%b}\n\n' % (self._head, _json(_counted(usage)))

    def _choice(self, delta: bytes, finish: FinishReason | None) -> bytes:
        return b'%b{"index":0,"delta":%b,"finish_reason":%b}]}\n\n' % (self._head, delta, _json(finish))


def completion(number: int, created: int, script: Script, usage: Usage) -> bytes:
    """The whole answer as one response."""
    fields = ("content", "reasoning_content", "refusal")
    said = {field: "".join(piece.text for piece in script.pieces if piece.field == field) for field in fields}
    message = {"role": "assistant", **{field: text or None for field, text in said.items()}}
    body = {
        "id": f"chatcmpl-demo-{number}",
        "object": "chat.completion",
        "created": created,
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": script.finish}],
        "usage": _counted(usage),
    }
    return json.dumps(body).encode()


def models() -> bytes:
    ours = {"id": MODEL, "object": "model", "created": 0, "owned_by": "pressroom"}
    return _json({"object": "list", "data": [ours]})


def picture(created: int, png: bytes) -> bytes:
    return _json({"created": created, "data": [{"b64_json": png}]})


def error(message: str, kind: str, code: str | None = None) -> bytes:
    return _json({"error": {"message": message, "type": kind, "param": None, "code": code}})


def _counted(usage: Usage) -> dict[str, Any]:
    counted = {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens}
    return counted | {"total_tokens": usage.tokens}


@lru_cache(maxsize=4096)
def _string(text: str) -> bytes:
    try:
        return _json(text)
    except UnicodeEncodeError:
        return json.dumps(text).encode()  # half a surrogate pair, as an escape
