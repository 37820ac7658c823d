"""Saved briefs."""

from fastapi import APIRouter, Depends, Response

from service.api.create import Key, brief, fingerprint
from service.api.guards import demand_json
from service.api.library_schemas import RenameRequest, SavedBriefOut, SaveRequest, StartRequest, saved_out
from service.api.problems import may
from service.api.rooms import CallerOf, RoomsOf
from service.api.schemas import ArticleOut, article_out
from service.core.errors import BadInput, BudgetSpent, Conflict, KeyReused, NotFound, QueueFull, UnsupportedMediaType

router = APIRouter(prefix="/briefs", tags=["library"])


@router.get("", response_model_exclude_none=True)
async def page(rooms: RoomsOf, caller: CallerOf) -> list[SavedBriefOut]:
    """All saved briefs by name."""
    return [saved_out(saved) for saved in await rooms.newsroom.saved_briefs(caller)]


@router.post(
    "",
    status_code=201,
    responses=may(Conflict, UnsupportedMediaType, BadInput),
    response_model_exclude_none=True,
    dependencies=[Depends(demand_json)],
)
async def save(wanted: SaveRequest, rooms: RoomsOf, caller: CallerOf) -> SavedBriefOut:
    """Save a brief under a name; 409 if the name is taken."""
    asked = brief(wanted.brief, rooms.settings.tones)
    return saved_out(await rooms.newsroom.save_brief(caller, wanted.name, asked))


@router.post(
    "/{brief_id}/start",
    status_code=201,
    responses=may(NotFound, KeyReused, UnsupportedMediaType, BadInput, QueueFull, BudgetSpent),
    dependencies=[Depends(demand_json)],
)
async def start(
    brief_id: str, wanted: StartRequest, response: Response, rooms: RoomsOf, caller: CallerOf, key: Key = None
) -> ArticleOut:
    """Write an article from a saved brief, perhaps on another topic."""
    article = await rooms.newsroom.start_brief(
        caller, brief_id, topic=wanted.topic, key=key, request=fingerprint(wanted, about=brief_id)
    )
    response.headers["Location"] = f"{rooms.settings.root_path}/articles/{article.id}"
    return article_out(article)


@router.patch(
    "/{brief_id}",
    responses=may(NotFound, Conflict, UnsupportedMediaType, BadInput),
    response_model_exclude_none=True,
    dependencies=[Depends(demand_json)],
)
async def rename(brief_id: str, wanted: RenameRequest, rooms: RoomsOf, caller: CallerOf) -> SavedBriefOut:
    """Give a saved brief another name; 409 if the name is taken."""
    return saved_out(await rooms.newsroom.rename_brief(caller, brief_id, wanted.name))


@router.delete("/{brief_id}", status_code=204, responses=may(NotFound))
async def delete(brief_id: str, rooms: RoomsOf, caller: CallerOf) -> Response:
    await rooms.newsroom.delete_brief(caller, brief_id)
    return Response(status_code=204)
