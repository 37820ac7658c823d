"""The changes between two versions of an article."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from service.api.chat_schemas import ChangeOut
from service.api.library import Number
from service.api.problems import may
from service.api.rooms import CallerOf, RoomsOf
from service.core.difference import difference
from service.core.errors import BadInput, NotFound
from service.export.aside import aside

router = APIRouter(prefix="/articles", tags=["library"])


class ChangesOut(BaseModel):
    changes: list[ChangeOut] = Field(description="in order; `same` and `removed` make up the old text")


@router.get("/{article_id}/versions/{old}/changes/{new}", responses=may(NotFound, BadInput))
async def changes(article_id: str, old: Number, new: Number, rooms: RoomsOf, caller: CallerOf) -> ChangesOut:
    """What version `new` changes in the text of version `old`, word by word."""
    before, after = [await rooms.newsroom.version(caller, article_id, number) for number in (old, new)]
    found = await aside(difference, before.content, after.content)
    return ChangesOut(changes=[ChangeOut(kind=change.kind, text=change.text) for change in found])
