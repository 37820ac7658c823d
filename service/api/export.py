"""Downloads an article."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from service.api.leaving import while_asked
from service.api.problems import may
from service.api.rooms import CallerOf, RoomsOf
from service.core.errors import BadInput, Conflict, NotFound, RenderFailed, ServerBusy
from service.export import aside, names
from service.export.document import Document, Picture, Reference
from service.export.markdown import to_markdown
from service.newsroom import history, results
from service.stages.image import Image

router = APIRouter(prefix="/articles", tags=["articles"])

Format = Literal["md", "html", "pdf"]
TYPES: dict[Format, str] = {
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
}
_file = {"content": {kind.partition(";")[0]: {} for kind in TYPES.values()}, "description": "The file"}
_answers = {200: _file, **may(NotFound, Conflict, BadInput, RenderFailed, ServerBusy)}


@router.get("/{article_id}/export", response_class=Response, responses=_answers)
async def export(
    request: Request,
    article_id: str,
    rooms: RoomsOf,
    caller: CallerOf,
    format: Annotated[Format, Query(description="md, html or pdf")],
) -> Response:
    """Download the article as a file."""
    stored = await rooms.newsroom.stored(caller, article_id)
    article = stored.article
    if article.finished_at is None or not article.content:
        raise Conflict("nothing_to_export", status=article.status)
    result = await aside.aside(results.of, stored)
    document = Document(
        title=article.title,
        markdown=article.content,
        language=history.decode_brief(article.brief).language or "und",
        written_at=article.finished_at,
        sources=tuple(Reference(id=source.id, title=source.title, url=source.url) for source in result.cited),
        picture=await _picture(rooms, caller, article_id, result.image),
    )
    picture_url = str(request.url_for("image", article_id=article_id))
    return Response(
        await while_asked(request, _made(document, format, picture_url)),
        media_type=TYPES[format],
        headers={"Content-Disposition": names.disposition(article.title, format)},
    )


async def _picture(rooms: RoomsOf, caller: CallerOf, article_id: str, image: Image | None) -> Picture | None:
    if image is None:
        return None
    try:
        path, media_type = await rooms.newsroom.picture(caller, article_id)
    except NotFound:
        return None
    return Picture(data=await asyncio.to_thread(path.read_bytes), media_type=media_type, alt=image.alt)


async def _made(document: Document, format: Format, picture_url: str) -> bytes:
    match format:
        case "md":
            return to_markdown(document, picture_url).encode()
        case "html":
            return await aside.page(document)
        case "pdf":
            return await aside.pdf(document)
