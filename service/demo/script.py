"""The script of an answer: pieces of text in order, and how it ends."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Literal, NamedTuple

Field = Literal["content", "reasoning_content", "refusal", "raw"]
FinishReason = Literal["stop", "length", "content_filter"]

_token = re.compile(r"\s*\S+|\s+")


class Piece(NamedTuple):
    """The content of one chunk: text for a field of the delta, or raw data that is not JSON."""

    field: Field
    text: str


class End(Enum):
    DONE = "the finish reason and [DONE]"
    QUIET = "the connection closed properly, without either"
    SILENCE = "nothing more, the connection stays open"
    COMMENTS = "comment lines without end"
    ABORT = "the connection aborted"


@dataclass(frozen=True, slots=True)
class Script:
    pieces: tuple[Piece, ...]
    finish: FinishReason | None = "stop"
    end: End = End.DONE


def pieces(text: str, field: Field = "content") -> tuple[Piece, ...]:
    """The text as words, each with the white space before it."""
    return tuple(Piece(field, token) for token in _token.findall(text))
