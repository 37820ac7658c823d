"""Downloads an article."""

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from service.api.leaving import while_asked
from service.api.problems import may
from service.api.rooms import CallerOf, Rooms, RoomsOf
from service.core.caller import Caller
from service.core.errors import BadInput, Conflict, NotFound, RenderFailed, ServerBusy
from service.export import aside, names
from service.export.document import Document, Picture, Reference
from service.export.formats import FORMATS, named
from service.export.wording import name
from service.newsroom import drafts, history, results
from service.stages.image import Image

router = APIRouter(prefix="/articles", tags=["articles"])

if TYPE_CHECKING:
    FormatName = str
else:  # what there is depends on the formats that there are
    FormatName = Literal[tuple(each.name for each in FORMATS)]
NAMES = [each.name for each in FORMATS]

_file = {"content": {each.media_type.partition(";")[0]: {} for each in FORMATS}, "description": "The file"}
_answers = {200: _file, **may(NotFound, Conflict, BadInput, RenderFailed, ServerBusy)}


@router.get("/{article_id}/export", response_class=Response, responses=_answers)
async def export(
    request: Request,
    article_id: str,
    rooms: RoomsOf,
    caller: CallerOf,
    format: Annotated[FormatName, Query(description=f"{', '.join(NAMES[:-1])} or {NAMES[-1]}")],
) -> Response:
    """Download the article as a file. What there is of one that failed or was stopped says that it is a draft."""
    made, content = named(format), await document(request, article_id, rooms, caller)
    rendered = await while_asked(request, made.render(content))
    noted(rooms, caller, article_id, made.name)
    return Response(
        rendered,
        media_type=made.media_type,
        headers={"Content-Disposition": names.disposition(name(content), made.ending)},
    )


async def document(request: Request, article_id: str, rooms: Rooms, caller: Caller) -> Document:
    """The article as it is exported."""
    stored = drafts.with_text(await rooms.newsroom.stored(caller, article_id))
    article = stored.article
    if article.finished_at is None or not article.content:
        raise Conflict("nothing_to_export", status=article.status)
    result = await aside.aside(results.of, stored)
    return Document(
        title=article.title,
        markdown=article.content,
        language=history.lang(article) or "und",
        search_title=result.seo.title if result.seo else "",
        dek=result.seo.meta_description if result.seo else "",
        written_at=article.finished_at,
        draft=drafts.is_draft(article),
        sources=tuple(Reference(id=source.id, title=source.title, url=source.url) for source in result.cited),
        picture=await _picture(request, article_id, rooms, caller, result.image),
    )


def noted(rooms: Rooms, caller: Caller, article_id: str, format: str) -> None:
    if rooms.entrance is not None:
        rooms.entrance.audit.note(caller, "article_exported", article_id, format=format)


async def _picture(
    request: Request, article_id: str, rooms: Rooms, caller: Caller, image: Image | None
) -> Picture | None:
    if image is None:
        return None
    try:
        data, drawn = await rooms.newsroom.picture(caller, article_id)
    except NotFound:
        return None
    url = str(request.url_for("image", article_id=article_id))
    return Picture(data=data, media_type=drawn.media_type, alt=drawn.alt, url=url)
