"""The desk: all that a flow knows of the world outside. Behind it are the store and the channel."""

from typing import Protocol

import msgspec

from service.errors import ModelError
from service.events import Outline, StageName, TextStage, Usage
from service.llm.model import Model


class Written(msgspec.Struct, tag="written", tag_field="kind", frozen=True):
    """A finished text."""

    text: str


Output = Outline | Written


class Paper(Protocol):
    """What a stage writes on; viewers see it as it is written."""

    def append(self, delta: str) -> None: ...

    def replace(self, value: str) -> None:
        """Change what is already there, from where the change begins; to nothing withdraws it."""


class Desk(Protocol):
    @property
    def model(self) -> Model: ...

    def saved(self, stage: StageName, section: int | None) -> Output | None:
        """What this stage gave before a restart or retry: it is not done again."""
        ...

    async def start(self, stage: StageName, section: int | None) -> None:
        """Store that the stage has started, then tell."""

    def paper(self, stage: TextStage, section: int | None) -> Paper: ...

    def retrying(self, stage: StageName, section: int | None, attempt: int, error: ModelError, delay: float) -> None:
        """Tell that a model call is made again."""

    async def save(self, stage: StageName, section: int | None, output: Output, usage: Usage, attempts: int) -> None:
        """Store what the stage gave, then tell that it is completed."""
