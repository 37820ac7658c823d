"""The changes between two versions of an article."""

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from service.api.chat_schemas import ChangeOut
from service.api.guards import demand_json
from service.api.library import Number
from service.api.problems import may
from service.api.rooms import CallerOf, RoomsOf
from service.api.schemas import Content, Strict
from service.core.difference import Change, difference
from service.core.errors import BadInput, NotFound, UnsupportedMediaType
from service.export.aside import aside

router = APIRouter(prefix="/articles", tags=["library"])


class TextRequest(Strict):
    content: Content


class ChangesOut(BaseModel):
    changes: list[ChangeOut] = Field(description="in order; `same` and `removed` make up the old text")


@router.get("/{article_id}/versions/{old}/changes/{new}", responses=may(NotFound, BadInput))
async def changes(article_id: str, old: Number, new: Number, rooms: RoomsOf, caller: CallerOf) -> ChangesOut:
    """What version `new` changes in the text of version `old`, word by word."""
    before, after = [await rooms.newsroom.version(caller, article_id, number) for number in (old, new)]
    return _out(await aside(difference, before.content, after.content))


@router.post(
    "/{article_id}/versions/{number}/changes",
    responses=may(NotFound, BadInput, UnsupportedMediaType),
    dependencies=[Depends(demand_json)],
)
async def changes_to(
    article_id: str, number: Number, text: TextRequest, rooms: RoomsOf, caller: CallerOf
) -> ChangesOut:
    """What a text that is not stored changes in the text of a version, word by word."""
    version = await rooms.newsroom.version(caller, article_id, number)
    return _out(await aside(difference, version.content, text.content))


def _out(found: list[Change]) -> ChangesOut:
    return ChangesOut(changes=[ChangeOut(kind=change.kind, text=change.text) for change in found])
