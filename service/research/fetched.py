"""The result of a fetch."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """The decompressed body, and the content type that the server sent."""

    url: str
    content_type: str
    charset: str | None
    body: bytes
