"""A passage is revised over HTTP, stored if it is accepted, and taken back."""

import json
from typing import Any

import pytest

from service.core.passage import MAX_PASSAGE
from tests.api.test_input import is_problem
from tests.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")
TEXT = "# Bees\n\n## Hive\n\n🐝 Bees live in a hive, and they fly.\n\n## Honey\n\nSweet."
PASSAGE = {"start": 20, "passage": "Bees live in a hive, and they fly."}


async def article(server: Server, text: str = TEXT) -> str:
    job = await server.start_job("Revising")
    await server.watch(job)
    answer = await server.client.patch(f"/articles/{job}", json={"version": 1, "content": text})
    assert answer.status_code == 200
    return job


async def events(server: Server, job: str, **wanted: Any) -> list[dict[str, Any]]:
    asked = {"version": 2, "action": "shorten", **PASSAGE, **wanted}
    answer = await server.client.post(f"/articles/{job}/passages/revise", json=asked)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    return [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]


@pytest.mark.parametrize("action", ["rewrite", "shorten", "expand", "tone", "fix"])
async def test_it_is_streamed_and_what_is_accepted_is_a_version(server: Server, action: str) -> None:
    job = await article(server)
    *tokens, done = await events(server, job, action=action, **({"tone": "friendly"} if action == "tone" else {}))
    text = ""
    for token in tokens:
        assert token["type"] == "token"
        text = text[: token["offset"]] + token["text"]
    assert done["type"] == "done"
    assert text == done["text"]
    assert (text == PASSAGE["passage"]) == (action == "fix")
    assert done["usage"]["prompt_tokens"] > 0
    assert "".join(c["text"] for c in done["changes"] if c["kind"] != "added") == PASSAGE["passage"]
    accepted = {"version": 2, **PASSAGE, "text": text}
    stored = (await server.client.post(f"/articles/{job}/passages/replace", json=accepted)).json()
    assert (stored["version"], stored["content"]) == (3, TEXT.replace(str(PASSAGE["passage"]), text))
    versions = (await server.client.get(f"/articles/{job}/versions")).json()
    assert [version["reason"] for version in versions] == ["written", "edited", "revised"]


BAD: list[tuple[dict[str, Any], int, str, str]] = [
    ({"version": 1}, 409, "conflict", "the article has changed; it is now version 2"),
    ({"start": 21}, 404, "not_found", "this passage is not in the article any more"),
    ({"start": 0, "passage": TEXT}, 422, "invalid_input", "Selected text: must lie within one section"),
    ({"passage": " \n "}, 422, "invalid_input", "Selected text: must not be empty"),
    (
        {"passage": "x" * (MAX_PASSAGE + 1)},
        422,
        "invalid_input",
        f"Selected text: must have at most {MAX_PASSAGE} characters",
    ),
    ({"passage": "\0"}, 422, "invalid_input", "Selected text: must not contain control characters"),
    ({"start": -1}, 422, "invalid_input", "start: must be at least 0"),
    (
        {"action": "sing"},
        422,
        "invalid_input",
        "action: must be one of rewrite, shorten, expand, tone, fix",
    ),
    ({"action": "tone"}, 422, "invalid_input", "Tone: must be one of conversational"),
    ({"action": "tone", "tone": "angry"}, 422, "invalid_input", "Tone: must be one of conversational"),
]


async def test_what_can_not_be_revised_is_told_where(server: Server) -> None:
    job = await article(server)
    for wrong, status, code, detail in BAD:
        asked = {"version": 2, "action": "shorten", **PASSAGE, **wrong}
        answer = await server.client.post(f"/articles/{job}/passages/revise", json=asked)
        is_problem(answer, status, code)
        assert answer.json()["detail"].startswith(detail)
    answer = await server.client.post("/articles/none/passages/revise", json={"version": 2, "action": "fix", **PASSAGE})
    is_problem(answer, 404, "not_found")


async def test_undo_and_redo_make_versions_and_say_of_what(server: Server) -> None:
    job = await article(server)
    result = await server.get(f"/articles/{job}/result")
    assert (result["undo"], result["redo"]) == ({"version": 2, "reason": "edited"}, None)
    undone = (await server.client.post(f"/articles/{job}/undo", json={"version": 2})).json()
    assert undone["version"] == 3
    assert undone["content"] == (await server.get(f"/articles/{job}/versions/1"))["content"]
    result = await server.get(f"/articles/{job}/result")
    assert (result["undo"], result["redo"]) == (None, {"version": 2, "reason": "edited"})
    is_problem(await server.client.post(f"/articles/{job}/undo", json={"version": 3}), 409, "conflict")
    redone = (await server.client.post(f"/articles/{job}/redo", json={"version": 3})).json()
    assert (redone["version"], redone["content"]) == (4, TEXT)
    is_problem(await server.client.post(f"/articles/{job}/redo", json={"version": 4}), 409, "conflict")
    is_problem(await server.client.post(f"/articles/{job}/undo", json={"version": 3}), 409, "conflict")
    is_problem(await server.client.post("/articles/none/undo", json={"version": 1}), 404, "not_found")


async def test_a_text_that_is_not_stored_is_compared_with_a_version(server: Server) -> None:
    job = await article(server, "One old word.")
    answer = await server.client.post(f"/articles/{job}/versions/2/changes", json={"content": "One new word."})
    assert [(c["kind"], c["text"]) for c in answer.json()["changes"]] == [
        ("same", "One "), ("removed", "old"), ("added", "new"), ("same", " word."),
    ]  # fmt: skip
    is_problem(await server.client.post(f"/articles/{job}/versions/9/changes", json={"content": "a"}), 404, "not_found")


async def test_the_result_says_where_its_blocks_stand(server: Server) -> None:
    job = await article(server)
    result = await server.get(f"/articles/{job}/result")
    text = result["content"].encode("utf-16-le")
    spans = [span for section in result["sections"] for span in section["blocks"]]
    assert [text[2 * s["start"] : 2 * s["end"]].decode("utf-16-le") for s in spans] == TEXT.split("\n\n")
