"""A dialect: a way of putting an article's events on a wire. A new one is a file and a line in dialects.py."""

from typing import ClassVar, Protocol

from service.core.article import Article
from service.log.contract import Batch


class Dialect(Protocol):
    """One for each viewer. Bytes that are the same for all viewers are made once and kept with their entry."""

    name: ClassVar[str]
    media_type: ClassVar[str]
    heartbeat: ClassVar[bytes]  # sent now and then, so that nobody in between takes the stream for dead

    def begin(self, article: Article) -> bytes:
        """What comes before the first event."""
        ...

    def encode(self, batch: Batch) -> bytes: ...

    def end(self) -> bytes:
        """What comes after the last event."""
        ...
