"""Links on which anybody may read an article."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, BeforeValidator, Field

from service.api.guards import demand_json
from service.api.problems import may
from service.api.rooms import CallerOf, RoomsOf
from service.api.schemas import Strict, whole
from service.core.errors import BadInput, NotFound, UnsupportedMediaType
from service.core.share import DAYS, MAX_DAYS, Share

router = APIRouter(prefix="/articles", tags=["sharing"], responses=may(NotFound))


class ShareRequest(Strict):
    days: Annotated[
        int, Field(ge=1, le=MAX_DAYS, strict=True, description="days until the link expires"), BeforeValidator(whole)
    ] = DAYS


USUAL = ShareRequest()  # without a body


class ShareSummary(BaseModel):
    id: str = Field(description="by which the link is revoked")
    created_at: datetime
    expires_at: datetime


class ShareOut(ShareSummary):
    url: str = Field(description="the page to read, and for programs the article as JSON")
    token: str = Field(description="opens the article to everybody who has it; it can't be shown again")


async def _json_if_any(request: Request) -> None:
    if await request.body():
        demand_json(request)


@router.post(
    "/{article_id}/shares",
    status_code=201,
    responses=may(UnsupportedMediaType, BadInput),
    dependencies=[Depends(_json_if_any)],
)
async def share(article_id: str, rooms: RoomsOf, caller: CallerOf, wanted: ShareRequest = USUAL) -> ShareOut:
    """Make a link on which anybody may read the article, also while it is written, until it expires or is revoked."""
    made, token = await rooms.newsroom.share(caller, article_id, days=wanted.days)
    return ShareOut(**_summary(made).model_dump(), url=f"/read/{token}", token=token)


@router.get("/{article_id}/shares")
async def shares(article_id: str, rooms: RoomsOf, caller: CallerOf) -> list[ShareSummary]:
    """The links that can be read on, without their tokens."""
    return [_summary(share) for share in await rooms.newsroom.shares(caller, article_id)]


@router.delete("/{article_id}/shares/{share_id}", status_code=204)
async def unshare(article_id: str, share_id: str, rooms: RoomsOf, caller: CallerOf) -> Response:
    """Revoke a link. Streams that are open on it end."""
    await rooms.newsroom.unshare(caller, article_id, share_id)
    return Response(status_code=204)


def _summary(share: Share) -> ShareSummary:
    return ShareSummary(id=share.id, created_at=share.created_at, expires_at=share.expires_at)
