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


def test_every_route_answers_errors_with_problems() -> None:
    for operations in DOCUMENT["paths"].values():
        for operation in operations.values():
            assert "application/problem+json" in operation["responses"]["default"]["content"]
    assert "HTTPValidationError" not in json.dumps(DOCUMENT)
