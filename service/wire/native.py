"""The native dialect: named server-sent events with ids."""

from typing import ClassVar

import msgspec

from service.core.article import Article
from service.core.events import Done as DoneEvent
from service.core.events import Error as ErrorEvent
from service.core.events import Event, StageEvent, Token
from service.log.contract import Batch, Entry
from service.wire.events import TEXTS, told

RETRY = b"retry: 1000\n\n"  # milliseconds before an EventSource reconnects

_NAMES: dict[type[Event], bytes] = {StageEvent: b"stage", DoneEvent: b"done", ErrorEvent: b"error"}
_TEXTS = {kind: stage.encode() for kind, stage in TEXTS.items()}
_json = msgspec.json.Encoder().encode


class NativeSSE:
    name: ClassVar[str] = "native"
    media_type: ClassVar[str] = "text/event-stream"
    heartbeat: ClassVar[bytes] = b": still here\n\n"

    def begin(self, article: Article) -> bytes:
        return RETRY

    def encode(self, batch: Batch) -> bytes:
        made = batch.bytes.get(self.name)
        if made is None:
            made = batch.bytes[self.name] = b"".join(map(_frame, batch.entries))
        return made

    def end(self) -> bytes:
        return b""


def _frame(entry: Entry) -> bytes:
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
    return b"event: %b\ndata: %b\n\n" % (_NAMES[type(event)], _json(told(event)))
