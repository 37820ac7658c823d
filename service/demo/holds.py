"""Holds calls at a stage until they are released, so that tests can act while they are in progress."""

import asyncio
import re
from dataclasses import dataclass, field
from typing import get_args

import msgspec

from service.demo.asked import Kind

_stage = re.compile(rf"section [1-9]\d*|image|{'|'.join(get_args(Kind))}")


class Wanted(msgspec.Struct, frozen=True):
    """What to hold or release: a kind of call, or a section by number ("section 2")."""

    stage: str | None = None
    after: int = 0  # tokens sent before the hold


@dataclass(slots=True, eq=False)
class Hold:
    after: int
    waiting: int = 0
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self) -> None:
        self.waiting += 1
        try:
            await self._released.wait()
        finally:
            self.waiting -= 1

    def release(self) -> None:
        self._released.set()


class Holds:
    """The held stages. A call checks them when it begins."""

    def __init__(self) -> None:
        self._holds: dict[str, Hold] = {}

    @property
    def waiting(self) -> int:
        """The calls that have reached their hold."""
        return sum(hold.waiting for hold in self._holds.values())

    def hold(self, stage: str, after: int = 0) -> None:
        if not _stage.fullmatch(stage):
            raise ValueError(f"there is no stage {stage!r} to hold")
        self.release(stage)
        self._holds[stage] = Hold(after)

    def release(self, stage: str | None = None) -> None:
        """Release a stage, or all stages."""
        for name in [stage] if stage else list(self._holds):
            if hold := self._holds.pop(name, None):
                hold.release()

    def at(self, kind: str, number: int | None = None) -> Hold | None:
        return self._holds.get(f"{kind} {number}") or self._holds.get(kind)
