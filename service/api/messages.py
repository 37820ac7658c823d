"""The sentences that people read, for pages that put codes into words themselves."""

from hashlib import sha256
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Request, Response

from service import messages
from service.api.problems import may
from service.core.errors import NotFound

router = APIRouter(tags=["server"])


@router.get("/messages/{language}", response_model=dict[str, str], responses=may(NotFound))
async def catalog(language: Annotated[str, Path(examples=["en"])], request: Request) -> Response:
    """All sentences by code, or by code and reason (`code.reason`); `{name}` stands for a parameter."""
    if language not in messages.LANGUAGES:
        raise NotFound("language", language=language)
    body = msgspec.json.encode(messages.catalog(language))
    headers = {"ETag": f'"{sha256(body).hexdigest()[:32]}"', "Cache-Control": "no-cache"}
    if headers["ETag"] in request.headers.get("If-None-Match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
