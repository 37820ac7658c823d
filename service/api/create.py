"""The routes that create an article."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from service.api.guards import demand_json
from service.api.problems import may
from service.api.rooms import CallerOf, RoomsOf
from service.api.schemas import ArticleOut, BriefRequest, Job, QuickRequest, Strict, article_out
from service.core.brief import Brief, Given, sections
from service.core.errors import BadInput, BudgetSpent, KeyReused, QueueFull, UnsupportedMediaType

router = APIRouter(tags=["articles"])

Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", min_length=1, max_length=255, description="the same key returns the same article"),
]

_schema = {"schema": {"$ref": "#/components/schemas/QuickRequest"}}
_body = dict.fromkeys(("application/json", "application/x-www-form-urlencoded", "multipart/form-data"), _schema)
_errors = may(KeyReused, UnsupportedMediaType, BadInput, QueueFull, BudgetSpent)


@router.post("/start-job", responses=_errors, openapi_extra={"requestBody": {"required": True, "content": _body}})
async def start_job(request: Request, response: Response, rooms: RoomsOf, caller: CallerOf, key: Key = None) -> Job:
    """Write a short article on a topic: outline, up to three sections in parallel, one edited text."""
    try:
        quick = QuickRequest.model_validate(await _fields(request))
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False)) from None
    article = await rooms.newsroom.create(caller, Brief(topic=quick.topic), key=key, request=fingerprint(quick))
    response.headers["Location"] = f"{rooms.settings.root_path}/articles/{article.id}"
    return Job(job_id=article.id, topic=article.topic, events_url=f"/articles/{article.id}/events")


@router.post("/articles/create", status_code=201, responses=_errors, dependencies=[Depends(demand_json)])
async def create(
    wanted: BriefRequest, response: Response, rooms: RoomsOf, caller: CallerOf, key: Key = None
) -> ArticleOut:
    """Write an article of at least `min_words` words, in a tone and for an audience."""
    asked = brief(wanted, rooms.settings.tones)
    article = await rooms.newsroom.create(caller, asked, key=key, request=fingerprint(wanted))
    response.headers["Location"] = f"{rooms.settings.root_path}/articles/{article.id}"
    return article_out(article)


def brief(wanted: BriefRequest, tones: Sequence[str]) -> Brief:
    """The brief that is asked for, with one of the tones."""
    if wanted.tone not in tones:
        raise BadInput("tone", "one_of", expected=", ".join(tones))
    return Brief(
        topic=wanted.topic,
        flow="full",
        tone=wanted.tone,
        target_audience=wanted.target_audience,
        language=wanted.language,
        max_sections=sections(wanted.min_words),
        min_words=wanted.min_words,
        research=wanted.research,
        sources=[
            Given(title=source.title or None, text=source.text or None, url=source.url or None)
            for source in wanted.sources
        ],
        review_outline=wanted.review_outline,
        seo_optimize=wanted.seo_optimize,
        include_image=wanted.include_image,
    )


def fingerprint(request: Strict, about: str = "") -> str:
    """A hash that distinguishes requests with the same key."""
    return sha256(f"{type(request).__name__} {about}{request.model_dump_json()}".encode()).hexdigest()


async def _fields(request: Request) -> Any:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        match kind:
            case "application/json":
                return await request.json()
            case "application/x-www-form-urlencoded":  # Starlette would read raw UTF-8 (curl sends it) as Latin-1
                return _once(parse_qsl((await request.body()).decode(), True, errors="strict", max_num_fields=10))
            case "multipart/form-data":
                async with request.form(max_files=0, max_fields=10) as form:
                    return _once(form.multi_items())
    except (ValueError, RecursionError, HTTPException):
        wrong = {"type": "body_invalid", "loc": ("body",), "msg": f"is not valid {kind}"}
        raise RequestValidationError([wrong]) from None
    raise UnsupportedMediaType("form_or_json")


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a field appears twice")
    return fields
