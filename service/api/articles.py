"""Articles: what is there of them, and stopping them."""

from contextlib import suppress

from fastapi import APIRouter, Response

from service.api.house import HouseOf
from service.api.problems import may
from service.api.schemas import (
    ArticleOut,
    StatusOut,
    article_out,
    failure_out,
)
from service.core.errors import Conflict, NotFound
from service.newsroom import history

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
        progress=history.progress_of(stored),
        place=queue.index(article_id) + 1 if article_id in queue else None,
        error=failure_out(stored.article.failure),
    )


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
    await house.pictures.delete(article_id)
    house.channels.drop(article_id)
    return Response(status_code=204)
