"""The sentences that people read, for clients that show them by code."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Request, Response

from service import messages
from service.api.problems import may
from service.api.tagged import tagged
from service.core.errors import NotFound

router = APIRouter(tags=["server"])


@router.get("/messages/{language}", response_model=dict[str, str], responses=may(NotFound))
async def catalog(language: Annotated[str, Path(examples=["en"])], request: Request) -> Response:
    """All sentences by code, or by code and reason (`code.reason`); `{name}` is a parameter."""
    if language not in messages.LANGUAGES:
        raise NotFound("language", language=language)
    return tagged(request, msgspec.json.encode(messages.catalog(language)), "application/json")
