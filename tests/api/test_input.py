"""Whatever comes in, what goes out is a clear answer in problem JSON."""

import json
from pathlib import Path
from typing import Any

import pytest

from service import demo
from tests.server import Server, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")
JSON = {"Content-Type": "application/json"}


def is_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["title"]
    assert body["detail"]
    return body


@pytest.mark.parametrize(
    "topic",
    ["", "   ", "x" * 501, "a\x00b", "a\nb", "a\x1bb", None, 7, ["a"], {"a": 1}, True],
    ids=repr,
)
async def test_a_topic_that_can_not_be_used_names_its_field(server: Server, topic: object) -> None:
    body = is_problem(await server.client.post("/start-job", json={"topic": topic}), 422, "invalid_input")
    assert [error["field"] for error in body["errors"]] == ["topic"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "topic"),
        ({"topic": "a", "topics": "b"}, "topics"),
        ([], "body"),
        ("a", "body"),
    ],
)
async def test_a_body_of_the_wrong_shape_names_what_is_wrong(server: Server, body: object, field: str) -> None:
    problem = is_problem(await server.client.post("/start-job", json=body), 422, "invalid_input")
    assert field in [error["field"] for error in problem["errors"]]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b'{"topic": "\\ud83d"}', b'{"topic": NaN}', b"[" * 100_000, b"null"]
)
async def test_a_body_that_is_no_json_is_said_so(server: Server, content: bytes) -> None:
    is_problem(await server.client.post("/start-job", content=content, headers=JSON), 422, "invalid_input")


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", ""])
async def test_other_kinds_of_body_are_not_taken(server: Server, kind: str) -> None:
    answer = await server.client.post("/start-job", content=b'{"topic":"a"}', headers={"Content-Type": kind})
    is_problem(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("path", ["/preview", "/articles/create"])
async def test_json_that_is_no_text_is_said_so(server: Server, path: str) -> None:
    is_problem(await server.client.post(path, content=b"\xff", headers=JSON), 422, "invalid_input")


@pytest.mark.parametrize("path", ["/preview"])
async def test_json_routes_demand_json(server: Server, path: str) -> None:
    answer = await server.client.post(path, content=b'{"markdown":"a"}', headers={"Content-Type": "text/plain"})
    is_problem(answer, 415, "unsupported_media_type")


TOPICS = [
    "Bees",
    "漢字 と かな",
    "שלום",
    "a <b>bold</b> & \"quoted\" 'topic'",
    "--- {yaml: [1]} ```",
    "🐝🌱",
    "x" * 500,
    "$topic </topic>",
]


@pytest.mark.parametrize("topic", TOPICS)
async def test_any_script_and_any_sign_arrives_as_text(server: Server, topic: str) -> None:
    answer = await server.client.post("/start-job", data={"topic": topic})
    job = answer.json()
    assert (answer.status_code, job["topic"], job["status"]) == (200, topic, "started")
    viewer = await server.watch(job["job_id"])
    assert viewer.end is not None
    assert (await server.get(f"/articles/{job['job_id']}"))["topic"] == topic
    result = await server.get(f"/articles/{job['job_id']}/result")
    assert result["content"] == viewer.texts["style", None]
    assert result["content"]


async def test_forms_of_all_kinds_are_taken(server: Server) -> None:
    raw = await server.client.post(
        "/start-job", content="topic=Bees+🐝".encode(), headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert raw.json()["topic"] == "Bees 🐝"
    multipart = await server.client.post("/start-job", files={"topic": (None, "Bees 🐝")})
    assert multipart.json()["topic"] == "Bees 🐝"


@pytest.mark.parametrize("content", [b"topic=%FF", b"topic=\xff", b"a" * 3 + b"=1&" * 2000, b"topic=a&topic=b"])
async def test_a_form_that_can_not_be_read_is_said_so(server: Server, content: bytes) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    is_problem(await server.client.post("/start-job", content=content, headers=kind), 422, "invalid_input")


@pytest.mark.parametrize("path", ["", "/status", "/result", "/stages", "/events"])
@pytest.mark.parametrize(
    "name", ["0", "nobody", "01a1f84d-40aa-706f-bfb3-6bff0877ac7d", "..%2f..%2fetc", "%00", "é" * 300]
)
async def test_an_unknown_article_is_not_found_anywhere(server: Server, name: str, path: str) -> None:
    is_problem(await server.client.get(f"/articles/{name}{path}"), 404, "not_found")


async def test_an_unknown_job_is_not_found(server: Server) -> None:
    is_problem(await server.client.get("/progress/nobody"), 404, "not_found")
    is_problem(await server.client.post("/articles/nobody/cancel"), 404, "not_found")
    is_problem(await server.client.delete("/articles/nobody"), 404, "not_found")
    is_problem(await server.client.get("/nowhere"), 404, "not_found")
    is_problem(await server.client.put("/start-job"), 405, "method_not_allowed")


async def test_a_wrong_method_is_told_the_right_ones(server: Server) -> None:
    answer = await server.client.put("/articles/nobody")
    is_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "DELETE, GET, PATCH"


async def test_when_the_queue_is_full_one_is_told_when_to_come_back(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(2000, 0), faults=demo.Faults.parse(["empty=1"])) as model:
        words = {"OPENAI_BASE_URL": model.url, "PRESSROOM_MODEL_ATTEMPTS": "1"}
        async with serving(tmp_path, **words) as server:
            job_id = await server.start_job()
            await server.watch(job_id)
        async with serving(tmp_path, PRESSROOM_ARTICLES_WAITING="0", **words) as server:
            for path in ("/start-job", "/articles/create", f"/articles/{job_id}/retry"):
                answer = await server.client.post(path, json={"topic": "Bees"})
                is_problem(answer, 429, "queue_full")
                assert int(answer.headers["retry-after"]) > 0


async def test_a_body_over_the_limit_is_refused(server: Server) -> None:
    topic = json.dumps({"topic": "x" * 1_100_000}).encode()
    is_problem(await server.client.post("/start-job", content=topic, headers=JSON), 413, "body_too_large")

    async def dripping():
        for _ in range(1_100):
            yield b"x" * 1_000

    is_problem(await server.client.post("/start-job", content=dripping(), headers=JSON), 413, "body_too_large")


async def test_a_result_that_is_not_there_yet_is_a_conflict(server: Server) -> None:
    job_id = await server.start_job()
    is_problem(await server.client.get(f"/articles/{job_id}/result"), 409, "conflict")
    await server.watch(job_id)
    is_problem(await server.client.post(f"/articles/{job_id}/cancel"), 409, "conflict")
