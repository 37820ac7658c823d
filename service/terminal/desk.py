"""A desk in memory, which lasts as long as the command."""

import time
from dataclasses import dataclass, field
from typing import Protocol

from service.core.errors import ImageFailed
from service.core.events import Output, Usage
from service.core.model_errors import ModelError
from service.core.outline import Outline, assemble
from service.core.sentences import Sentence
from service.core.texts import ARTICLE, TextKey, draft
from service.core.work import Work
from service.messages import say
from service.stages.desk import Tools
from service.stages.outline import OutlineStage

Run = tuple[str, int | None]  # a stage and its section


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
    """Shows progress."""

    def started(self, stage: str, section: int | None) -> None: ...

    def ended(self, stage: str, section: int | None, output: Output, seconds: float) -> None: ...

    def retrying(self, stage: str, section: int | None, why: str) -> None: ...

    def running(self, stage: str, section: int | None, what: str) -> None: ...


@dataclass
class MemoryDesk:
    tools: Tools
    teller: Teller
    papers: dict[TextKey, Paper]
    _outputs: dict[Run, Output] = field(default_factory=dict)
    _began: dict[Run, float] = field(default_factory=dict)

    @property
    def outline(self) -> Outline | None:
        outline = self.saved(OutlineStage.name, None)
        return outline if isinstance(outline, Outline) else None

    @property
    def text(self) -> str:
        """The article text, or the draft so far before editing begins."""
        if (text := self.paper(ARTICLE).value) or self.outline is None:
            return text
        texts = {n: self.paper(draft(n)).value for n in range(1, len(self.outline.sections) + 1)}
        return assemble(self.outline, texts) if any(texts.values()) else ""

    def saved(self, stage: str, section: int | None) -> Output | None:
        return self._outputs.get((stage, section))

    async def start(self, stage: str, section: int | None) -> None:
        self._began[stage, section] = time.monotonic()
        self.teller.started(stage, section)

    def paper(self, key: TextKey) -> Paper:
        return self.papers.setdefault(key, Paper())

    def retrying(self, stage: str, section: int | None, attempt: int, error: ModelError, delay: float) -> None:
        self.teller.retrying(stage, section, say(error.sentence))

    def running(self, stage: str, section: int | None, sentence: Sentence) -> None:
        self.teller.running(stage, section, say(sentence))

    def spent(self, stage: str, section: int | None, usage: Usage) -> None:
        pass

    async def save(self, stage: str, section: int | None, output: Output, work: Work) -> None:
        self._outputs[stage, section] = output
        self.teller.ended(stage, section, output, time.monotonic() - self._began[stage, section])

    async def keep(self, picture: bytes, media_type: str) -> str:
        raise ImageFailed("terminal")
