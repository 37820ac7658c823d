"""The JSON of `/result` and `/stages`."""

from datetime import datetime
from typing import Any, TypeVar

import msgspec
from pydantic import BaseModel, Field

from service.api.schemas import Lang, StageName
from service.core import words
from service.core.article import Reason
from service.core.events import ArticleStatus, Output, StageStatus
from service.core.outline import Outline
from service.core.run import StageRun
from service.core.sections import marks, sections
from service.core.sentences import Sentence
from service.core.undoing import Step
from service.export.blocks import Span
from service.export.sections import rendered
from service.messages import say
from service.newsroom import history
from service.newsroom.results import Result
from service.stages.desk import Skipped, Written
from service.stages.image import Image, ImageStage
from service.stages.seo import Seo, SeoStage
from service.stages.sources import Research

O = TypeVar("O", bound=BaseModel)  # noqa: E741


class HeadingOut(BaseModel):
    title: str
    covers: str
    leaves: str


class OutlineOut(BaseModel):
    title: str
    sections: list[HeadingOut]


class ImageOut(BaseModel):
    url: str
    alt: str
    media_type: str


class UsageOut(BaseModel):
    prompt_tokens: int
    completion_tokens: int


class SeoOut(BaseModel):
    title: str
    meta_description: str
    keywords: list[str]
    slug: str


class SourceOut(BaseModel):
    id: int
    title: str
    url: str | None


class FoundOut(SourceOut):
    text: str


class CitedOut(SourceOut):
    passages: list[str] = Field(description="the passages given to the writers that cite it")


class SentenceOut(BaseModel):
    code: str
    params: dict[str, Any]


class MissedOut(BaseModel):
    url: str
    reason: str
    why: SentenceOut = Field(description="the reason as a code and its parameters")


class ResearchOut(BaseModel):
    synthesis: str
    sources: list[FoundOut]
    missed: list[MissedOut] = Field(description="your own sources that could not be read")
    search_failure: str | None = Field(description="why the requested search found no source")


class StageTimeOut(BaseModel):
    stage: StageName
    section: int | None
    status: StageStatus
    elapsed_ms: int | None
    reason: str | None = Field(description="why it was skipped or failed")
    why: SentenceOut | None = Field(description="the reason as a code and its parameters")


class BlockOut(BaseModel):
    """Where a top-level element of the HTML stands in the text, in UTF-16 code units."""

    start: int
    end: int


class StepOut(BaseModel):
    """What an undo takes back, or a redo brings again: a version, and how it came about."""

    version: int
    reason: Reason


class SectionOut(BaseModel):
    id: int = Field(description="stays the same in later versions; 0 for text before the first section")
    title: str
    html: str = Field(description="the section's HTML, including its heading")
    blocks: list[BlockOut]


class ResultOut(BaseModel):
    id: str
    topic: str
    title: str
    version: int
    lang: Lang
    status: ArticleStatus
    draft: bool = Field(description="whether its writing failed or was stopped")
    content: str
    sections: list[SectionOut]
    outline: OutlineOut | None
    seo_meta: SeoOut | None
    seo_fits: bool = Field(description="whether the search fields were written for this text")
    seo_version: int = Field(description="of the search fields, on which a change of them is based; 0: none yet")
    image_url: str | None
    image_alt: str | None
    image_version: int = Field(description="of the picture, on which a change of it is based; 0: none yet")
    renewing: list[StageName] = Field(description="what is being made anew: `image`, `seo`")
    research_data: ResearchOut | None
    cited_sources: list[CitedOut]
    dropped_citations: int = Field(description="citations of unknown sources that were removed")
    repetition_rate: float = Field(description="share of eight-word runs that also occur in an earlier section, 0 to 1")
    words: int
    minutes: int = Field(description="how long it takes to read")
    usage: UsageOut = Field(
        description="all tokens spent on the article, including text replaced later and passages revised"
    )
    cost: float | None = Field(description="as the provider told it, or at the configured prices; null without both")
    stages: list[StageTimeOut]
    undo: StepOut | None = Field(description="what an undo would take back; null if there is nothing")
    redo: StepOut | None = Field(description="what a redo would bring again; null if there is nothing")
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
    output: OutlineOut | ResearchOut | SeoOut | ImageOut | dict[str, Any] | str | None = Field(
        description="the stage's output; the text of a text stage, the reason of a skipped one"
    )
    error_code: str | None
    error_message: str | None
    error_params: dict[str, Any] | None


