"""Every error as RFC 9457 problem JSON."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from math import ceil
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse

from service.api import pages
from service.api.headers import answer_headers, rate_limits
from service.core import errors
from service.core.errors import BadInput, PressroomError
from service.core.sentences import Sentence
from service.core.unfit import unfit
from service.messages import say


class FieldProblem(BaseModel):
    field: str
    code: str
    params: dict[str, Any] = {}
    message: str


class Problem(BaseModel):
    """What went wrong: `code` and `params` for programs, `detail` for people."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    params: dict[str, Any] = {}
    detail: str
    errors: list[FieldProblem] | None = None


# The status of each error: that of its nearest ancestor here, or 500.
STATUSES: dict[type[PressroomError], HTTPStatus] = {
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Gone: HTTPStatus.GONE,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.Busy: HTTPStatus.CONFLICT,
    errors.BadMessage: HTTPStatus.BAD_REQUEST,
    errors.BudgetSpent: HTTPStatus.PAYMENT_REQUIRED,
    errors.QueueFull: HTTPStatus.TOO_MANY_REQUESTS,
    errors.LimitReached: HTTPStatus.TOO_MANY_REQUESTS,
    errors.BadInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.PictureRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.ImageFailed: HTTPStatus.CONFLICT,  # asked for without an image model
    errors.BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.Unauthorized: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.IssuerUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.HostNotAllowed: HTTPStatus.FORBIDDEN,
    errors.OriginNotAllowed: HTTPStatus.FORBIDDEN,
    errors.StaleEpoch: HTTPStatus.CONFLICT,
    errors.StoreAway: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.StoreBusy: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.StoreFull: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.ServerBusy: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.RenderFailed: HTTPStatus.UNPROCESSABLE_ENTITY,
}

CONTENT = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def status(error: type[PressroomError]) -> int:
    return next((int(found) for kind in error.__mro__ if (found := STATUSES.get(kind))), 500)


def may(*errors: type[PressroomError]) -> dict[int | str, dict[str, Any]]:
    """The errors that a route may answer, for the OpenAPI document."""
    said: dict[int | str, str] = {}
    for error in errors:
        said[status(error)] = f"{said.get(status(error), '')} {error.__doc__}".strip()
    return {status: {"description": words, "content": CONTENT} for status, words in said.items()}


class ProblemResponse(JSONResponse):
    media_type = "application/problem+json"


def problem(
    status: int,
    sentence: Sentence,
    errors: Sequence[tuple[str, Sentence]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> ProblemResponse:
    """A problem response; `errors` are those of individual fields."""
    body = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        code=sentence.code,
        params=msgspec.to_builtins(sentence.params),
        detail=say(sentence),
        errors=None if errors is None else [_of_field(*each) for each in errors],
    )
    return ProblemResponse(body.model_dump(exclude_none=True), status, headers)


def _of_field(field: str, said: Sentence) -> FieldProblem:
    return FieldProblem(field=field, code=said.code, params=msgspec.to_builtins(said.params), message=say(said))


def of(error: PressroomError) -> ProblemResponse:
    headers = {} if error.retry_after is None else {"Retry-After": str(ceil(error.retry_after))}
    if isinstance(error, errors.Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, errors.LimitReached):
        headers |= rate_limits([error.standing])
    fields = [(error.field, error.problem)] if isinstance(error, BadInput) else None
    return problem(status(type(error)), error.sentence, fields, headers)


def install(app: FastAPI) -> None:
    app.add_exception_handler(PressroomError, _pressroom)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unhandled)


def _pressroom(_: Request, error: Exception) -> Response:
    assert isinstance(error, PressroomError)
    return of(error)


def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [(_field(e["loc"]), unfit(e)) for e in error.errors()]
    each: list[Sentence] = [BadInput.sentence_for(field, problem) for field, problem in errors]
    sentence = each[0] if len(each) == 1 else Sentence(BadInput.code, {"reason": "several", "problems": each})
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, sentence, errors)


def _field(location: Sequence[int | str]) -> str:
    inner = [str(part) for part in location if part not in ("body", "query", "path", "header")]
    return ".".join(inner) or "body"


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    if status == HTTPStatus.BAD_REQUEST:  # FastAPI's status for a body that is not text
        return of(BadInput("body", "unreadable"))
    if status == HTTPStatus.NOT_FOUND and "text/html" in request.headers.get("accept", ""):
        return await _missing(request)
    headers = _allow(request) if status == HTTPStatus.METHOD_NOT_ALLOWED else error.headers
    return problem(status, Sentence(status.name.lower(), {"reason": "http"}), headers=headers)


async def _missing(request: Request) -> Response:
    """The page for browsers, with its addresses relative to where it is shown."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    up = "../" * (path.count("/") - 1) or "./"
    file = await pages.packed_page(request, "missing.html")
    html = file.body.decode().replace('="./', f'="{up}')
    return HTMLResponse(html, HTTPStatus.NOT_FOUND, {"Vary": pages.VARY})


def _allow(request: Request) -> dict[str, str]:
    """All methods of the path, because Starlette names only those of its first route. `/articles/create` does not
    include those of `/articles/{id}`."""
    here = [r for r in iter_route_contexts(request.app.routes) if r.methods and r.path_regex.match(request.url.path)]
    methods = (route.methods or () for route in here if route.path == here[0].path)
    return {"Allow": ", ".join(sorted(set().union(*methods)))}


def _unhandled(request: Request, error: Exception) -> Response:
    """Answered outside of all layers, so it carries what they would add."""
    headers = answer_headers(request.scope)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, PressroomError().sentence, headers=headers)
