"""The OpenAPI document: FastAPI's, with the event union on the streams and problem JSON on every route."""

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service.api import examples
from service.api.problems import FieldProblem, Problem
from service.api.schemas import QuickRequest
from service.events import Event

STREAMS = ("/articles/{article_id}/events", "/progress/{article_id}")
_REF = "#/components/schemas/{name}"
_EVENT = {"$ref": "#/components/schemas/Event"}
_PROBLEM = {
    "description": "What went wrong",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
# `schema` is what today's generators of typed clients read, `itemSchema` what OpenAPI 3.2 says.
_STREAM = {
    "description": "Server-sent events",
    "content": {
        "text/event-stream": {
            "schema": _EVENT,
            "itemSchema": {
                "type": "object",
                "properties": {
                    "id": {"type": "string"},
                    "event": {"enum": ["stage", "token", "done", "error"]},
                    "data": {"type": "string", "contentMediaType": "application/json", "contentSchema": _EVENT},
                },
                "required": ["event", "data"],
            },
        }
    },
}


def document(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        app.openapi_schema = _document(app)
    return app.openapi_schema


def _document(app: FastAPI) -> dict[str, Any]:
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
    (union,), parts = msgspec.json.schema_components([Event], ref_template=_REF)
    schemas |= {**parts, "Event": union}
    for model in (Problem, FieldProblem, QuickRequest):
        schemas[model.__name__] = model.model_json_schema(ref_template=_REF.replace("name", "model"))
        schemas[model.__name__].pop("$defs", None)
    for name, example in examples.by_schema():
        schemas[name].setdefault("examples", []).append(example)
    for path, operations in made["paths"].items():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = _PROBLEM
            if path in STREAMS:
                operation["responses"]["200"] = _STREAM
                operation["responses"]["204"] = {"description": "You have seen all there will ever be"}
    return made
