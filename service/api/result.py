"""What came of an article: its text with all that belongs to it, and the log of who did what."""

from datetime import datetime
from typing import Any, TypeVar

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import FileResponse

from service.api.house import HouseOf
from service.api.problems import may
from service.core import citations
from service.core.article import StageRun
from service.core.errors import Conflict, NotFound
from service.core.events import ArticleStatus, Image, Outline, Seo, StageName, StageStatus, Usage
from service.core.sections import sections
from service.export.aside import aside
from service.newsroom import history
from service.settings import Settings
from service.stages import passages, repetition
from service.stages.desk import Output, Research, Skipped, Written
from service.store.pictures import ENDINGS

router = APIRouter(prefix="/articles", tags=["articles"], responses=may(NotFound))
PICTURE = {200: {"content": {kind: {} for kind in ENDINGS}, "description": "The picture"}}
O = TypeVar("O", bound=BaseModel)  # noqa: E741


class SectionOut(BaseModel):
    title: str
    covers: str
    leaves: str


class OutlineOut(BaseModel):
    title: str
    sections: list[SectionOut]


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
    passages: list[str] = Field(description="what the writers who cite it were given of it")


class MissedOut(BaseModel):
    url: str
    reason: str


class ResearchOut(BaseModel):
    synthesis: str
    sources: list[FoundOut]
    missed: list[MissedOut] = Field(description="sources that you gave and that could not be read")
    search_failure: str | None = Field(description="why a search that was asked for gave no source")


class StageTimeOut(BaseModel):
    stage: StageName
    section: int | None
    status: StageStatus
    elapsed_ms: int | None
    reason: str | None = Field(description="why it was left out or has failed")


class ResultOut(BaseModel):
    id: str
    topic: str
    title: str
    version: int
    status: ArticleStatus
    content: str
    outline: OutlineOut | None
    seo_meta: SeoOut | None
    image_url: str | None
    image_alt: str | None
    research_data: ResearchOut | None
    cited_sources: list[CitedOut]
    dropped_citations: int = Field(description="citations of sources that do not exist; they were taken out")
    repetition_rate: float = Field(description="share of runs of eight words that an earlier section has too, 0 to 1")
    words: int
    usage: UsageOut
    cost: float | None = Field(description="by the prices that are set; null if there are none")
    stages: list[StageTimeOut]
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
    output: OutlineOut | ResearchOut | SeoOut | ImageOut | str | None = Field(
        description="what the stage gave; of a text stage the text, of a skipped one the reason"
    )
    error_code: str | None
    error_message: str | None


@router.get("/{article_id}/result", responses=may(Conflict))
async def result(article_id: str, house: HouseOf) -> ResultOut:
    """The text; of a failed or cancelled article what there is of it."""
    stored = await house.store.get_with_stage_runs(article_id)
    article, records = stored.article, history.latest(stored.stage_runs)
    if article.finished_at is None:
        raise Conflict(f"the article is still {article.status}")
    outputs = {key: history.output(record) for key, record in records.items()}
    outline, research = outputs.get(("outline", None)), outputs.get(("research", None))
    seo, image = outputs.get(("seo", None)), outputs.get(("image", None))
    usage = history.usage(records)
    return ResultOut(
        id=article.id,
        topic=article.topic,
        title=article.title,
        version=article.version,
        status=article.status,
        content=article.content,
        outline=_as(OutlineOut, outline) if isinstance(outline, Outline) else None,
        seo_meta=_as(SeoOut, seo) if isinstance(seo, Seo) else None,
        image_url=image.url if isinstance(image, Image) else None,
        image_alt=image.alt if isinstance(image, Image) else None,
        research_data=_as(ResearchOut, research) if isinstance(research, Research) else None,
        cited_sources=await aside(cited_sources, article.content, outputs),
        dropped_citations=sum(output.dropped for output in outputs.values() if isinstance(output, Written)),
        repetition_rate=round(repetition.rate([section.body for section in sections(article.content)]), 4),
        words=article.words,
        usage=UsageOut(prompt_tokens=usage.prompt_tokens, completion_tokens=usage.completion_tokens),
        cost=_cost(usage, house.settings),
        stages=[_stage_time(record, outputs[key]) for key, record in records.items()],
        created_at=article.created_at,
        completed_at=article.finished_at,
    )


@router.get("/{article_id}/stages")
async def stages(article_id: str, house: HouseOf) -> list[StageRunOut]:
    """The agent log: every stage run, as stored."""
    stored = await house.store.get_with_stage_runs(article_id)
    return [_stage_run(record) for record in stored.stage_runs]


@router.get("/{article_id}/image", response_class=FileResponse, responses=PICTURE)  # ty: ignore[invalid-argument-type]
async def image(article_id: str, house: HouseOf) -> FileResponse:
    """The article's picture."""
    await house.store.get(article_id)
    if (found := house.pictures.find(article_id)) is None:
        raise NotFound("the article has no picture")
    path, media_type = found
    return FileResponse(path, media_type=media_type, headers={"Cache-Control": "no-cache"})


def cited_sources(content: str, outputs: dict[history.Key, Output | None]) -> list[CitedOut]:
    """The sources that the text cites, each with what the writers who cite it were given of it."""
    research, outline = outputs.get(("research", None)), outputs.get(("outline", None))
    if not isinstance(research, Research):
        return []
    given: dict[int, list[str]] = {}
    every = passages.of(research.sources)
    for n, heading in enumerate(outline.sections if isinstance(outline, Outline) else [], start=1):
        written = outputs.get(("content", n))
        used = citations.cited(written.text) if isinstance(written, Written) else set[int]()
        for passage in passages.chosen(every, f"{heading.title} {heading.covers}") if used else []:
            if passage.source.id in used and passage.text not in given.setdefault(passage.source.id, []):
                given[passage.source.id].append(passage.text)
    cited = citations.cited(content)
    return [
        CitedOut(id=source.id, title=source.title, url=source.url, passages=given.get(source.id, []))
        for source in research.sources
        if source.id in cited
    ]


def _cost(usage: Usage, settings: Settings) -> float | None:
    if not settings.price_prompt and not settings.price_completion:
        return None
    cost = usage.prompt_tokens * settings.price_prompt + usage.completion_tokens * settings.price_completion
    return round(cost / 1_000_000, 6)


def _as(kind: type[O], output: Any) -> O:
    return kind.model_validate(msgspec.to_builtins(output))


def _output(output: Output | None) -> OutlineOut | ResearchOut | SeoOut | ImageOut | str | None:
    match output:
        case None:
            return None
        case Written(text):
            return text
        case Skipped(reason):
            return reason
        case Outline():
            return _as(OutlineOut, output)
        case Research():
            return _as(ResearchOut, output)
        case Seo():
            return _as(SeoOut, output)
        case Image():
            return _as(ImageOut, output)


def _elapsed(record: StageRun) -> int | None:
    return None if record.ended_at is None else round((record.ended_at - record.started_at).total_seconds() * 1000)


def _stage_time(record: StageRun, output: Output | None) -> StageTimeOut:
    return StageTimeOut(
        stage=record.stage,
        section=record.section,
        status=record.status,
        elapsed_ms=_elapsed(record),
        reason=output.reason if isinstance(output, Skipped) else record.error_message,
    )


def _stage_run(record: StageRun) -> StageRunOut:
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
        elapsed_ms=_elapsed(record),
        output=_output(history.output(record)),
        error_code=record.error_code,
        error_message=record.error_message,
    )
