"""Events as a server would send them, made by hand."""

import msgspec

from service.wire.events import Event


def body(event: Event) -> bytes:
    """An event as it stands on the wire, without its id."""
    return b"event: %b\ndata: %b\n\n" % (type(event).__name__.lower().encode(), msgspec.json.encode(event))


def frame(event_id: int, event_body: bytes) -> bytes:
    return b"id: %d\n%b" % (event_id, event_body)
