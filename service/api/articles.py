"""Articles: what is there of them, and stopping them."""

from contextlib import suppress

from fastapi import APIRouter, Response

from service.api.house import HouseOf
from service.api.problems import may
from service.api.schemas import (
    ArticleOut,
    OutlineOut,
    ResultOut,
    SectionOut,
    StageRunOut,
    StatusOut,
    UsageOut,
    article_out,
    failure_out,
)
from service.errors import Conflict, NotFound
from service.events import Outline
from service.jobs import history
from service.store.records import StageRun
from service.writing.desk import Output, Written

router = APIRouter(prefix="/articles", tags=["articles"], responses=may(NotFound))


@router.get("/{article_id}")
async def article(article_id: str, house: HouseOf) -> ArticleOut:
    return article_out(await house.store.get(article_id))


@router.get("/{article_id}/status")
async def status(article_id: str, house: HouseOf) -> StatusOut:
    stored = await house.store.get_with_stage_runs(article_id)
    queue = await house.store.queue() if stored.article.status == "pending" else []
    return StatusOut(
        id=article_id,
        status=stored.article.status,
        progress=history.progress(history.latest(stored.stage_runs)),
        place=queue.index(article_id) + 1 if article_id in queue else None,
        error=failure_out(stored.article.failure),
    )


@router.get("/{article_id}/result", responses=may(Conflict))
async def result(article_id: str, house: HouseOf) -> ResultOut:
    """The text; of a failed or cancelled article what there is of it."""
    stored = await house.store.get_with_stage_runs(article_id)
    article, records = stored.article, history.latest(stored.stage_runs)
    if article.finished_at is None:
        raise Conflict(f"the article is still {article.status}")
    outline, usage = history.output(records.get(("outline", None))), history.usage(records)
    return ResultOut(
        id=article.id,
        topic=article.topic,
        title=article.title,
        version=article.version,
        status=article.status,
        content=article.content,
        outline=_outline(outline) if isinstance(outline, Outline) else None,
        words=article.words,
        usage=UsageOut(prompt_tokens=usage.prompt_tokens, completion_tokens=usage.completion_tokens),
        created_at=article.created_at,
        completed_at=article.finished_at,
    )


@router.get("/{article_id}/stages")
async def stages(article_id: str, house: HouseOf) -> list[StageRunOut]:
    """The agent log: every stage run, as stored."""
    stored = await house.store.get_with_stage_runs(article_id)
    return [_stage_run(record) for record in stored.stage_runs]


@router.post("/{article_id}/cancel", responses=may(Conflict))
async def cancel(article_id: str, house: HouseOf) -> ArticleOut:
    """Stop it; the text so far is kept."""
    return article_out(await house.dispatcher.cancel(article_id))


@router.delete("/{article_id}", status_code=204)
async def delete(article_id: str, house: HouseOf) -> Response:
    """Stop it if it is being written, and remove it."""
    with suppress(Conflict):  # it has ended already
        await house.dispatcher.cancel(article_id)
    await house.library.delete(article_id)
    house.channels.drop(article_id)
    return Response(status_code=204)


def _outline(outline: Outline) -> OutlineOut:
    sections = [SectionOut(title=s.title, covers=s.covers, leaves=s.leaves) for s in outline.sections]
    return OutlineOut(title=outline.title, sections=sections)


def _output(output: Output | None) -> OutlineOut | str | None:
    match output:
        case None:
            return None
        case Written(text):
            return text
        case Outline():
            return _outline(output)


def _stage_run(record: StageRun) -> StageRunOut:
    elapsed = None if record.ended_at is None else record.ended_at - record.started_at
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
        elapsed_ms=None if elapsed is None else round(elapsed.total_seconds() * 1000),
        output=_output(history.output(record)),
        error_code=record.error_code,
        error_message=record.error_message,
    )
