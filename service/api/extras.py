"""Changing what goes with an article's text: its picture, and what search engines show."""

from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from service.api.guards import demand_json
from service.api.leaving import while_asked
from service.api.problems import may
from service.api.rooms import CallerOf, RoomsOf
from service.api.schemas import Strict, line, note, whole
from service.core.brief import clean_line, clean_note
from service.core.errors import (
    BadInput,
    BodyTooLarge,
    BudgetSpent,
    Conflict,
    ImageFailed,
    NotFound,
    PictureRefused,
    UnsupportedMediaType,
)
from service.export.pictures import checked
from service.messages import say
from service.stages.seo import Seo, slug
from service.store.pictures import MEDIA_TYPES
from service.store.renewals import Renewal

router = APIRouter(prefix="/articles", tags=["library"], responses=may(NotFound))

MAX_ALT = MAX_WISH = 500
MAX_TITLE, MAX_DESCRIPTION, MAX_SLUG = 200, 500, 80
MAX_KEYWORDS, MAX_KEYWORD = 20, 60
SENT_AS = (*MEDIA_TYPES, "application/octet-stream")

Base = Annotated[
    int,
    Field(ge=0, le=2**31, strict=True, description="the `image_version` or `seo_version` that is changed"),
    BeforeValidator(whole),
]
ImageBase = Annotated[int, Query(alias="version", ge=0, le=2**31, description="the `image_version` that is changed")]
Alt = Annotated[str, AfterValidator(partial(clean_note, limit=MAX_ALT)), note(MAX_ALT)]
SearchTitle = Annotated[str, AfterValidator(partial(clean_line, limit=MAX_TITLE)), line(MAX_TITLE, "characters")]
Description = Annotated[str, AfterValidator(partial(clean_note, limit=MAX_DESCRIPTION)), note(MAX_DESCRIPTION)]
Keyword = Annotated[str, AfterValidator(partial(clean_line, limit=MAX_KEYWORD)), line(MAX_KEYWORD, "characters")]
Slug = Annotated[str, AfterValidator(partial(clean_note, limit=MAX_SLUG)), note(MAX_SLUG)]
Renewable = Literal["image", "seo"]

_file: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_upload = {"requestBody": {"required": True, "content": dict.fromkeys(SENT_AS, _file)}}
_json_errors = may(NotFound, Conflict, UnsupportedMediaType, BadInput)


class ExtraOut(BaseModel):
    version: int = Field(description="the new `image_version` or `seo_version`")


class AltRequest(Strict):
    version: Base
    alt: Alt = Field(description="what the picture shows, for those who can't see it")


class SearchRequest(Strict):
    version: Base
    title: SearchTitle
    meta_description: Description = ""
    keywords: list[Keyword] = Field([], max_length=MAX_KEYWORDS)
    slug: Slug = Field("", description="in the form of a slug; by default made of the title")


class RenewRequest(Strict):
    version: Base
    wish: Alt = Field("", description="what the picture should show")


class WhyOut(BaseModel):
    code: str
    message: str
    params: dict[str, Any]


class RenewalOut(BaseModel):
    running: bool
    error: WhyOut | None = Field(description="why the last attempt came to nothing")


async def _picture_body(request: Request) -> bytes:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in SENT_AS:
        raise UnsupportedMediaType("picture")
    return await request.body()


@router.put(
    "/{article_id}/image",
    openapi_extra=_upload,
    responses=may(Conflict, UnsupportedMediaType, BodyTooLarge, PictureRefused),
)
async def upload(
    article_id: str,
    request: Request,
    rooms: RoomsOf,
    caller: CallerOf,
    base: ImageBase,
    data: Annotated[bytes, Depends(_picture_body)],
    alt: Annotated[Alt, Query(description="what it shows")] = "",
) -> ExtraOut:
    """Make the body, a PNG, JPEG or WebP, the article's picture. What stands in it beside its pixels, such as where it
    was taken, is left out."""
    picture, media_type = await while_asked(request, checked(data))
    made = await rooms.newsroom.set_picture(caller, article_id, base=base, data=picture, media_type=media_type, alt=alt)
    return ExtraOut(version=made)


@router.patch("/{article_id}/image", responses=_json_errors, dependencies=[Depends(demand_json)])
async def describe(article_id: str, change: AltRequest, rooms: RoomsOf, caller: CallerOf) -> ExtraOut:
    """Set the picture's alternative text."""
    made = await rooms.newsroom.describe_picture(caller, article_id, change.alt, base=change.version)
    return ExtraOut(version=made)


@router.delete("/{article_id}/image", responses=may(Conflict, BadInput))
async def remove(article_id: str, rooms: RoomsOf, caller: CallerOf, base: ImageBase) -> ExtraOut:
    """Remove the picture."""
    return ExtraOut(version=await rooms.newsroom.remove_picture(caller, article_id, base=base))


@router.put("/{article_id}/seo", responses=_json_errors, dependencies=[Depends(demand_json)])
async def search_fields(article_id: str, change: SearchRequest, rooms: RoomsOf, caller: CallerOf) -> ExtraOut:
    """Set what search engines show of the article. The description is its standfirst too."""
    fields = Seo(
        title=change.title,
        meta_description=change.meta_description,
        keywords=list(dict.fromkeys(change.keywords)),
        slug=slug(change.slug) or slug(change.title),
    )
    return ExtraOut(version=await rooms.newsroom.set_search(caller, article_id, fields, base=change.version))


@router.post(
    "/{article_id}/renewals/{stage}",
    status_code=202,
    responses=_json_errors | may(Conflict, ImageFailed, BudgetSpent),
    dependencies=[Depends(demand_json)],
)
async def renew(
    article_id: str, stage: Renewable, wanted: RenewRequest, rooms: RoomsOf, caller: CallerOf
) -> RenewalOut:
    """Have the model make the picture or the search fields anew for the text that there is now. What there is stays
    until that is done."""
    await rooms.newsroom.renew(caller, article_id, stage, base=wanted.version, wish=wanted.wish)
    return _renewal(await rooms.newsroom.renewal(caller, article_id, stage))


@router.get("/{article_id}/renewals/{stage}", responses=may(BadInput))
async def renewal(article_id: str, stage: Renewable, rooms: RoomsOf, caller: CallerOf) -> RenewalOut:
    """Whether it is being made, and why the last attempt came to nothing."""
    return _renewal(await rooms.newsroom.renewal(caller, article_id, stage))


@router.delete("/{article_id}/renewals/{stage}", status_code=204, responses=may(BadInput))
async def stop(article_id: str, stage: Renewable, rooms: RoomsOf, caller: CallerOf) -> Response:
    """Stop making it. What there was stays."""
    await rooms.newsroom.stop_renewal(caller, article_id, stage)
    return Response(status_code=204)


def _renewal(renewal: Renewal) -> RenewalOut:
    why = renewal.failure
    error = None if why is None else WhyOut(**msgspec.to_builtins(why), message=say(why))
    return RenewalOut(running=renewal.running, error=error)
