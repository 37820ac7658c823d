"""Articles as a resource: asking for them, looking through them, changing them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from service import demo
from service.wire.events import Done
from tests.api.test_input import is_problem
from tests.server import Server, idle, serving
from tests.sse import Viewer

pytestmark = pytest.mark.asyncio(loop_scope="module")
SEED = {
    "topic": "AI in Healthcare",
    "tone": "professional",
    "target_audience": "healthcare professionals",
    "min_words": 1000,
}


async def written(server: Server, topic: str = "Bees") -> str:
    job_id = await server.start_job(topic)
    await server.watch(job_id)
    return job_id


async def test_a_brief_is_created_written_and_long_enough(server: Server) -> None:
    answer = await server.client.post("/articles/create", json=SEED)
    article = answer.json()
    assert (answer.status_code, article["topic"], article["status"]) == (201, "AI in Healthcare", "pending")
    assert answer.headers["location"] == f"/articles/{article['id']}"
    viewer = Viewer()
    async with server.client.stream("GET", article["events_url"]) as stream:
        async for data in stream.aiter_raw():
            viewer.feed(data)
    result = await server.get(article["result_url"])
    assert result["content"] == viewer.texts["style", None]
    assert len(result["outline"]["sections"]) == 5
    assert 1000 <= result["words"] <= 1400
    assert result["title"] == result["outline"]["title"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("topic", ""),
        ("tone", "screaming"),
        ("target_audience", "a\nb"),
        ("min_words", 99),
        ("min_words", 5001),
        ("min_words", "many"),
        ("min_words", "500"),
        ("min_words", 500.5),
        ("language", "klingonese!"),
        ("language", ""),
        ("surprise", 1),
    ],
)
async def test_a_brief_that_can_not_be_names_its_field(server: Server, field: str, value: object) -> None:
    problem = is_problem(await server.client.post("/articles/create", json=SEED | {field: value}), 422, "invalid_input")
    assert [error["field"] for error in problem["errors"]] == [field]


async def test_the_options_say_what_a_brief_may(server: Server) -> None:
    options = await server.get("/options")
    assert "professional" in options["tones"]
    assert (options["min_words"], options["max_words"]) == (100, 5000)


@pytest.mark.parametrize(("path", "body"), [("/start-job", {"topic": "Bees"}), ("/articles/create", SEED)])
async def test_the_same_key_gives_the_same_article_also_fifty_at_once(server: Server, path: str, body: Any) -> None:
    headers = {"Idempotency-Key": f"key of {path}"}
    answers = await asyncio.gather(*(server.client.post(path, json=body, headers=headers) for _ in range(50)))
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert len({answer.json().get("job_id") or answer.json()["id"] for answer in answers}) == 1
    other = await server.client.post(path, json=body | {"topic": "Wasps"}, headers=headers)
    is_problem(other, 409, "idempotency_key_reused")


async def test_a_key_that_is_none_is_refused(server: Server) -> None:
    for key in ["", "x" * 256]:
        answer = await server.client.post("/start-job", json={"topic": "a"}, headers={"Idempotency-Key": key})
        is_problem(answer, 422, "invalid_input")


async def test_pages_searches_and_sorts(server: Server) -> None:
    ids = [await written(server, f"Sorted 100%_{n}") for n in range(5)]
    first = await server.get("/articles/?limit=2&q=sorted%20100%25_")
    assert [article["id"] for article in first["articles"]] == ids[:2:-1]
    seen = [article["id"] for article in first["articles"]]
    cursor = first["next_cursor"]
    while cursor:
        page = await server.get(f"/articles/?limit=2&q=Sorted&cursor={cursor}")
        seen += [article["id"] for article in page["articles"]]
        cursor = page["next_cursor"]
    assert seen == ids[::-1]
    oldest = await server.get("/articles/?q=Sorted&sort=oldest&status=completed")
    assert [article["id"] for article in oldest["articles"]] == ids
    assert (await server.get("/articles/?q=Sorted&status=failed"))["articles"] == []
    assert (await server.get("/articles/?q=%25%25"))["articles"] == []


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=x", "cursor=garbage", "status=odd", "sort=odd", "q=", "q=%00", "cursor=%00"],
)
async def test_a_page_that_can_not_be_is_said_so(server: Server, query: str) -> None:
    is_problem(await server.client.get(f"/articles/?{query}"), 422, "invalid_input")


async def test_an_edit_is_a_new_version_and_a_run_of_its_own(server: Server) -> None:
    job_id = await written(server)
    viewer = await server.watch(job_id)
    change = {"version": 1, "title": "New title", "content": "# New\n\nOnly this 🐝."}
    answer = await server.client.patch(f"/articles/{job_id}", json=change)
    assert answer.status_code == 200, answer.text
    edited = answer.json()
    assert (edited["version"], edited["run"], edited["title"], edited["words"]) == (2, 2, "New title", 3)
    assert (await server.get(f"/articles/{job_id}/result"))["content"] == change["content"]
    ids = len(viewer.ids)
    await server.watch(job_id, viewer)  # who has seen the run before gets the new one
    assert viewer.texts["style", None] == change["content"]
    assert isinstance(viewer.end, Done)
    assert viewer.end.run == 2
    assert viewer.ids == sorted(set(viewer.ids))
    assert sum(isinstance(event, Done) for event in viewer.events[ids:]) == 1
    stale = await server.client.patch(f"/articles/{job_id}", json=change)
    is_problem(stale, 409, "conflict")


async def test_of_many_edits_at_once_one_wins(server: Server) -> None:
    job_id = await written(server)
    tries = [server.client.patch(f"/articles/{job_id}", json={"version": 1, "content": f"Mine {n}"}) for n in range(10)]
    statuses = [answer.status_code for answer in await asyncio.gather(*tries)]
    assert sorted(statuses) == [200] + [409] * 9


async def test_versions_are_kept_and_can_be_restored(server: Server) -> None:
    job_id = await written(server)
    first = (await server.get(f"/articles/{job_id}/result"))["content"]
    await server.client.patch(f"/articles/{job_id}", json={"version": 1, "content": "Changed."})
    restored = await server.client.post(f"/articles/{job_id}/versions/1/restore", json={"version": 2})
    assert (restored.status_code, restored.json()["content"]) == (200, first)
    kept = await server.get(f"/articles/{job_id}/versions")
    assert [(v["version"], v["reason"]) for v in kept] == [(1, "written"), (2, "edited"), (3, "restored")]
    assert (await server.get(f"/articles/{job_id}/versions/2"))["content"] == "Changed."
    is_problem(await server.client.get(f"/articles/{job_id}/versions/9"), 404, "not_found")
    is_problem(await server.client.get(f"/articles/{job_id}/versions/x"), 422, "invalid_input")
    is_problem(await server.client.get("/articles/nobody/versions"), 404, "not_found")


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"version": 1},
        {"title": "a"},
        {"version": 0, "title": "a"},
        {"version": "1", "title": "a"},
        {"version": 1, "title": ""},
        {"version": 1, "title": "a\x00"},
        {"version": 1, "content": "a\x00b"},
        {"version": 1, "content": 7},
        {"version": 1, "content": "x" * 200_001},
        {"version": 1, "title": "a", "surprise": 1},
    ],
    ids=lambda change: repr(change)[:40],
)
async def test_an_edit_that_can_not_be_is_said_so(server: Server, change: object) -> None:
    job_id = await written(server)
    is_problem(await server.client.patch(f"/articles/{job_id}", json=change), 422, "invalid_input")


@pytest.mark.parametrize(
    ("format", "kind", "begins"),
    [
        ("md", "text/markdown; charset=utf-8", b"# Bees"),
        ("html", "text/html; charset=utf-8", b"<!doctype html>"),
        ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK"),
        ("pdf", "application/pdf", b"%PDF-"),
    ],
)
async def test_an_article_is_downloaded_under_its_title(server: Server, format: str, kind: str, begins: bytes) -> None:
    job_id = await written(server)
    answer = await server.client.get(f"/articles/{job_id}/export?format={format}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert answer.headers["content-disposition"].startswith('attachment; filename="Bees-')
    assert answer.content.startswith(begins)


async def test_articles_say_their_language(server: Server) -> None:
    job_id = await written(server)
    assert (await server.get(f"/articles/{job_id}"))["lang"] == "en"
    assert (await server.get(f"/articles/{job_id}/result"))["lang"] == "en"
    listed = {each["id"]: each["lang"] for each in (await server.get("/articles/"))["articles"]}
    assert listed[job_id] == "en"
    page = await server.client.get(f"/articles/{job_id}/export?format=html")
    assert '<html lang="en" dir' in page.text


async def test_what_is_being_written_is_listed_and_can_not_be_edited(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(20, 0)) as model, serving(tmp_path, OPENAI_BASE_URL=model.url) as server:
        job_id = await server.start_job()
        await server.watch(job_id, until=lambda viewer: viewer.tokens())
        (task,) = await server.get("/articles/active/tasks")
        assert (task["id"], task["stages"], task["progress"]) == (job_id, ["content"], 33)
        refused = await server.client.patch(f"/articles/{job_id}", json={"version": 1, "title": "a"})
        is_problem(refused, 409, "conflict")
        is_problem(await server.client.post(f"/articles/{job_id}/retry"), 409, "conflict")


async def test_deleting_what_is_being_written_ends_its_viewers_then_it_is_gone(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(20, 0)) as model, serving(tmp_path, OPENAI_BASE_URL=model.url) as server:
        job_id = await server.start_job()
        viewer = Viewer()
        watching = asyncio.create_task(server.watch(job_id, viewer))
        while not viewer.tokens():
            await asyncio.sleep(0.01)
        assert (await server.client.delete(f"/articles/{job_id}")).status_code == 204
        await watching
        assert isinstance(viewer.end, Done)
        assert viewer.end.status == "cancelled"
        await idle(model)
        is_problem(await server.client.get(f"/progress/{job_id}"), 404, "not_found")
        is_problem(await server.client.delete(f"/articles/{job_id}"), 404, "not_found")


async def test_retry_goes_on_from_what_is_stored_as_a_new_run(tmp_path: Path) -> None:
    faults = demo.Faults.script([None, None, "refusal", None])
    async with demo.serving(pace=demo.Pace(2000, 0), faults=faults) as model:
        words = {"OPENAI_BASE_URL": model.url, "PRESSROOM_MODEL_ATTEMPTS": "1"}
        async with serving(tmp_path, **words) as server:
            job_id = await server.start_job()
            viewer = await server.watch(job_id)
            assert (await server.get(f"/articles/{job_id}"))["status"] == "failed"
            calls = model.counts.calls
            stored = [s for s in await server.get(f"/articles/{job_id}/stages") if s["status"] == "completed"]
            answer = await server.client.post(f"/articles/{job_id}/retry")
            assert (answer.status_code, answer.json()["run"], answer.json()["error"]) == (202, 2, None)
            await server.watch(job_id, viewer)
            assert isinstance(viewer.end, Done)
            assert viewer.end.run == 2
            result = await server.get(f"/articles/{job_id}/result")
            assert result["content"] == viewer.texts["style", None]
            assert (await server.watch(job_id)).texts == viewer.texts
            assert model.counts.calls["outline"] == calls["outline"]
            assert sum(model.counts.calls.values()) == sum(calls.values()) + 5 - len(stored)


async def test_retrying_a_cancelled_article_withdraws_its_draft(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(100, 0)) as model, serving(tmp_path, OPENAI_BASE_URL=model.url) as server:
        job_id = await server.start_job()
        viewer = await server.watch(job_id, until=lambda viewer: len(viewer.tokens()) > 20)
        await server.client.post(f"/articles/{job_id}/cancel")
        await server.watch(job_id, viewer)
        assert viewer.texts["style", None]
        await server.client.post(f"/articles/{job_id}/retry")
        await server.watch(job_id, viewer, until=lambda v: not v.texts["style", None])
        assert viewer.texts["style", None] == ""
        await server.watch(job_id, viewer)
        assert viewer.texts == (await server.watch(job_id)).texts
        kept = await server.get(f"/articles/{job_id}/versions")
        assert [version["reason"] for version in kept] == ["written", "written"]
