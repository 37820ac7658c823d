"""What the routes take and give, as JSON."""

import re
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from service.events import ArticleStatus, StageName, StageStatus
from service.store.records import Article, Failure
from service.writing.brief import MAX_TOPIC, MAX_WORDS, MIN_WORDS, clean_line, clean_text, clean_topic

# The validators say in words what is wrong; these say the same to readers of the OpenAPI document.
_CONTROL = r"\x00-\x1f\x7f-\x9f"
_TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
_LANGUAGE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"


def _line(limit: int, words: str) -> Any:
    # White space around it is no part of it, so that maxLength would say too much.
    line = rf"^\s*[^\s{_CONTROL}]([^{_CONTROL}]{{0,{limit - 2}}}[^\s{_CONTROL}])?\s*$"
    return Field(description=f"1–{limit} {words}", json_schema_extra={"pattern": line})


def _whole(value: Any) -> Any:
    """JSON knows one kind of number: 5.0 is an integer. But "5" and true are none."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _language(value: str) -> str:
    if not re.fullmatch(_LANGUAGE, value):
        raise ValueError("must be a BCP 47 tag, such as en or pt-BR")
    return value


Title = Annotated[str, AfterValidator(partial(clean_line, limit=300)), _line(300, "characters")]
Audience = Annotated[str, AfterValidator(partial(clean_line, limit=200)), _line(200, "characters")]
Content = Annotated[str, Field(max_length=200_000, json_schema_extra={"pattern": _TEXT}), AfterValidator(clean_text)]
Words = Annotated[int, Field(ge=MIN_WORDS, le=MAX_WORDS, strict=True), BeforeValidator(_whole)]
Base = Annotated[
    int,
    Field(ge=1, le=2**31, strict=True, description="the version that the change is made from"),
    BeforeValidator(_whole),
]
Topic = Annotated[str, AfterValidator(clean_topic), _line(MAX_TOPIC, "characters, any script")]
Language = Annotated[str, AfterValidator(_language), Field(json_schema_extra={"pattern": _LANGUAGE})]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class QuickRequest(Strict):
    topic: Topic


class BriefRequest(Strict):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "topic": "AI in Healthcare",
                    "tone": "professional",
                    "target_audience": "healthcare professionals",
                    "min_words": 1000,
                }
            ]
        },
    )

    topic: Topic
    tone: str = Field("professional", max_length=50, description="one of those that `/options` lists")
    target_audience: Audience = "general readers"
    min_words: Words = 800
    language: Language | None = None


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


def _given(field: str) -> dict[str, Any]:
    return {"required": [field], "properties": {field: {"not": {"type": "null"}}}}


class EditRequest(Strict):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"anyOf": [_given("title"), _given("content")]})

    version: Base
    title: Title | None = None
    content: Content | None = None


class RestoreRequest(Strict):
    version: Base


class VersionSummary(BaseModel):
    version: int
    title: str
    words: int
    reason: Literal["written", "edited", "restored"]
    created_at: datetime


class VersionOut(VersionSummary):
    content: str


class StatusOut(BaseModel):
    id: str
    status: ArticleStatus
    progress: int
    place: int | None = Field(description="place in the queue of a pending article; the next to start has 1")
    error: FailureOut | None


class SectionOut(BaseModel):
    title: str
    covers: str
    leaves: str


class OutlineOut(BaseModel):
    title: str
    sections: list[SectionOut]


class UsageOut(BaseModel):
    prompt_tokens: int
    completion_tokens: int


class ResultOut(BaseModel):
    id: str
    topic: str
    title: str
    version: int
    status: ArticleStatus
    content: str
    outline: OutlineOut | None
    words: int
    usage: UsageOut
    created_at: datetime
    completed_at: datetime | None


class StageRunOut(BaseModel):
    run: int
    stage: StageName
    section: int | None
    status: StageStatus
    attempt: int
    prompt_tokens: int
    completion_tokens: int
    started_at: datetime
    ended_at: datetime | None
    elapsed_ms: int | None
    output: OutlineOut | str | None = Field(description="an outline, or the text of a section or of the article")
    error_code: str | None
    error_message: str | None


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
