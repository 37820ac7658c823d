"""Renders Markdown as the page shows it."""

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from service.api.guards import demand_json
from service.api.leaving import while_asked
from service.api.problems import may
from service.api.result_schemas import BlockOut, blocks_out
from service.api.schemas import Content, Strict
from service.core.errors import BadInput, RenderFailed, ServerBusy, UnsupportedMediaType
from service.export import aside

router = APIRouter(tags=["articles"])


class PreviewRequest(Strict):
    markdown: Content


class PreviewOut(BaseModel):
    html: str
    blocks: list[BlockOut]


_answers = may(UnsupportedMediaType, BadInput, RenderFailed, ServerBusy)


@router.post("/preview", responses=_answers, dependencies=[Depends(demand_json)])
async def preview(asked: PreviewRequest, request: Request) -> PreviewOut:
    shown = await while_asked(request, aside.html(asked.markdown))
    return PreviewOut(html=shown.html, blocks=blocks_out(shown.blocks))
