"""The quick flow's start, for forms and programs."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from service.api.house import HouseOf
from service.api.schemas import Job, QuickRequest
from service.errors import UnsupportedMediaType
from service.writing.brief import Brief

router = APIRouter(tags=["articles"])

_schema = {"schema": {"$ref": "#/components/schemas/QuickRequest"}}
_body = {"application/json": _schema, "application/x-www-form-urlencoded": _schema}


@router.post("/start-job", openapi_extra={"requestBody": {"required": True, "content": _body}})
async def start_job(request: Request, response: Response, house: HouseOf) -> Job:
    """Write a short article on a topic: outline, up to three sections at once, one styled text."""
    try:
        quick = QuickRequest.model_validate(await _fields(request))
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False)) from None
    brief = msgspec.json.encode(Brief(topic=quick.topic)).decode()
    article = await house.store.create(topic=quick.topic, brief=brief)
    house.dispatcher.submit()
    response.headers["Location"] = f"/articles/{article.id}"
    return Job(job_id=article.id, topic=article.topic, events_url=f"/articles/{article.id}/events")


async def _fields(request: Request) -> Any:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        match kind:
            case "application/json":
                return await request.json()
            case "application/x-www-form-urlencoded":  # Starlette would read raw UTF-8, as curl sends it, as Latin-1
                return _once(parse_qsl((await request.body()).decode(), True, errors="strict", max_num_fields=10))
            case "multipart/form-data":
                async with request.form(max_files=0, max_fields=10) as form:
                    return _once(form.multi_items())
    except (ValueError, RecursionError, HTTPException):
        wrong = {"type": "body_invalid", "loc": ("body",), "msg": f"is not valid {kind}"}
        raise RequestValidationError([wrong]) from None
    raise UnsupportedMediaType("send the topic as a form or as application/json")


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a field is there twice")
    return fields
