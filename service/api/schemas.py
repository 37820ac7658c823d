"""The JSON of requests and answers."""

import re
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal, Self

import msgspec
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from service.core.article import Article, Failure, Reason
from service.core.brief import (
    MAX_INSTRUCTION,
    MAX_SECTIONS,
    MAX_SOURCE,
    MAX_SOURCES,
    MAX_TOPIC,
    MAX_URL,
    MAX_WORDS,
    MIN_WORDS,
    clean_block,
    clean_excerpt,
    clean_line,
    clean_note,
    clean_text,
    clean_topic,
    clean_url,
)
from service.core.events import ArticleStatus
from service.core.passage import MAX_PASSAGE
from service.messages import say
from service.newsroom import history
from service.stages import flows
from service.stages.outline import MAX_NOTE, MAX_TITLE

# Articles of another version may have others.
StageName = Annotated[str, WithJsonSchema({"type": "string", "enum": [*flows.stages()]})]

# The validators give clear errors; these constraints document the same limits in the OpenAPI document.
_CONTROL = r"\x00-\x1f\x7f-\x9f"
_TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
_URL = r"^https?://[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}(:[1-9][0-9]{0,3})?(/[a-zA-Z0-9/._~-]*)?$"
LANGUAGE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"


def line(limit: int, words: str) -> Any:
    # Surrounding white space is removed first, so maxLength would be wrong.
    line = rf"^\s*[^\s{_CONTROL}]([^{_CONTROL}]{{0,{limit - 2}}}[^\s{_CONTROL}])?\s*$"
    return Field(description=f"1–{limit} {words}", json_schema_extra={"pattern": line})


def note(limit: int) -> Any:
    line = rf"^\s*([^\s{_CONTROL}]([^{_CONTROL}]{{0,{limit - 2}}}[^\s{_CONTROL}])?)?\s*$"
    return Field(json_schema_extra={"pattern": line})


def _block(limit: int) -> Any:
    text = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
    return Field(max_length=limit, json_schema_extra={"pattern": rf"^{text}*(?!\s){text}+$"})


def whole(value: Any) -> Any:
    """Accept 5.0, which is an integer in JSON, but not "5" or true."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _language(value: str) -> str:
    if not re.fullmatch(LANGUAGE, value):
        raise ValueError("must be a BCP 47 tag, such as en or pt-BR")
    return value


Title = Annotated[str, AfterValidator(partial(clean_line, limit=300)), line(300, "characters")]
Audience = Annotated[str, AfterValidator(partial(clean_line, limit=200)), line(200, "characters")]
Content = Annotated[str, Field(max_length=200_000, json_schema_extra={"pattern": _TEXT}), AfterValidator(clean_text)]
Words = Annotated[int, Field(ge=MIN_WORDS, le=MAX_WORDS, strict=True), BeforeValidator(whole)]
Base = Annotated[
    int,
    Field(ge=1, le=2**31, strict=True, description="the version that the change is based on"),
    BeforeValidator(whole),
]
Excerpt = Annotated[str, AfterValidator(partial(clean_excerpt, limit=MAX_PASSAGE)), _block(MAX_PASSAGE)]
Topic = Annotated[str, AfterValidator(clean_topic), line(MAX_TOPIC, "characters, any script")]
Url = Annotated[
    str, AfterValidator(clean_url), Field(json_schema_extra={"maxLength": MAX_URL, "pattern": _URL, "format": "uri"})
]
Material = Annotated[str, AfterValidator(partial(clean_block, limit=MAX_SOURCE)), _block(MAX_SOURCE)]
Instruction = Annotated[str, AfterValidator(partial(clean_block, limit=MAX_INSTRUCTION)), _block(MAX_INSTRUCTION)]
Heading = Annotated[str, AfterValidator(partial(clean_line, limit=MAX_TITLE)), line(MAX_TITLE, "characters")]
Note = Annotated[str, AfterValidator(partial(clean_note, limit=MAX_NOTE)), note(MAX_NOTE)]
Lang = Annotated[
    str | None, Field(description="the text's BCP 47 tag: the brief's, or else as the text tells; null if neither does")
]
Language = Annotated[str, AfterValidator(_language), Field(json_schema_extra={"pattern": LANGUAGE})]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class QuickRequest(Strict):
    topic: Topic


def _either(schema: dict[str, Any]) -> None:
    """The JSON schema of a source: exactly one of the fields, without defaults."""
    schema["oneOf"] = [{"required": ["url"]}, {"required": ["text"]}]
    for field in schema["properties"].values():
        field.pop("default", None)


class SourceIn(Strict):
    """The URL of a page, or a text."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_either)

    url: Url = ""
    text: Material = ""
    title: Title = ""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.url) == bool(self.text):
            raise ValueError("must have either a url or a text")
        return self


class BriefRequest(Strict):
    topic: Topic
    tone: str = Field("professional", max_length=50, description="one of the tones in `/options`")
    target_audience: Audience = "general readers"
    min_words: Words = 800
    language: Language | None = None
    research: bool = Field(False, strict=True, description="search for sources, if a search engine is configured")
    sources: list[SourceIn] = Field([], max_length=MAX_SOURCES, description="your own sources")
    review_outline: bool = Field(False, strict=True, description="stop after the outline until it is approved")
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
    params: dict[str, Any]
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
    lang: Lang
    error: FailureOut | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    events_url: str
    result_url: str


class ChangedOut(ArticleOut):
    content: str


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


class RewriteRequest(Strict):
    version: Base
    instruction: Instruction


class HeadingIn(Strict):
    title: Heading
    covers: Note = ""
    leaves: Note = ""


class OutlineRequest(Strict):
    title: Heading
    sections: list[HeadingIn] = Field(min_length=1, max_length=MAX_SECTIONS)


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
    place: int | None = Field(description="a pending article's place in the queue; the next to start is 1")
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
        lang=history.lang(article),
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
    return FailureOut(
        code=failure.sentence.code,
        message=say(failure.sentence),
        params=msgspec.to_builtins(failure.sentence.params),
        retryable=failure.retryable,
        stage=failure.stage,
    )
