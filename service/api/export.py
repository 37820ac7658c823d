"""Downloads."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from service.api.house import House, HouseOf
from service.api.leaving import while_asked
from service.api.problems import may
from service.api.result import cited_sources
from service.core.errors import BadInput, Conflict, NotFound, RenderFailed, ServerBusy
from service.core.events import Image
from service.export import aside, names
from service.export.document import Document, Picture, Reference
from service.export.markdown import to_markdown
from service.newsroom import history
from service.stages.desk import Output

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
    request: Request, article_id: str, house: HouseOf, format: Annotated[Format, Query(description="md, html or pdf")]
) -> Response:
    """The article as a file."""
    stored = await house.store.get_with_stage_runs(article_id)
    article, records = stored.article, history.latest(stored.stage_runs)
    if article.finished_at is None or not article.content:
        raise Conflict(f"there is nothing to export yet: the article is {article.status}")
    outputs = {key: history.output(record) for key, record in records.items()}
    cited = await aside.aside(cited_sources, article.content, outputs)
    document = Document(
        title=article.title,
        markdown=article.content,
        language=history.decode_brief(article.brief).language or "und",
        written_at=article.finished_at,
        sources=tuple(Reference(id=source.id, title=source.title, url=source.url) for source in cited),
        picture=await asyncio.to_thread(_picture, house, article_id, outputs.get(("image", None))),
    )
    picture_url = str(request.url_for("image", article_id=article_id))
    return Response(
        await while_asked(request, _made(document, format, picture_url)),
        media_type=TYPES[format],
        headers={"Content-Disposition": names.disposition(article.title, format)},
    )


def _picture(house: House, article_id: str, image: Output | None) -> Picture | None:
    found = house.pictures.find(article_id)
    if not isinstance(image, Image) or found is None:
        return None
    path, media_type = found
    return Picture(data=path.read_bytes(), media_type=media_type, alt=image.alt)


async def _made(document: Document, format: Format, picture_url: str) -> bytes:
    match format:
        case "md":
            return to_markdown(document, picture_url).encode()
        case "html":
            return await aside.page(document)
        case "pdf":
            return await aside.pdf(document)
