"""The interface of a model: messages in, text as it arrives, one answer at the end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from service.core.model_errors import ModelError
from service.core.purse import Purse
from service.core.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Message:
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Fitting:
    """Messages whose material may be cut, so that they fit into the model's context window."""

    within: Callable[[int], list[Message]]  # makes them with so many characters of the material
    most: int  # characters of it


Asked = list[Message] | Fitting


def whole(asked: Asked) -> list[Message]:
    """The messages with all of their material."""
    return asked.within(asked.most) if isinstance(asked, Fitting) else asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """How long an answer may be, its form, and who pays for it."""

    tokens: int | None = None
    schema: Mapping[str, object] | None = None  # a JSON schema; a server that can't hold the model to it ignores it
    purse: Purse | None = None  # None: nobody counts


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer."""

    text: str
    cut: bool = False  # stopped before its end, by a limit or because the model repeated itself: to go on from


CALLS = 400  # at the same time, of a server that does not say how many it can answer
ANYTHING = Want()
Phase = Literal["waiting", "reading", "thinking", "writing"]  # for other calls' ends, the prompt, before text, text


class Listener(Protocol):
    """Receives an answer while it arrives."""

    def append(self, delta: str) -> None:
        """More text arrived."""

    def retrying(self, attempt: int, error: ModelError, delay: float) -> None:
        """Discard the text so far: attempt number `attempt` follows in `delay` seconds."""

    def running(self, phase: Phase, text: str) -> None:
        """A second has passed in this phase, with the text so far."""


class Paper(Protocol):
    """Where an answer is written; viewers see it as it is written."""

    @property
    def value(self) -> str: ...

    def append(self, delta: str) -> None: ...

    def replace(self, value: str) -> None:
        """Change the existing text from the first difference on. An empty value withdraws it."""


class Painter(Protocol):
    async def paint(self, prompt: str, purse: Purse | None = None) -> bytes | str:
        """A picture or its URL. ImageFailed after the last attempt."""
        ...


class Model(Protocol):
    def about(self) -> list[Sentence]:
        """What it can do, as far as it is known."""
        ...

    async def small(self, listener: Listener | None = None) -> bool:
        """Whether it is known to have so few parameters that it loses much of a long text, and seldom finds an end."""
        ...

    async def ask(self, asked: Asked, listener: Listener | None = None, want: Want = ANYTHING) -> Answer:
        """The model's answer, or a ModelError after the last attempt. Of the material that may be cut it is given as
        much as it can take.

        Cancelling the caller closes the connection to the model before the cancellation continues.
        """
        ...
