"""A dialect: one JSON object per line, for programs that read lines."""

from typing import ClassVar

import msgspec

from service.core.article import Article
from service.log.contract import Batch, Entry
from service.wire.events import wire_event

_json = msgspec.json.Encoder().encode


class NDJSON:
    name: ClassVar[str] = "ndjson"
    media_type: ClassVar[str] = "application/x-ndjson"
    heartbeat: ClassVar[bytes] = b"\n"

    def begin(self, article: Article) -> bytes:
        return _json({"type": "begin", "article": article.id}) + b"\n"

    def encode(self, batch: Batch) -> bytes:
        if self.name not in batch.bytes:  # made once for all viewers
            batch.bytes[self.name] = b"".join(map(_line, batch.entries))
        return batch.bytes[self.name]

    def end(self) -> bytes:
        return b'{"type":"end"}\n'


def _line(entry: Entry) -> bytes:
    return _json({"id": entry.id, "event": wire_event(entry.event)}) + b"\n"
