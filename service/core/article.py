"""An article as stored, its versions, and changes to it. `brief` and `rewrite` are JSON that is not decoded here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from service.core.events import ArticleStatus
from service.core.sections import Mark
from service.core.sentences import Sentence

LIVE: tuple[ArticleStatus, ...] = ("pending", "processing", "awaiting_review")
FINISHED: tuple[ArticleStatus, ...] = ("completed", "cancelled", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why the last run failed."""

    sentence: Sentence
    retryable: bool
    stage: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    id: str
    topic: str
    title: str
    version: int
    brief: str
    rewrite: str | None
    status: ArticleStatus
    epoch: int
    run: int
    terminal_id: int | None
    content: str
    sections: tuple[Mark, ...]
    words: int
    failure: Failure | None
    created_at: datetime
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    language: str | None = None  # BCP 47: as the brief asks for it, or else as the text tells
    workspace: str = "default"
    key: str | None = None  # of who asked for its last run


Reason = Literal["written", "edited", "restored", "rewritten", "revised", "accepted", "undone", "redone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    version: int
    title: str
    content: str
    words: int
    reason: Reason
    created_at: datetime
    sections: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A change to version `base`. None leaves a field unchanged."""

    base: int
    title: str | None
    content: str | None
    reason: Reason = "edited"
