"""Reading, cancelling and deleting articles."""

from fastapi import APIRouter, Response

from service.api.problems import may
from service.api.rooms import CallerOf, RoomsOf
from service.api.schemas import ArticleOut, StatusOut, article_out, failure_out
from service.core.errors import Conflict, NotFound
from service.newsroom import history

router = APIRouter(prefix="/articles", tags=["articles"], responses=may(NotFound))


@router.get("/{article_id}")
async def article(article_id: str, rooms: RoomsOf, caller: CallerOf) -> ArticleOut:
    return article_out(await rooms.newsroom.get(caller, article_id))


@router.get("/{article_id}/status")
async def status(article_id: str, rooms: RoomsOf, caller: CallerOf) -> StatusOut:
    stored = await rooms.newsroom.stored(caller, article_id)
    return StatusOut(
        id=article_id,
        status=stored.article.status,
        progress=history.progress_of(stored),
        place=await rooms.newsroom.place(caller, stored.article),
        error=failure_out(stored.article.failure),
    )


@router.post("/{article_id}/cancel", responses=may(Conflict))
async def cancel(article_id: str, rooms: RoomsOf, caller: CallerOf) -> ArticleOut:
    """Stop the article and keep the text so far."""
    return article_out(await rooms.newsroom.cancel(caller, article_id))


@router.delete("/{article_id}", status_code=204)
async def delete(article_id: str, rooms: RoomsOf, caller: CallerOf) -> Response:
    """Stop the article if necessary, and remove it."""
    await rooms.newsroom.delete(caller, article_id)
    return Response(status_code=204)
