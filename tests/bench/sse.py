"""What viewers received, taken apart after the load is over: HTTP chunks, events, texts, the model's stamps."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from service.demo.script import pieces
from tests.bench.processes import BenchError
from tests.bench.viewer import Received

Texts = dict[str, str]


class Event(NamedTuple):
    at: int
    name: str
    data: str


def chunks(received: Received) -> Iterator[tuple[int, bytes]]:
    """The HTTP chunks, each as one write of the server made it, with the time at which it was whole."""
    begun, held = False, b""
    for at, data in received:
        held += data
        if not begun:
            head, begun, rest = held.partition(b"\r\n\r\n")
            if not begun:
                continue
            if b" 200 " not in head.partition(b"\r\n")[0]:
                raise BenchError(f"a viewer was answered {held[:500]!r}")
            held = rest
        while (split := _split(held)) is not None:
            chunk, held = split
            if chunk:
                yield at, chunk


def _split(held: bytes) -> tuple[bytes, bytes] | None:
    """The first chunk and the rest, if it is there already."""
    size, whole, rest = held.partition(b"\r\n")
    if not whole or len(rest) < (length := int(size, 16)) + 2:
        return None
    return rest[:length], rest[length + 2 :]


def events(written: Iterable[tuple[int, bytes]]) -> Iterator[Event]:
    held = ""
    for at, chunk in written:
        *whole, held = (held + chunk.decode()).replace("\r\n", "\n").split("\n\n")
        for block in whole:
            fields = dict(line.partition(": ")[::2] for line in block.split("\n"))
            if "data" in fields:
                yield Event(at, fields.get("event", "message"), fields["data"])


def texts(happened: list[Event]) -> Texts:
    """Each streamed text, by Pressroom's one rule for a client."""
    held: dict[str, bytes] = {}
    for event in happened:
        if event.name == "token":
            data = json.loads(event.data)
            place = data["stage"] if data["section"] is None else f"{data['stage']} {data['section']}"
            held[place] = held.get(place, b"")[: 2 * data["offset"]] + data["text"].encode("utf-16-le")
    return {place: text.decode("utf-16-le") for place, text in held.items()}


def require_done(happened: list[Event]) -> None:
    last = happened[-1] if happened else None
    if last is None or last.name != "done" or json.loads(last.data)["status"] != "completed":
        raise BenchError(f"an article was not completed; its last event: {last}")


def deltas(event: Event) -> str:
    """The text in one event of any of the three: ours, the usual stack's, or the model's own."""
    if event.data == "[DONE]":
        return ""
    data: dict[str, Any] = json.loads(event.data)
    if event.name == "message":
        return data["choices"][0]["delta"].get("content", "") if data["choices"] else ""
    return data["text"] if event.name == "token" else ""


def tokens(text: str) -> int:
    """How many deltas the model made of a text."""
    return len(pieces(text))


def ages(happened: Iterable[Event]) -> list[int]:
    """How old each stamped token was when it came, in microseconds. Stamps below headings are the draft's, which is put
    in the place of an edited text that has lost them."""
    texts = [(event.at // 1000, deltas(event)) for event in happened]
    return [at - int(stamp.removeprefix("x")) for at, text in texts if "#" not in text for stamp in text.split()]
