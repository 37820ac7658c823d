"""The native dialect: named server-sent events with ids."""

from typing import ClassVar

import msgspec

from service.core.events import Done as DoneEvent
from service.core.events import Error as ErrorEvent
from service.core.events import Event, StageEvent, Token
from service.log.contract import Entry
from service.wire.events import TEXTS, wire_event
from service.wire.sse import SSE

_NAMES: dict[type[Event], bytes] = {StageEvent: b"stage", DoneEvent: b"done", ErrorEvent: b"error"}
_TEXTS = {kind: stage.encode() for kind, stage in TEXTS.items()}
_json = msgspec.json.Encoder().encode


class NativeSSE(SSE):
    name: ClassVar[str] = "native"

    @staticmethod
    def frame(entry: Entry) -> bytes:
        body = _body(entry.event)
        return body if entry.id is None else b"id: %d\n%b" % (entry.id, body)


def _body(event: Event) -> bytes:
    if isinstance(event, Token):  # formatted by hand: this is the token path
        section = b"null" if event.section is None else b"%d" % event.section
        return b'event: token\ndata: {"type":"token","run":%d,"stage":"%b","section":%b,"offset":%d,"text":%b}\n\n' % (
            event.run,
            _TEXTS[event.kind],
            section,
            event.offset,
            _json(event.text),
        )
    return b"event: %b\ndata: %b\n\n" % (_NAMES[type(event)], _json(wire_event(event)))
