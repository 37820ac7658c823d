"""A viewer that applies the one rule: what every client of the stream must do, and no more."""

from collections import defaultdict
from typing import NamedTuple

import msgspec

from service.core.errors import StreamBroken
from service.wire.events import Event, Token

Key = tuple[str, int | None]

_decode = msgspec.json.Decoder(Event).decode


class Received(NamedTuple):
    """A received event."""

    id: int | None  # None while nobody writes the article
    event: Event


class Viewer:
    """Takes bytes cut anywhere. Raises StreamBroken if the stream breaks a rule."""

    def __init__(self, last_id: int | None = None) -> None:
        self.last_id = last_id
        self.retry: int | None = None
        self.comments = 0
        self._texts: defaultdict[Key, bytearray] = defaultdict(bytearray)
        self._rest = b""

    @property
    def texts(self) -> dict[Key, str]:
        return {key: text.decode("utf-16-le", errors="replace") for key, text in self._texts.items()}

    def feed(self, data: bytes) -> list[Received]:
        """The events that are now complete."""
        *blocks, self._rest = (self._rest + data).replace(b"\r\n", b"\n").split(b"\n\n")
        try:
            return [received for block in blocks if (received := self._block(block))]
        except (KeyError, ValueError):  # msgspec's errors are ValueErrors
            raise StreamBroken("unreadable") from None

    def cut(self) -> None:
        """The connection is lost, and with it any incomplete event."""
        self._rest = b""

    def _block(self, block: bytes) -> Received | None:
        fields: dict[str, str] = {}
        for line in block.decode().split("\n"):
            name, _, value = line.partition(":")
            if name:
                fields[name] = value.removeprefix(" ")
            else:
                self.comments += 1
        if "retry" in fields:
            self.retry = int(fields["retry"])
        return self._event(fields) if "data" in fields else None

    def _event(self, fields: dict[str, str]) -> Received:
        received = Received(int(fields["id"]) if "id" in fields else None, _decode(fields["data"]))
        if type(received.event).__name__.lower() != fields.get("event"):
            raise StreamBroken("names_differ")
        if received.id is not None:
            self.last_id = received.id
        if isinstance(received.event, Token):
            self._token(received.event)
        return received

    def _token(self, token: Token) -> None:
        held = self._texts[token.stage, token.section]
        at = 2 * token.offset  # a UTF-16 code unit is two bytes
        if at > len(held):
            raise StreamBroken(
                "gap", text=f"{token.stage} {token.section or ''}".rstrip(), offset=token.offset, held=len(held) // 2
            )
        held[at:] = token.text.encode("utf-16-le")
