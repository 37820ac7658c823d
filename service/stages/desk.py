"""The desk: all that a stage can use. The store and the log are behind it."""

from dataclasses import dataclass, field, replace
from typing import Protocol

from service.core.events import Output, Usage
from service.core.kept import Answers
from service.core.model_errors import ModelError
from service.core.purse import Purse
from service.core.sentences import Sentence
from service.core.tally import ModelTally
from service.core.texts import TextKey
from service.core.work import Work
from service.models.model import Model, Painter, Paper
from service.models.paid import PaidModel, PaidPainter
from service.research.engines import SearchEngine
from service.research.fetching import Fetcher


class Written(Output, tag="written", frozen=True, omit_defaults=True):
    """A finished text, and how many citations of unknown sources were removed from it."""

    text: str
    dropped: int = 0


class Skipped(Output, tag="skipped", frozen=True):
    """A stage that could not run, and why; the article goes on without it."""

    why: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What the operator configured."""

    model: Model
    fetcher: Fetcher
    engine: SearchEngine | None = None
    painter: Painter | None = None
    tally: ModelTally = field(default_factory=ModelTally)  # the model's

    def paid_from(self, purse: Purse, answers: Answers | None = None) -> "Tools":
        painter = None if self.painter is None else PaidPainter(self.painter, purse)
        return replace(self, model=PaidModel(self.model, purse, answers), painter=painter)


class Desk(Protocol):
    @property
    def tools(self) -> Tools: ...

    def saved(self, stage: str, section: int | None) -> Output | None:
        """The output stored before a restart or retry: the stage does not run again."""
        ...

    async def start(self, stage: str, section: int | None) -> None:
        """Store that the stage started, then emit the event."""

    def paper(self, key: TextKey) -> Paper: ...

    def retrying(self, stage: str, section: int | None, attempt: int, error: ModelError, delay: float) -> None:
        """Emit that a model call is retried."""

    def running(self, stage: str, section: int | None, sentence: Sentence) -> None:
        """Emit what a model call waits for, or how far it is."""

    def spent(self, stage: str, section: int | None, usage: Usage) -> None:
        """Count the tokens of a call that failed."""

    async def save(self, stage: str, section: int | None, output: Output, work: Work) -> None:
        """Store the output, then emit that the stage is completed or skipped."""

    async def keep(self, picture: bytes, media_type: str) -> str:
        """Store the article's picture and return its URL."""
        ...
