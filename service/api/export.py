"""Downloads."""

import asyncio
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query, Response

from service.api.house import HouseOf
from service.api.problems import may
from service.errors import BadInput, Conflict, NotFound
from service.render import names
from service.render.document import Document
from service.render.page import to_page
from service.render.pdf import to_pdf
from service.writing.brief import Brief

router = APIRouter(prefix="/articles", tags=["articles"])

Format = Literal["md", "html", "pdf"]
TYPES: dict[Format, str] = {
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
}
_file = {"content": {kind.partition(";")[0]: {} for kind in TYPES.values()}, "description": "The file"}
_answers = {200: _file, **may(NotFound, Conflict, BadInput)}


@router.get("/{article_id}/export", response_class=Response, responses=_answers)
async def export(
    article_id: str, house: HouseOf, format: Annotated[Format, Query(description="md, html or pdf")]
) -> Response:
    """The article as a file."""
    article = await house.store.get(article_id)
    if article.finished_at is None or not article.content:
        raise Conflict(f"there is nothing to export yet: the article is {article.status}")
    document = Document(
        title=article.title,
        markdown=article.content,
        language=msgspec.json.decode(article.brief, type=Brief).language or "und",
        written_at=article.finished_at,
    )
    return Response(
        await asyncio.to_thread(_made, document, format),
        media_type=TYPES[format],
        headers={"Content-Disposition": names.disposition(article.title, format)},
    )


def _made(document: Document, format: Format) -> bytes:
    match format:
        case "md":
            return document.markdown.encode()
        case "html":
            return to_page(document).encode()
        case "pdf":
            return to_pdf(document)
