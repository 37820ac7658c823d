"""The events of an article, as values. The dialects in wire/ turn them into bytes."""

from datetime import datetime
from typing import Literal

import msgspec

from service.core.sentences import Sentence
from service.core.texts import TextKind

ArticleStatus = Literal["pending", "processing", "awaiting_review", "completed", "failed", "cancelled"]
StageStatus = Literal["started", "running", "completed", "retrying", "skipped", "failed", "cancelled"]


class Usage(msgspec.Struct, frozen=True):
    """Tokens as the provider counted them, and what they cost if it told that."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = None

    def __add__(self, other: "Usage") -> "Usage":
        costs = [cost for cost in (self.cost, other.cost) if cost is not None]
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            sum(costs) if costs else None,
        )

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens


class Output(msgspec.Struct, tag_field="kind", frozen=True):
    """A stage's output, as stored."""


class StageData(Output, frozen=True):
    """What events show of a stage besides its status: often the output itself."""


class Place(StageData, tag="place", frozen=True, kw_only=True):
    """A pending article's place in the queue; the next to start is 1."""

    place: int


class Words(StageData, tag="words", frozen=True, kw_only=True):
    """The length of a finished text."""

    words: int


class Retry(StageData, tag="retry", frozen=True, kw_only=True):
    """Why and when a model call is retried."""

    attempt: int
    code: str
    delay_ms: int


class Share(msgspec.Struct, frozen=True):
    """The part of a run's progress that belongs to a stage."""

    stage: str
    start: int
    end: int


class Plan(StageData, tag="plan", frozen=True, kw_only=True):
    """The stages of a run."""

    stages: list[Share]


class StageEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A stage, or the article itself, changed its status."""

    run: int
    stage: str
    section: int | None
    status: StageStatus | ArticleStatus
    progress: int
    sentence: Sentence
    at: datetime
    elapsed_ms: int | None = None
    data: StageData | None = None


class Token(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Text: `text[kind, section] = text.slice(0, offset) + token.text`, offsets in UTF-16 code units."""

    run: int
    kind: TextKind
    section: int | None
    offset: int
    text: str


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """The run has ended: the article is complete or was cancelled. The last event of its run."""

    article_id: str
    run: int
    status: Literal["completed", "cancelled"]
    progress: int
    words: int
    usage: Usage
    elapsed_ms: int


class Error(msgspec.Struct, frozen=True, kw_only=True):
    """The run has failed. The last event of its run."""

    run: int
    sentence: Sentence
    retryable: bool
    stage: str | None


Terminal = Done | Error
Event = StageEvent | Token | Done | Error
