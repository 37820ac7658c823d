import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV32SpecValidator

from service.app import create_app
from service.export.rendering import to_html
from service.settings import load

UNNAMED = {
    "/healthz",
    "/messages/{language}",
    "/articles/{article_id}/image",
}  # answers one word, under no schema of its own


@cache
def document() -> dict[str, Any]:
    return create_app(load()).openapi()


def schemas() -> dict[str, Any]:
    return document()["components"]["schemas"]


def bodies() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every path with each schema of what it takes and gives."""
    for path, operations in document()["paths"].items():
        for operation in operations.values():
            for side in (operation.get("requestBody", {}), *operation["responses"].values()):
                yield from ((path, media["schema"]) for media in side.get("content", {}).values() if "schema" in media)


def names(schema: dict[str, Any]) -> list[str]:
    """The schemas that a body is made of: itself, its items, or the members of its union."""
    if "$ref" not in schema:
        return names(schema["items"]) if "items" in schema else []
    name = schema["$ref"].rpartition("/")[2]
    return [inner for member in schemas()[name].get("anyOf", []) for inner in names(member)] or [name]


def mistakes(name: str, example: Any) -> list[str]:
    schema = {"$ref": f"#/components/schemas/{name}", "components": document()["components"]}
    checker = Draft202012Validator.FORMAT_CHECKER
    return [error.message for error in Draft202012Validator(schema, format_checker=checker).iter_errors(example)]


def examples() -> list[tuple[str, Any]]:
    return [(name, example) for name, schema in schemas().items() for example in schema.get("examples", [])]


def test_the_document_is_valid_openapi_3_2() -> None:
    assert document()["openapi"].startswith("3.2")
    assert list(OpenAPIV32SpecValidator(document()).iter_errors()) == []


def test_the_streams_show_the_event_union() -> None:
    unions = {"Event": {"stage", "token", "done", "error"}}
    unions["ReadingEvent"] = {"progress", "outline", "sources", "picture", "token", "done"}
    for path, name in {
        "/articles/{article_id}/events": "Event",
        "/progress/{article_id}": "Event",
        "/read/{token}/events": "ReadingEvent",
    }.items():
        content = document()["paths"][path]["get"]["responses"]["200"]["content"]
        assert set(content) == {"text/event-stream"}
        assert content["text/event-stream"]["schema"] == {"$ref": f"#/components/schemas/{name}"}
        assert set(content["text/event-stream"]["itemSchema"]["properties"]["event"]["enum"]) == unions[name]
        assert set(schemas()[name]["discriminator"]["mapping"]) == unions[name]


def test_errors_are_problems_on_every_route_and_said_one_by_one() -> None:
    for operations in document()["paths"].values():
        for operation in operations.values():
            errors = {status: answer for status, answer in operation["responses"].items() if status[0] in "45"}
            assert {"403", "5XX"} <= set(errors)
            assert "default" not in operation["responses"]  # it would allow whatever a route answers
            errors.pop("503", None)  # /readyz says how it is, which is no problem
            assert all(set(answer["content"]) == {"application/problem+json"} for answer in errors.values())
    assert "HTTPValidationError" not in json.dumps(document())


def test_every_body_has_an_example() -> None:
    for path, schema in bodies():
        assert names(schema) or path in UNNAMED, path
        for name in names(schema):
            assert schemas()[name].get("examples"), f"{path}: {name} has no example"


def test_examples_are_what_their_schemas_demand() -> None:
    for name, example in examples():
        assert mistakes(name, example) == [], name
        assert set(example) <= set(schemas()[name]["properties"]), name
        for field in schemas()[name].get("required", []):
            assert mistakes(name, {key: value for key, value in example.items() if key != field}), (name, field)


def test_examples_tell_of_one_article() -> None:
    told = dict(reversed(examples()))
    assert told["PreviewOut"]["html"] == to_html(told["PreviewRequest"]["markdown"])
    assert told["ChangedOut"]["content"] == told["EditRequest"]["content"]
    assert told["Done"]["words"] == told["ResultOut"]["words"] == told["VersionOut"]["words"]
    assert told["ResultOut"]["content"] == told["VersionOut"]["content"]
    token = told["Token"]
    section = told["ResultOut"]["content"].split("\n\n")[2 * token["section"]]
    assert section[token["offset"] :].startswith(token["text"])


def test_where_somebody_has_to_sign_in_it_says_how_and_where_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "security" not in document()
    monkeypatch.setenv("PRESSROOM_AUTH", "on")
    closed = create_app(load()).openapi()
    ways = closed["components"]["securitySchemes"]
    assert closed["security"] == [{name: []} for name in ways]
    assert "401" in closed["paths"]["/articles/create"]["post"]["responses"]
    assert closed["paths"]["/read/{token}"]["get"]["security"] == []
    assert "401" not in closed["paths"]["/healthz"]["get"]["responses"]
