"""The stream's frames, for those who tell them in other words."""

from collections.abc import Iterator
from typing import NamedTuple


class Frame(NamedTuple):
    id: str
    name: bytes
    data: bytes


def frames(piece: bytes) -> Iterator[Frame]:
    """The events in a piece that a channel gives its viewers."""
    for frame in piece.split(b"\n\n"):
        fields = frame.split(b"\n")
        if len(fields) == 3:  # the stream's retry is shorter
            yield Frame(fields[0][4:].decode(), fields[1][7:], fields[2][6:])
