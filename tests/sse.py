"""The product's viewer, with a memory of all that it was told."""

from typing import Any

import msgspec

from service.wire.events import Done, Error, Event, Stage, Token
from service.wire.viewer import Received
from service.wire.viewer import Viewer as Forgetful


class Viewer(Forgetful):
    def __init__(self, last_id: int | None = None) -> None:
        super().__init__(last_id)
        self.events: list[Event] = []
        self.ids: list[int] = []

    def feed(self, data: bytes) -> list[Received]:
        told = super().feed(data)
        self.ids += [each.id for each in told if each.id is not None]
        self.events += [each.event for each in told]
        return told

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
