"""What the routes take and give, as JSON."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from service.events import ArticleStatus, StageName, StageStatus
from service.writing.brief import MAX_TOPIC, clean_topic

Topic = Annotated[str, AfterValidator(clean_topic), Field(description=f"1–{MAX_TOPIC} characters, any script")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class QuickRequest(Strict):
    topic: Topic


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
    status: ArticleStatus
    run: int
    words: int
    error: FailureOut | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    events_url: str
    result_url: str


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
    output: str | None
    error_code: str | None
    error_message: str | None
