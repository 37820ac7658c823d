"""Runs: one piece of work on an article, and the epochs that fence its writer."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from service.core.article import Article, Failure, Reason
from service.core.events import ArticleStatus, StageStatus, Usage
from service.core.sections import Mark
from service.core.sentences import Sentence

STRIDE = 1024
DONE: tuple[StageStatus, ...] = ("completed", "skipped")
CANCELLED = "cancelled"  # the message of a cancellation that ends a run permanently


def event_id(epoch: int, n: int) -> int:
    """The id of an epoch's n-th event. The numbers between two events are for the parts of a snapshot."""
    return (epoch << 32) + n * STRIDE


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRun:
    """The record of a stage of a run: agent log and checkpoint. `output` is JSON that only its stage reads."""

    run: int
    stage: str
    section: int | None
    status: StageStatus
    started_at: datetime
    output: str | None = None
    attempt: int = 1
    prompt_tokens: int = 0
    completion_tokens: int = 0
    ended_at: datetime | None = None
    error: Sentence | None = None
    cost: float | None = None  # as the provider told it

    @property
    def usage(self) -> Usage:
        return Usage(self.prompt_tokens, self.completion_tokens, self.cost)

    def costing(self, more: Usage) -> "StageRun":
        """The record, with this added to what it has used."""
        used = self.usage + more
        counted = {"prompt_tokens": used.prompt_tokens, "completion_tokens": used.completion_tokens}
        return replace(self, **counted, cost=used.cost)


def revision(stage_runs: Iterable[StageRun], stage: str) -> int:
    """A number that grows with each change of the stage's output; 0 if it never had one."""
    return sum(record.attempt for record in stage_runs if record.stage == stage)


@dataclass(frozen=True, slots=True)
class Stored:
    """An article with its stage runs."""

    article: Article
    stage_runs: list[StageRun]


@dataclass(frozen=True, slots=True)
class RollCall:
    """The other processes, with a number that rises as long as one lives, what this one writes, and who was found to
    have stopped."""

    beats: dict[str, int]
    ours: set[str]
    stopped: set[str]


class Claim(Stored):
    """An article to write, in a new epoch: writers of earlier epochs are refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The end of a run, stored in one transaction."""

    status: ArticleStatus
    terminal_id: int
    title: str
    content: str | None  # None: unchanged
    sections: tuple[Mark, ...]  # of the content
    reason: Reason
    words: int
    failure: Failure | None
    finished_at: datetime
    stage_runs: list[StageRun]  # that the end has changed
