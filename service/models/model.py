"""The interface of a model: messages in, text as it arrives, one answer at the end."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from service.core.errors import ModelError
from service.core.events import Usage


@dataclass(frozen=True, slots=True)
class Message:
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """How long an answer may be, and its form."""

    tokens: int | None = None
    schema: Mapping[str, object] | None = None  # a JSON schema; a server that can't hold the model to it ignores it


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer. `usage` includes every attempt."""

    text: str
    usage: Usage
    attempts: int
    cut: bool = False  # stopped before its end, by a limit or because the model repeated itself: to go on from


ANYTHING = Want()


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
    async def ask(self, messages: list[Message], listener: Listener | None = None, want: Want = ANYTHING) -> Answer:
        """The model's answer, or a ModelError after the last attempt.

        Cancelling the caller closes the connection to the model before the cancellation continues.
        """
        ...
