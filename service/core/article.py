"""What the store gives and takes. JSON texts (`brief`, `work`, `output`) are its users' affair."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from service.core.events import ArticleStatus, StageName, StageStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    code: str
    message: str
    retryable: bool
    stage: StageName | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    id: str
    topic: str
    title: str
    version: int
    brief: str
    work: str | None
    status: ArticleStatus
    epoch: int
    run: int
    terminal_id: int | None
    content: str
    words: int
    failure: Failure | None
    created_at: datetime
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRun:
    run: int
    stage: StageName
    section: int | None
    status: StageStatus
    started_at: datetime
    output: str | None = None
    attempt: int = 1
    prompt_tokens: int = 0
    completion_tokens: int = 0
    ended_at: datetime | None = None
    error_code: str | None = None
    error_message: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """An article with what is stored of its stages; if claimed, this process's to write."""

    article: Article
    stage_runs: list[StageRun]


Reason = Literal["written", "edited", "restored", "rewritten"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    version: int
    title: str
    content: str
    words: int
    reason: Reason
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A new version, made from version `base`. None: what was there stays."""

    base: int
    title: str | None
    content: str | None
    words: int
    reason: Reason = "edited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run has ended, as it is stored in one transaction."""

    status: ArticleStatus
    terminal_id: int
    title: str
    content: str | None  # None: what was there stays
    reason: Reason
    words: int
    failure: Failure | None
    finished_at: datetime
    cut_short: list[StageRun]
