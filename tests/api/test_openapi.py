import json

from openapi_spec_validator import OpenAPIV32SpecValidator

from service.app import create_app
from service.settings import load

DOCUMENT = create_app(load()).openapi()


def test_the_document_is_valid_openapi_3_2() -> None:
    assert DOCUMENT["openapi"].startswith("3.2")
    assert list(OpenAPIV32SpecValidator(DOCUMENT).iter_errors()) == []


def test_the_streams_show_the_event_union() -> None:
    for path in ("/articles/{article_id}/events", "/progress/{article_id}"):
        content = DOCUMENT["paths"][path]["get"]["responses"]["200"]["content"]
        assert set(content) == {"text/event-stream"}
        assert content["text/event-stream"]["schema"] == {"$ref": "#/components/schemas/Event"}
        assert "itemSchema" in content["text/event-stream"]
    event = DOCUMENT["components"]["schemas"]["Event"]
    assert set(event["discriminator"]["mapping"]) == {"stage", "token", "done", "error"}


def test_errors_are_problems_on_every_route_and_said_one_by_one() -> None:
    for operations in DOCUMENT["paths"].values():
        for operation in operations.values():
            errors = {status: answer for status, answer in operation["responses"].items() if status[0] in "45"}
            assert {"403", "5XX"} <= set(errors)
            assert "default" not in operation["responses"]  # it would allow whatever a route answers
            errors.pop("503", None)  # /readyz says how it is, which is no problem
            assert all(set(answer["content"]) == {"application/problem+json"} for answer in errors.values())
    assert "HTTPValidationError" not in json.dumps(DOCUMENT)
