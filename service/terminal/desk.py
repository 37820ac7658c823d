"""A desk in memory: what is on it lasts as long as the command."""

import time
from dataclasses import dataclass, field
from typing import Protocol

from service.core.errors import ImageFailed, ModelError
from service.core.events import Outline, StageName, TextStage, Usage
from service.messages import say
from service.stages.desk import Output, Tools
from service.stages.nodes import assemble

Key = tuple[StageName, int | None]


class Paper:
    def __init__(self) -> None:
        self._parts: list[str] = []

    @property
    def value(self) -> str:
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    def append(self, delta: str) -> None:
        self._parts.append(delta)

    def replace(self, value: str) -> None:
        self._parts = [value]


class Teller(Protocol):
    """Shows what happens at the desk."""

    def started(self, stage: StageName, section: int | None) -> None: ...

    def ended(self, stage: StageName, section: int | None, output: Output, seconds: float) -> None: ...

    def retrying(self, stage: StageName, section: int | None, why: str) -> None: ...


@dataclass
class MemoryDesk:
    tools: Tools
    teller: Teller
    papers: dict[Key, Paper]
    _outputs: dict[Key, Output] = field(default_factory=dict)
    _began: dict[Key, float] = field(default_factory=dict)

    @property
    def outline(self) -> Outline | None:
        outline = self.saved("outline", None)
        return outline if isinstance(outline, Outline) else None

    @property
    def text(self) -> str:
        """The article; before its styling has begun, its draft so far."""
        if (styled := self.paper("style", None).value) or self.outline is None:
            return styled
        texts = {n: self.paper("content", n).value for n in range(1, len(self.outline.sections) + 1)}
        return assemble(self.outline, texts) if any(texts.values()) else ""

    def saved(self, stage: StageName, section: int | None) -> Output | None:
        return self._outputs.get((stage, section))

    async def start(self, stage: StageName, section: int | None) -> None:
        self._began[stage, section] = time.monotonic()
        self.teller.started(stage, section)

    def paper(self, stage: TextStage, section: int | None) -> Paper:
        return self.papers.setdefault((stage, section), Paper())

    def retrying(self, stage: StageName, section: int | None, attempt: int, error: ModelError, delay: float) -> None:
        self.teller.retrying(stage, section, say(error.sentence))

    async def save(self, stage: StageName, section: int | None, output: Output, usage: Usage, attempts: int) -> None:
        self._outputs[stage, section] = output
        self.teller.ended(stage, section, output, time.monotonic() - self._began[stage, section])

    async def keep(self, picture: bytes, media_type: str) -> str:
        raise ImageFailed("no_place")
