"""Every error as RFC 9457 problem JSON."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from math import ceil
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from service.core import errors
from service.core.errors import BadInput, PressroomError
from service.messages import say


class FieldProblem(BaseModel):
    field: str
    message: str


class Problem(BaseModel):
    """What went wrong; `code` is for programs, `detail` for people."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldProblem] | None = None


# What pydantic finds wrong, in the words of our own validators.
SAID = {
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    **dict.fromkeys(["model_type", "model_attributes_type"], "must be an object"),
    **dict.fromkeys(["int_type", "int_parsing", "int_from_float"], "must be a whole number"),
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "too_short": "must have at least {min_length}",
    "too_long": "must have at most {max_length}, not {actual_length}",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "literal_error": "must be one of {expected}",
    "string_pattern_mismatch": "is not of the form asked for",
}

# The statuses that errors are answered with: that of the nearest ancestor named here, or 500.
STATUSES: dict[type[PressroomError], HTTPStatus] = {
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.Busy: HTTPStatus.CONFLICT,
    errors.BadMessage: HTTPStatus.BAD_REQUEST,
    errors.QueueFull: HTTPStatus.TOO_MANY_REQUESTS,
    errors.BadInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.HostNotAllowed: HTTPStatus.FORBIDDEN,
    errors.OriginNotAllowed: HTTPStatus.FORBIDDEN,
    errors.StaleEpoch: HTTPStatus.CONFLICT,
}

CONTENT = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def status(error: type[PressroomError]) -> int:
    return next((int(found) for kind in error.__mro__ if (found := STATUSES.get(kind))), 500)


def may(*errors: type[PressroomError]) -> dict[int | str, dict[str, Any]]:
    """For the OpenAPI document: the errors that a route may answer."""
    said: dict[int | str, str] = {}
    for error in errors:
        said[status(error)] = f"{said.get(status(error), '')} {error.__doc__}".strip()
    return {status: {"description": words, "content": CONTENT} for status, words in said.items()}


class ProblemResponse(JSONResponse):
    media_type = "application/problem+json"


def problem(
    status: int,
    code: str,
    detail: str,
    errors: Sequence[FieldProblem] | None = None,
    headers: Mapping[str, str] | None = None,
) -> ProblemResponse:
    body = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=detail,
        errors=None if errors is None else list(errors),
    )
    return ProblemResponse(body.model_dump(exclude_none=True), status, headers)


def of(error: PressroomError) -> ProblemResponse:
    headers = None if error.retry_after is None else {"Retry-After": str(ceil(error.retry_after))}
    fields = [FieldProblem(field=error.field, message=say(error.problem))] if isinstance(error, BadInput) else None
    return problem(status(type(error)), error.code, say(error.sentence), fields, headers)


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
    errors = [FieldProblem(field=_field(e["loc"]), message=_message(e)) for e in error.errors()]
    detail = "; ".join(f"{e.field}: {e.message}" for e in errors)
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, BadInput.code, detail, errors)


def _field(location: Sequence[int | str]) -> str:
    inner = [str(part) for part in location if part not in ("body", "query", "path", "header")]
    return ".".join(inner) or "body"


def _message(error: Mapping[str, Any]) -> str:
    said = SAID.get(error["type"])
    return said.format(**error.get("ctx", {})) if said else str(error["msg"]).removeprefix("Value error, ")


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    if status == HTTPStatus.BAD_REQUEST:  # FastAPI's word for a body that is no text at all
        return of(BadInput("body", "can't be read"))
    headers = _allow(request) if status == HTTPStatus.METHOD_NOT_ALLOWED else error.headers
    return problem(status, status.name.lower(), str(error.detail), headers=headers)


def _allow(request: Request) -> dict[str, str]:
    """All methods of the path; Starlette names only those of the first route there."""
    here = [r for r in iter_route_contexts(request.app.routes) if r.methods and r.path_regex.match(request.url.path)]
    return {"Allow": ", ".join(sorted(set().union(*(route.methods or () for route in here))))}


def _unhandled(_: Request, error: Exception) -> Response:
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, PressroomError.code, "something went wrong on our side")
