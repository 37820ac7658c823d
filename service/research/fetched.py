"""What a fetch brings."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """The body as it came, decompressed. `content_type` is what the server says."""

    url: str
    content_type: str
    charset: str | None
    body: bytes
