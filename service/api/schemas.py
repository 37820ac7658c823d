"""What the routes take and give, as JSON."""

import re
from datetime import datetime
from functools import partial
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from service.events import ArticleStatus, StageName
from service.store.records import Article, Failure, Reason
from service.writing.brief import (
    MAX_SECTIONS,
    MAX_SOURCES,
    MAX_TOPIC,
    MAX_URL,
    MAX_WORDS,
    MIN_WORDS,
    clean_block,
    clean_line,
    clean_material,
    clean_note,
    clean_text,
    clean_topic,
    clean_url,
)
from service.writing.outline import MAX_NOTE, MAX_TITLE

Title = Annotated[str, AfterValidator(partial(clean_line, limit=300))]
Audience = Annotated[str, AfterValidator(partial(clean_line, limit=200)), Field(description="1–200 characters")]
Content = Annotated[str, Field(max_length=200_000), AfterValidator(clean_text)]
Base = Annotated[int, Field(ge=1, le=2**31, strict=True, description="the version that the change is made from")]
Topic = Annotated[str, AfterValidator(clean_topic), Field(description=f"1–{MAX_TOPIC} characters, any script")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class QuickRequest(Strict):
    topic: Topic


def _language(value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", value):
        raise ValueError("must be a BCP 47 tag, such as en or pt-BR")
    return value


class SourceIn(Strict):
    """A page's URL, or a text."""

    url: Annotated[str | None, AfterValidator(clean_url), Field(max_length=MAX_URL)] = None
    text: Annotated[str | None, AfterValidator(clean_material)] = None
    title: Annotated[str | None, AfterValidator(partial(clean_line, limit=300))] = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.url is None) == (self.text is None):
            raise ValueError("must have either a url or a text")
        return self


class BriefRequest(Strict):
    topic: Topic
    tone: str = Field("professional", max_length=50, description="one of those that `/options` lists")
    target_audience: Audience = "general readers"
    min_words: int = Field(800, ge=MIN_WORDS, le=MAX_WORDS, strict=True)
    language: Annotated[str | None, AfterValidator(_language)] = None
    research: bool = Field(False, strict=True, description="search for sources, if a search engine is set up")
    sources: list[SourceIn] = Field([], max_length=MAX_SOURCES, description="sources of your own, to write from")
    review_outline: bool = Field(False, strict=True, description="wait with the outline until it has been looked at")
    seo_optimize: bool = Field(False, strict=True)
    include_image: bool = Field(False, strict=True)


class Job(BaseModel):
    job_id: str
    topic: str
    status: Literal["started"] = "started"
    events_url: str


class FailureOut(BaseModel):
    code: str
    message: str
    retryable: bool
    stage: StageName | None


class ArticleOut(BaseModel):
    id: str
    topic: str
    title: str
    version: int
    status: ArticleStatus
    run: int
    words: int
    error: FailureOut | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    events_url: str
    result_url: str


class ChangedOut(ArticleOut):
    content: str


class ArticlePage(BaseModel):
    articles: list[ArticleOut]
    next_cursor: str | None


class TaskOut(BaseModel):
    id: str
    topic: str
    started_at: datetime | None
    progress: int
    stages: list[StageName]


class EditRequest(Strict):
    version: Base
    title: Title | None = None
    content: Content | None = None


class RewriteRequest(Strict):
    version: Base
    instruction: Annotated[str, AfterValidator(partial(clean_block, limit=2_000))]


class HeadingIn(Strict):
    title: Annotated[str, AfterValidator(partial(clean_line, limit=MAX_TITLE))]
    covers: Annotated[str, AfterValidator(partial(clean_note, limit=MAX_NOTE))] = ""
    leaves: Annotated[str, AfterValidator(partial(clean_note, limit=MAX_NOTE))] = ""


class OutlineRequest(Strict):
    title: Annotated[str, AfterValidator(partial(clean_line, limit=MAX_TITLE))]
    sections: list[HeadingIn] = Field(min_length=1, max_length=MAX_SECTIONS)

    @model_validator(mode="after")
    def _different(self) -> Self:
        if len({section.title.casefold() for section in self.sections}) < len(self.sections):
            raise ValueError("must not have two sections of the same title")
        return self


class RestoreRequest(Strict):
    version: Base


class VersionSummary(BaseModel):
    version: int
    title: str
    words: int
    reason: Reason
    created_at: datetime


class VersionOut(VersionSummary):
    content: str


class StatusOut(BaseModel):
    id: str
    status: ArticleStatus
    progress: int
    place: int | None = Field(description="place in the queue of a pending article; the next to start has 1")
    error: FailureOut | None


def article_out(article: Article) -> ArticleOut:
    return ArticleOut(
        id=article.id,
        topic=article.topic,
        title=article.title,
        version=article.version,
        status=article.status,
        run=article.run,
        words=article.words,
        error=failure_out(article.failure),
        created_at=article.created_at,
        started_at=article.started_at,
        completed_at=article.finished_at,
        events_url=f"/articles/{article.id}/events",
        result_url=f"/articles/{article.id}/result",
    )


def failure_out(failure: Failure | None) -> FailureOut | None:
    if failure is None:
        return None
    return FailureOut(code=failure.code, message=failure.message, retryable=failure.retryable, stage=failure.stage)
