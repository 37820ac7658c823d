"""The OpenAPI document: FastAPI's, with the union of events on the streams and problem JSON on every route."""

from collections.abc import Sequence
from typing import Any, get_args

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service.api.gatekeeper import COOKIE, OPEN
from service.api.guards import SAFE
from service.api.problems import CONTENT, FieldProblem, Problem, may
from service.api.schemas import QuickRequest
from service.core.errors import BodyTooLarge, HostNotAllowed, LimitReached, OriginNotAllowed, Unauthorized
from service.wire.dialects import DIALECTS
from service.wire.events import Event
from service.wire.reading import ReadingEvent
from service.wire.revision import RevisionEvent

_REF = "#/components/schemas/{name}"
# The streams, and the unions of their events.
STREAMS: dict[str, tuple[str, Any]] = {
    "/articles/{article_id}/events": ("Event", Event),
    "/progress/{article_id}": ("Event", Event),
    "/read/{token}/events": ("ReadingEvent", ReadingEvent),
    "/articles/{article_id}/passages/revise": ("RevisionEvent", RevisionEvent),
}
# What the guards may answer on any route, and on routes that change something.
_GUARDS = may(HostNotAllowed, OriginNotAllowed)
_BODY_GUARDS = {408: {"description": "The body did not arrive in time.", "content": CONTENT}, **may(BodyTooLarge)}
_LIMITS = {str(status): answer for status, answer in may(LimitReached).items()}
_KEYLESS = {str(status): answer for status, answer in may(Unauthorized).items()}
# What lets somebody in, where anybody has to be let in.
_SHOWN = {
    "key": {"type": "http", "scheme": "bearer", "description": "A key (`pr_…`), or a token of the issuer"},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "As `POST /session` sets it"},
}
_BROKEN = {"5XX": {"description": "Something went wrong on the server.", "content": CONTENT}}
_SEEN_ALL = {"description": "There are no further events"}


def document(app: FastAPI, tones: Sequence[str], *, auth: bool) -> dict[str, Any]:
    if app.openapi_schema is None:
        app.openapi_schema = _document(app, tones)
        if auth:
            _closed(app.openapi_schema)
    return app.openapi_schema


def _document(app: FastAPI, tones: Sequence[str]) -> dict[str, Any]:
    made = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.2.0",
        description=app.description,
        routes=app.routes,
        servers=app.servers,
    )
    schemas = made["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for name, union in dict(STREAMS.values()).items():
        (schema,), parts = msgspec.json.schema_components([union], ref_template=_REF)
        schemas |= {**parts, name: schema}
    for model in (Problem, FieldProblem, QuickRequest):
        schemas[model.__name__] = model.model_json_schema(ref_template=_REF.replace("name", "model"))
        schemas[model.__name__].pop("$defs", None)
    from service.api import examples  # noqa: PLC0415 they are many

    for name, example in examples.by_schema():
        schemas[name].setdefault("examples", []).append(example)
    schemas["BriefRequest"]["properties"]["tone"]["enum"] = list(tones)
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            operation["responses"] = _responses(path, method, operation["responses"])
    return made


def _closed(made: dict[str, Any]) -> None:
    """Say what takes a key, and what is answered without one."""
    made["components"]["securitySchemes"] = _SHOWN
    made["security"] = [{name: []} for name in _SHOWN]
    for path, operations in made["paths"].items():
        for operation in operations.values():
            if OPEN.fullmatch(path):
                operation["security"] = []
            else:
                operation["responses"] = _KEYLESS | operation["responses"]


def _responses(path: str, method: str, said: dict[str, Any]) -> dict[str, Any]:
    """The route's and the guards' responses, without FastAPI's 422 where the route never answers it."""
    answers = {status: answer for status, answer in said.items() if status != "422" or answer["content"] == CONTENT}
    if path in STREAMS:
        answers["200"] = _stream(*STREAMS[path])
        if method == "get":
            answers["204"] = _SEEN_ALL
    if path in STREAMS or method.upper() not in SAFE:
        answers = _LIMITS | answers
    guards = _GUARDS if method.upper() in SAFE else _GUARDS | _BODY_GUARDS
    return answers | {str(status): answer for status, answer in (guards | _BROKEN).items()}


def _stream(name: str, union: Any) -> dict[str, Any]:
    """Current client generators read `schema`; OpenAPI 3.2 defines `itemSchema`."""
    event = {"$ref": _REF.format(name=name)}
    data = {"type": "string", "contentMediaType": "application/json", "contentSchema": event}
    names = {"enum": [part.__struct_config__.tag for part in get_args(union)]}
    item = {
        "type": "object",
        "properties": {"id": {"type": "string"}, "event": names, "data": data},
        "required": ["event", "data"],
    }
    others = {each.media_type: {} for each in DIALECTS} if union is Event else {}
    events = {"text/event-stream": {"schema": event, "itemSchema": item}}
    return {"description": "Server-sent events", "content": others | events}