def result_out(result: Result, steps: tuple[Step | None, Step | None], renewing: list[str]) -> ResultOut:
    article, usage = result.article, result.usage
    return ResultOut(
        id=article.id,
        topic=article.topic,
        title=article.title,
        version=article.version,
        lang=history.lang(article),
        status=article.status,
        draft=result.draft,
        content=article.content,
        sections=_sections(result),
        outline=_as(OutlineOut, result.outline),
        seo_meta=_as(SeoOut, result.seo),
        seo_fits=result.seo_fits,
        seo_version=result.revisions[SeoStage.name],
        image_url=None if result.image is None else result.image.url,
        image_alt=None if result.image is None else result.image.alt,
        image_version=result.revisions[ImageStage.name],
        renewing=renewing,
        research_data=_research(result.research),
        cited_sources=[CitedOut(id=c.id, title=c.title, url=c.url, passages=c.passages) for c in result.cited],
        dropped_citations=result.dropped_citations,
        repetition_rate=result.repetition_rate,
        words=article.words,
        minutes=words.minutes(article.content),
        usage=UsageOut(prompt_tokens=usage.prompt_tokens, completion_tokens=usage.completion_tokens),
        cost=result.cost,
        stages=[_stage_time(record, output) for record, output in result.stages],
        undo=_step(steps[0]),
        redo=_step(steps[1]),
        created_at=article.created_at,
        completed_at=article.finished_at,
    )


def blocks_out(spans: list[Span]) -> list[BlockOut]:
    return [BlockOut(start=span.start, end=span.end) for span in spans]


def _step(step: Step | None) -> StepOut | None:
    return None if step is None else StepOut(version=step.over, reason=step.reason)


def _sections(result: Result) -> list[SectionOut]:
    article = result.article
    known = article.sections or marks(sections(article.content))
    return [
        SectionOut(id=mark.id, title=mark.title, html=html, blocks=blocks_out(blocks))
        for mark, html, blocks in rendered(article.content, known)
    ]


def _stage_time(record: StageRun, output: Output | None) -> StageTimeOut:
    why = output.why if isinstance(output, Skipped) else record.error
    return StageTimeOut(
        stage=record.stage,
        section=record.section,
        status=record.status,
        elapsed_ms=None if record.ended_at is None else history.elapsed_ms(record),
        reason=_message(why),
        why=_sentence(why),
    )


def stage_run_out(record: StageRun) -> StageRunOut:
    return StageRunOut(
        run=record.run,
        stage=record.stage,
        section=record.section,
        status=record.status,
        attempt=record.attempt,
        prompt_tokens=record.prompt_tokens,
        completion_tokens=record.completion_tokens,
        started_at=record.started_at,
        ended_at=record.ended_at,
        elapsed_ms=None if record.ended_at is None else history.elapsed_ms(record),
        output=_output(history.output(record)),
        error_code=None if record.error is None else record.error.code,
        error_message=_message(record.error),
        error_params=None if record.error is None else msgspec.to_builtins(record.error.params),
    )


def _output(output: Output | None) -> OutlineOut | ResearchOut | SeoOut | ImageOut | dict[str, Any] | str | None:
    match output:
        case Written(text):
            return text
        case Skipped(why):
            return say(why)
        case Outline():
            return _as(OutlineOut, output)
        case Research():
            return _research(output)
        case Seo():
            return _as(SeoOut, output)
        case Image():
            return _as(ImageOut, output)
        case None:
            return None
    return msgspec.to_builtins(output)


def _research(research: Research | None) -> ResearchOut | None:
    if research is None:
        return None
    return ResearchOut(
        synthesis=research.synthesis,
        sources=[FoundOut(id=s.id, title=s.title, url=s.url, text=s.text) for s in research.sources],
        missed=[
            MissedOut(url=page.url, reason=say(page.why), why=SentenceOut(**msgspec.to_builtins(page.why)))
            for page in research.unread
        ],
        search_failure=_message(research.search_failure),
    )


def _sentence(sentence: Sentence | None) -> SentenceOut | None:
    return None if sentence is None else SentenceOut(**msgspec.to_builtins(sentence))


def _message(sentence: Sentence | None) -> str | None:
    return None if sentence is None else say(sentence)


def _as(kind: type[O], output: Output | None) -> O | None:
    return None if output is None else kind.model_validate(msgspec.to_builtins(output))
