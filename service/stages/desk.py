"""The desk: all that a flow knows of the world outside. Behind it are the store and the channel."""

from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from service.core.errors import ModelError
from service.core.events import Image, Missed, Outline, Seo, StageName, TextStage, Usage
from service.core.tally import ModelTally
from service.models.model import Model, Painter, Paper
from service.research.engines import SearchEngine
from service.research.fetching import Fetcher


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What writers may cite as `[id]`."""

    id: int
    title: str
    url: str | None
    text: str


class Research(msgspec.Struct, tag="research", tag_field="kind", frozen=True, kw_only=True):
    """The sources, what they say in short, and why a search that was asked for gave none."""

    sources: list[Source]
    synthesis: str
    missed: list[Missed] = []
    search_failure: str | None = None


class Written(msgspec.Struct, tag="written", tag_field="kind", frozen=True, omit_defaults=True):
    """A finished text, and how many citations of sources that do not exist were taken out of it."""

    text: str
    dropped: int = 0


class Skipped(msgspec.Struct, tag="skipped", tag_field="kind", frozen=True):
    """A stage that could not be, and why; the article goes on without it."""

    reason: str


Output = Research | Outline | Written | Seo | Image | Skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What the operator has set up."""

    model: Model
    fetcher: Fetcher
    engine: SearchEngine | None = None
    painter: Painter | None = None
    tally: ModelTally = field(default_factory=ModelTally)  # the model's


class Desk(Protocol):
    @property
    def tools(self) -> Tools: ...

    def saved(self, stage: StageName, section: int | None) -> Output | None:
        """What this stage gave before a restart or retry: it is not done again."""
        ...

    async def start(self, stage: StageName, section: int | None) -> None:
        """Store that the stage has started, then tell."""

    def paper(self, stage: TextStage, section: int | None) -> Paper: ...

    def retrying(self, stage: StageName, section: int | None, attempt: int, error: ModelError, delay: float) -> None:
        """Tell that a model call is made again."""

    async def save(self, stage: StageName, section: int | None, output: Output, usage: Usage, attempts: int) -> None:
        """Store what the stage gave, then tell that it is completed, or skipped."""

    async def keep(self, picture: bytes, media_type: str) -> str:
        """Store the article's picture; its URL."""
        ...
