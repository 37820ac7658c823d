"""A viewer as the one rule makes it: what every client of the stream has to do, and no more."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from service.events import Done, Error, Event, Stage, Token

Key = tuple[str, int | None]

_decode = msgspec.json.Decoder(Stage | Token | Done | Error).decode


@dataclass
class Viewer:
    """Fed with bytes, cut anywhere."""

    last_id: int | None = None
    texts: dict[Key, str] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    retry: int | None = None
    comments: int = 0
    _rest: bytes = b""

    def feed(self, data: bytes) -> None:
        *blocks, self._rest = (self._rest + data).replace(b"\r\n", b"\n").split(b"\n\n")
        for block in blocks:
            self._block(block.decode())

    def cut(self) -> None:
        """The connection is gone, and with it what had not fully arrived."""
        self._rest = b""

    def _block(self, block: str) -> None:
        fields: dict[str, str] = {}
        for line in block.split("\n"):
            name, _, value = line.partition(":")
            if name:
                fields[name] = value.removeprefix(" ")
            else:
                self.comments += 1
        if "retry" in fields:
            self.retry = int(fields["retry"])
        if "data" in fields:
            self._event(fields)

    def _event(self, fields: dict[str, str]) -> None:
        event = _decode(fields["data"])
        assert type(event).__name__.lower() == fields["event"], "the event's name and its type differ"
        self.last_id = int(fields["id"])
        self.ids.append(self.last_id)
        self.events.append(event)
        if isinstance(event, Token):
            self._token(event)

    def _token(self, token: Token) -> None:
        key = (token.stage, token.section)
        held = self.texts.get(key, "").encode("utf-16-le")
        assert 2 * token.offset <= len(held), f"a gap in {key}: {token.offset} after {len(held) // 2}"
        self.texts[key] = (held[: 2 * token.offset] + token.text.encode("utf-16-le")).decode("utf-16-le")

    def tokens(self) -> list[Token]:
        return [event for event in self.events if isinstance(event, Token)]

    def stages(self) -> list[Stage]:
        return [event for event in self.events if isinstance(event, Stage)]

    @property
    def end(self) -> Done | Error | None:
        last = self.events[-1] if self.events else None
        return last if isinstance(last, Done | Error) else None


def event_dict(event: Event) -> dict[str, Any]:
    return msgspec.to_builtins(event)
