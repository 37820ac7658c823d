"""Markdown as the page shows it."""

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from service.api.guards import demand_json
from service.api.problems import may
from service.api.schemas import Content, Strict
from service.core.errors import BadInput, UnsupportedMediaType
from service.export.aside import aside
from service.export.rendering import to_html

router = APIRouter(tags=["articles"])


class PreviewRequest(Strict):
    markdown: Content


class PreviewOut(BaseModel):
    html: str


@router.post("/preview", responses=may(UnsupportedMediaType, BadInput), dependencies=[Depends(demand_json)])
async def preview(request: PreviewRequest) -> PreviewOut:
    return PreviewOut(html=await aside(to_html, request.markdown))
