"""Faults of transport and form: the answer is fine, but the stream is broken."""

from collections.abc import Callable
from dataclasses import replace

from service.demo.script import End, Piece, Script

SEEDLING = "🌱"  # a surrogate pair to split
DASH = "—"  # in every canned answer


def _some(script: Script) -> tuple[Piece, ...]:
    return script.pieces[: max(1, len(script.pieces) // 3)]


def _stall(script: Script) -> Script:
    return replace(script, pieces=_some(script), end=End.SILENCE)


def _silent(script: Script) -> Script:
    return replace(script, pieces=(), end=End.SILENCE)


def _cut(script: Script) -> Script:
    return replace(script, pieces=_some(script), end=End.ABORT)


def _comments(script: Script) -> Script:
    return replace(script, pieces=_some(script), end=End.COMMENTS)


def _bad_chunk(script: Script) -> Script:
    head = _some(script)
    return replace(script, pieces=(*head, Piece("raw", '{"choices":[{"delta":'), *script.pieces[len(head) :]))


def _surrogate(script: Script) -> Script:
    return _with_seedlings_as(script, "\ud83c", "\udf31")


def _lone_surrogate(script: Script) -> Script:
    return _with_seedlings_as(script, "\ud83c")


def _line_separator(script: Script) -> Script:
    return _with_seedlings_as(script, f"{SEEDLING}\u2028\u0085")


def _with_seedlings_as(script: Script, *parts: str) -> Script:
    """A seedling after each dash, as these parts, with a new delta for each part but the first."""
    torn = [
        Piece(piece.field, text)
        for piece in script.pieces
        for text in piece.text.replace(DASH, DASH + "\0".join(parts)).split("\0")
    ]
    return replace(script, pieces=tuple(torn))


STATUSES: dict[str, int] = {
    "rate_limit": 429,  # with Retry-After
    "server_error": 500,
}

BROKEN: dict[str, Callable[[Script], Script]] = {
    "stall": _stall,  # some tokens, then nothing
    "silent": _silent,  # never the first token
    "cut": _cut,  # some tokens, then a TCP reset
    "comments": _comments,  # some tokens, then keep-alive comments only
    "bad_chunk": _bad_chunk,  # a data line in mid-stream that is not JSON
    "surrogate": _surrogate,  # emojis split over two deltas
    "lone_surrogate": _lone_surrogate,  # halves of emojis
    "line_separator": _line_separator,  # raw U+2028 and U+0085 after emojis
}
