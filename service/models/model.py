"""What the rest of the house knows of a model: messages in, text as it comes, one answer at the end."""

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
    """A whole answer. `usage` counts every try that the provider reported on."""

    text: str
    usage: Usage
    attempts: int


class Listener(Protocol):
    """Hears an answer while it is being given."""

    def append(self, delta: str) -> None:
        """More text has come."""

    def retrying(self, attempt: int, error: ModelError, delay: float) -> None:
        """All text so far is void; the call is made again in `delay` seconds, for the `attempt`-th time."""


class Paper(Protocol):
    """What an answer is written on; viewers see it as it is written."""

    @property
    def value(self) -> str: ...

    def append(self, delta: str) -> None: ...

    def replace(self, value: str) -> None:
        """Change what is already there, from where the change begins; to nothing withdraws it."""


class Painter(Protocol):
    async def paint(self, prompt: str) -> bytes | str:
        """A picture, or the URL of one; ImageFailed when there is none within its tries."""
        ...


class Model(Protocol):
    async def ask(self, messages: list[Message], listener: Listener | None = None) -> Answer:
        """The model's answer, or a ModelError when it gave none within its tries.

        Cancelling the caller closes the connection to the model before the cancellation goes on.
        """
        ...
