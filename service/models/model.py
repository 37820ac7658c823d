"""The interface of a model: messages in, text as it arrives, one answer at the end."""

from dataclasses import dataclass
from typing import Literal, Protocol

from service.core.errors import ModelError
from service.core.events import Usage


@dataclass(frozen=True, slots=True)
class Message:
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer. `usage` includes every attempt that the provider reported."""

    text: str
    usage: Usage
    attempts: int


class Listener(Protocol):
    """Receives an answer while it arrives."""

    def append(self, delta: str) -> None:
        """More text arrived."""

    def retrying(self, attempt: int, error: ModelError, delay: float) -> None:
        """Discard the text so far: attempt number `attempt` follows in `delay` seconds."""


class Paper(Protocol):
    """Where an answer is written; viewers see it as it is written."""

    @property
    def value(self) -> str: ...

    def append(self, delta: str) -> None: ...

    def replace(self, value: str) -> None:
        """Change the existing text from the first difference on. An empty value withdraws it."""


class Painter(Protocol):
    async def paint(self, prompt: str) -> bytes | str:
        """A picture or its URL. ImageFailed after the last attempt."""
        ...


class Model(Protocol):
    async def ask(self, messages: list[Message], listener: Listener | None = None) -> Answer:
        """The model's answer, or a ModelError after the last attempt.

        Cancelling the caller closes the connection to the model before the cancellation continues.
        """
        ...
