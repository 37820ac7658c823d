"""Downloads several articles as a ZIP."""

from collections.abc import AsyncGenerator
from itertools import count

from fastapi import APIRouter, Depends, Request
from starlette.responses import StreamingResponse

from service.api.export import FormatName, document, noted
from service.api.guards import demand_json
from service.api.leaving import while_asked
from service.api.library_schemas import Ids
from service.api.problems import may
from service.api.rooms import CallerOf, Rooms, RoomsOf
from service.api.schemas import Strict
from service.core.caller import Caller
from service.core.errors import BadInput, Conflict, PressroomError, UnsupportedMediaType
from service.export.archive import archive
from service.export.formats import named
from service.export.names import safe
from service.export.wording import name
from service.messages import say

router = APIRouter(prefix="/articles", tags=["articles"])

LEFT_OUT = "Not exported.txt"  # no article's name has a space
_zip = {200: {"content": {"application/zip": {}}, "description": "The files"}}
File = tuple[str, bytes]


class ExportRequest(Strict):
    ids: Ids
    format: FormatName


@router.post(
    "/export",
    response_class=StreamingResponse,
    responses=_zip | may(Conflict, UnsupportedMediaType, BadInput),
    dependencies=[Depends(demand_json)],
)
async def export(wanted: ExportRequest, request: Request, rooms: RoomsOf, caller: CallerOf) -> StreamingResponse:
    """Download articles as files in a ZIP. A text in it says which could not be exported, and why; 409 if none can."""
    files = _files(wanted, request, rooms, caller)
    first = await while_asked(request, _next(files))
    if first is None or first[0] == LEFT_OUT:
        raise Conflict("none_to_export")
    headers = {"Content-Disposition": 'attachment; filename="articles.zip"'}
    return StreamingResponse(archive(_from(first, files)), media_type="application/zip", headers=headers)


async def _files(wanted: ExportRequest, request: Request, rooms: Rooms, caller: Caller) -> AsyncGenerator[File]:
    """The articles' files one after the other, and last what is missing."""
    made, taken, left_out = named(wanted.format), set[str](), list[str]()
    for article_id in dict.fromkeys(wanted.ids):
        title = article_id
        try:
            content = await document(request, article_id, rooms, caller)
            title = name(content)
            file = _unique(title, made.ending, taken), await made.render(content)
            noted(rooms, caller, article_id, made.name)
            yield file
        except PressroomError as error:
            left_out.append(f"{title}: {say(error.sentence)}\n")
    if left_out:
        yield LEFT_OUT, "".join(left_out).encode()


def _unique(title: str, ending: str, taken: set[str]) -> str:
    """A file name that no other has, whatever its case."""
    name = safe(title)
    names = (f"{name}.{ending}" if n == 1 else f"{name}-{n}.{ending}" for n in count(1))
    free = next(each for each in names if each.casefold() not in taken)
    taken.add(free.casefold())
    return free


async def _next(files: AsyncGenerator[File]) -> File | None:
    return await anext(files, None)


async def _from(first: File, rest: AsyncGenerator[File]) -> AsyncGenerator[File]:
    yield first
    async for file in rest:
        yield file
