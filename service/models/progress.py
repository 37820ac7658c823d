"""Tells a listener what its call waits for, once a second: nothing of calls that are quicker."""

import asyncio
from types import TracebackType
from typing import Self

from service.models.model import Listener, Phase
from service.models.reading import Reading

EVERY = 1.0  # seconds


class Progress:
    """Of one call, with all its attempts."""

    def __init__(self, listener: Listener | None) -> None:
        self._listener = listener
        self._timer: asyncio.TimerHandle | None = None
        self.reading: Reading | None = None  # of the attempt that was sent; None while it waits

    def __enter__(self) -> Self:
        if self._listener is not None:
            self._timer = asyncio.get_running_loop().call_later(EVERY, self._tell, self._listener)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _tell(self, listener: Listener) -> None:
        self._timer = asyncio.get_running_loop().call_later(EVERY, self._tell, listener)
        listener.running(*self._now())

    def _now(self) -> tuple[Phase, str]:
        if self.reading is None:
            return "waiting", ""
        if text := self.reading.text:
            return "writing", text
        return ("thinking" if self.reading.reasons else "reading"), ""
