"""An article's result, agent log and picture."""

from functools import partial

from fastapi import APIRouter, Request, Response

from service.api.problems import may
from service.api.result_schemas import ResultOut, StageRunOut, result_out, stage_run_out
from service.api.rooms import CallerOf, RoomsOf
from service.api.tagged import tagged
from service.core.errors import Conflict, NotFound
from service.export.aside import aside
from service.newsroom import results, revising
from service.store.pictures import MEDIA_TYPES

router = APIRouter(prefix="/articles", tags=["articles"], responses=may(NotFound))
PICTURE = {200: {"content": {kind: {} for kind in MEDIA_TYPES}, "description": "The picture"}}


@router.get("/{article_id}/result", responses=may(Conflict))
async def result(article_id: str, rooms: RoomsOf, caller: CallerOf) -> ResultOut:
    """The article's text, or the text so far if it failed or was cancelled."""
    stored = await rooms.newsroom.stored(caller, article_id)
    if stored.article.finished_at is None:
        raise Conflict("not_finished", status=stored.article.status)
    beside, costs = (
        await rooms.store.used(article_id, revising.STAGE),
        partial(rooms.settings.priced().cost, rooms.chosen.name),
    )
    steps = await rooms.newsroom.steps(caller, article_id)
    renewing = await rooms.newsroom.renewing(caller, article_id)
    return await aside(lambda: result_out(results.of(stored, beside, costs), steps, renewing))


@router.get("/{article_id}/stages")
async def stages(article_id: str, rooms: RoomsOf, caller: CallerOf) -> list[StageRunOut]:
    """The agent log: every stage run, as stored."""
    stored = await rooms.newsroom.stored(caller, article_id)
    return [stage_run_out(record) for record in stored.stage_runs]


@router.get("/{article_id}/image", response_class=Response, responses=PICTURE)  # ty: ignore[invalid-argument-type]
async def image(article_id: str, request: Request, rooms: RoomsOf, caller: CallerOf) -> Response:
    """The article's picture."""
    data, image = await rooms.newsroom.picture(caller, article_id)
    return tagged(request, data, image.media_type)
