"""Messages to and from a reader's process, each preceded by its length."""

import msgspec

HEAD = 4  # bytes of the length


class Question(msgspec.Struct, kw_only=True):
    body: bytes
    html: bool
    charset: str | None
    max_characters: int


class Reading(msgspec.Struct, kw_only=True):
    title: str
    text: str


def framed(message: Question | Reading) -> bytes:
    packed = msgspec.msgpack.encode(message)
    return len(packed).to_bytes(HEAD, "big") + packed
