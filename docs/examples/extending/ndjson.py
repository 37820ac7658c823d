"""A dialect: a JSON object a line, for programs that read lines."""

from typing import ClassVar

import msgspec

from service.core.article import Article
from service.log.contract import Batch, Entry
from service.wire.events import told

_json = msgspec.json.Encoder().encode


class NDJSON:
    name: ClassVar[str] = "ndjson"
    media_type: ClassVar[str] = "application/x-ndjson"
    heartbeat: ClassVar[bytes] = b"\n"

    def begin(self, article: Article) -> bytes:
        return _json({"type": "begin", "article": article.id}) + b"\n"

    def encode(self, batch: Batch) -> bytes:
        return b"".join(map(_line, batch.entries))

    def end(self) -> bytes:
        return b'{"type":"end"}\n'


def _line(entry: Entry) -> bytes:
    """Made once for all viewers, and kept with its entry."""
    if entry.bytes is None:
        entry.bytes = {}
    if NDJSON not in entry.bytes:
        entry.bytes[NDJSON] = _json({"id": entry.id, "event": told(entry.event)}) + b"\n"
    return entry.bytes[NDJSON]
