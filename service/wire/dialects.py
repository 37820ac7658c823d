"""All dialects that a viewer can request."""

from service.wire.dialect import Dialect
from service.wire.native import NativeSSE
from service.wire.reading import Reading

DIALECTS: list[type[Dialect]] = [NativeSSE, Reading]


def dialect(name: str) -> type[Dialect] | None:
    return next((each for each in DIALECTS if each.name == name), None)
