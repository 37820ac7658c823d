"""What dialects of server-sent events share."""

from abc import ABC, abstractmethod
from typing import ClassVar

from service.core.article import Article
from service.log.contract import Batch, Entry

RETRY = b"retry: 1000\n\n"  # milliseconds before an EventSource reconnects


class SSE(ABC):
    name: ClassVar[str]
    media_type: ClassVar[str] = "text/event-stream"
    heartbeat: ClassVar[bytes] = b": still here\n\n"

    def begin(self, article: Article) -> bytes:
        return RETRY

    def encode(self, batch: Batch) -> bytes:
        made = batch.bytes.get(self.name)
        if made is None:
            made = batch.bytes[self.name] = b"".join(map(self.frame, batch.entries))
        return made

    def end(self) -> bytes:
        return b""

    @staticmethod
    @abstractmethod
    def frame(entry: Entry) -> bytes: ...
