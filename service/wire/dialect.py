"""A dialect: a format for an article's events. A new one is a file and a line in dialects.py."""

from typing import ClassVar, Protocol

from service.core.article import Article
from service.log.contract import Batch


class Dialect(Protocol):
    """One instance per viewer. Bytes that are the same for all viewers are made once and kept in the batch."""

    name: ClassVar[str]
    media_type: ClassVar[str]
    heartbeat: ClassVar[bytes]  # sent regularly, so that no proxy takes the stream for dead

    def begin(self, article: Article) -> bytes:
        """Bytes before the first event."""
        ...

    def encode(self, batch: Batch) -> bytes: ...

    def end(self) -> bytes:
        """Bytes after the last event."""
        ...
