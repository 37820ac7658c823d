"""The library over real sockets: searching, filtering, tags, several articles at once, saved briefs."""

import io
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zipfile import ZipFile

import pytest

from service import demo
from tests.api.test_input import is_problem
from tests.server import Server, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOBODY = "01a1fe48-86ea-7526-a345-5dbbc81927d6"
BRIEF = {
    "topic": "Weekly news", "tone": "friendly", "target_audience": "children", "min_words": 300, "language": "de",
    "research": False, "sources": [{"text": "A note.", "title": "Mine"}, {"url": "https://example.org/a"}],
    "review_outline": True, "seo_optimize": False, "include_image": True,
}  # fmt: skip


async def written(server: Server, title: str, content: str, topic: str = "Bees") -> str:
    article_id = await server.start_job(topic)
    await server.watch(article_id)
    change = {"version": 1, "title": title, "content": content}
    assert (await server.client.patch(f"/articles/{article_id}", json=change)).status_code == 200
    return article_id


async def found(server: Server, q: str, **others: str) -> list[dict[str, Any]]:
    query = "&".join(f"{name}={quote(value)}" for name, value in {"q": q, **others}.items())
    return (await server.get(f"/articles/?{query}"))["articles"]


async def test_the_text_is_searched_and_what_was_found_is_shown(server: Server) -> None:
    article_id = await written(server, "Reisen", "Vom **Hauptbahnhof** <b>nach</b> 北京大学.")
    [card] = await found(server, "BAHNHOF")
    assert (card["id"], card["found"]["field"]) == (article_id, "text")
    assert card["found"]["parts"] == [
        {"text": "Vom Haupt", "found": False},
        {"text": "bahnhof", "found": True},
        {"text": " <b>nach</b> 北京大学.", "found": False},
    ]
    assert [card["id"] for card in await found(server, "北京")] == [article_id]
    assert [card["found"] for card in (await server.get("/articles/"))["articles"]].count(None) > 0


@pytest.mark.parametrize(
    "q", ['" OR *', "%%", "NEAR(", "title:", "--", "'; DROP TABLE articles", "\U0001f41d", "x" * 200]
)
async def test_a_hostile_query_finds_nothing(server: Server, q: str) -> None:
    assert await found(server, q) == []


@pytest.mark.parametrize(
    "query",
    [
        "q=" + "x" * 10_000,
        "language=1",
        "tag=",
        "tag=%00",
        "since=today",
        "since=0",
        "until=2026-13-01",
        "cursor=title:",
    ],
)
async def test_what_can_not_be_asked_for_is_said_so(server: Server, query: str) -> None:
    is_problem(await server.client.get(f"/articles/?{query}"), 422, "invalid_input")


async def test_titles_come_first_and_pages_say_how_many_there_are(server: Server) -> None:
    ids = [await written(server, "Zebras" if n == 0 else "Others", "No zebras") for n in range(3)]
    page = await server.get("/articles/?q=zebra&limit=1")
    assert ([card["id"] for card in page["articles"]], page["total"]) == ([ids[0]], 3)
    page = await server.get(f"/articles/?q=zebra&limit=1&cursor={page['next_cursor']}")
    assert ([card["id"] for card in page["articles"]], page["total"]) == ([ids[2]], 3)
    page = await server.get(f"/articles/?q=zebra&limit=1&cursor={page['next_cursor']}")
    assert ([card["id"] for card in page["articles"]], page["total"], page["next_cursor"]) == ([ids[1]], 3, None)


async def test_filters_go_with_a_search(server: Server) -> None:
    article_id = await written(server, "Quaggas", "Gone.")
    day = (await server.get(f"/articles/{article_id}"))["created_at"][:10]
    await server.client.put(f"/articles/{article_id}/tags", json={"tags": ["Extinct"]})
    for filters, many in (
        ({"status": "completed", "tag": "extinct", "since": day, "until": day}, 1),
        ({"status": "failed"}, 0),
        ({"language": "de"}, 0),
        ({"tag": "alive"}, 0),
        ({"since": "9999-12-31"}, 0),
        ({"until": "2001-01-01"}, 0),
    ):
        assert len(await found(server, "quagga", **filters)) == many, filters


async def test_tags_are_set_counted_and_checked(server: Server) -> None:
    article_id = await written(server, "Tagged", "Text.")
    url = f"/articles/{article_id}/tags"
    answer = await server.client.put(url, json={"tags": [" Rivers ", "RIVERS", "Alps"]})
    assert (answer.status_code, answer.json()) == (200, {"tags": ["Alps", "Rivers"]})
    [card] = await found(server, "tagged")
    assert (card["tags"], card["version"]) == (["Alps", "Rivers"], 2)
    counted = await server.get("/articles/tags")
    assert {"tag": "Rivers", "articles": 1} in counted
    for tags in (["x"] * 11, ["x" * 41], [""], ["a\nb"], [7], "x"):
        is_problem(await server.client.put(url, json={"tags": tags}), 422, "invalid_input")
    is_problem(await server.client.put("/articles/nobody/tags", json={"tags": []}), 404, "not_found")


async def test_tags_of_several_are_added_and_removed_and_each_is_answered(server: Server) -> None:
    ids = [await written(server, "Filed", "Text.") for _ in range(2)]
    await server.client.put(f"/articles/{ids[0]}/tags", json={"tags": ["Old", *(f"t{n}" for n in range(9))]})
    await server.client.put(f"/articles/{ids[1]}/tags", json={"tags": ["Kept", "old"]})
    asked = {"ids": [*ids, NOBODY], "add": ["New"], "remove": ["OLD"]}
    answer = (await server.client.post("/articles/tags", json=asked)).json()
    assert [(one["id"], one["tags"], one["code"]) for one in answer] == [
        (ids[0], ["New", *(f"t{n}" for n in range(9))], None), (ids[1], ["Kept", "New"], None),
        (NOBODY, None, "not_found"),
    ]  # fmt: skip
    [full, other] = (await server.client.post("/articles/tags", json={"ids": ids, "add": ["kept"]})).json()
    assert (full["code"], full["message"]) == ("conflict", "an article can have at most 10 tags")
    assert other["tags"] == ["Kept", "New"]  # whatever its case, it is there already
    for wrong in ({"add": []}, {"add": ["x" * 41]}, {"add": [""]}, {"remove": [7]}, {"ids": []}):
        is_problem(
            await server.client.post("/articles/tags", json=asked | {"remove": []} | wrong), 422, "invalid_input"
        )


async def test_the_filters_that_there_are_have_counts(server: Server) -> None:
    article_id = await written(server, "Counted", "Text.")
    brief = BRIEF | {"review_outline": False, "research": False, "sources": [], "language": "eo"}
    await server.client.post("/articles/create", json=brief)
    await server.client.put(f"/articles/{article_id}/tags", json={"tags": ["Counting"]})
    filters = await server.get("/articles/filters")
    assert {"tag": "Counting", "articles": 1} in filters["tags"]
    assert {"language": "eo", "articles": 1} in filters["languages"]
    [completed] = [each["articles"] for each in filters["statuses"] if each["status"] == "completed"]
    assert completed == (await server.get("/articles/?status=completed"))["total"]


async def test_an_article_says_what_it_was_written_from(server: Server) -> None:
    quick = await server.get(f"/articles/{await server.start_job('Bees')}/brief")
    assert (quick["flow"], quick["brief"]["topic"]) == ("quick", "Bees")
    created = await server.client.post("/articles/create", json=BRIEF)
    assert await server.get(f"/articles/{created.json()['id']}/brief") == {"flow": "full", "brief": BRIEF}
    is_problem(await server.client.get("/articles/nobody/brief"), 404, "not_found")


async def test_several_are_deleted_and_each_is_answered(server: Server) -> None:
    ids = [await written(server, "Doomed", "Text.") for _ in range(2)]
    answer = await server.client.post("/articles/delete", json={"ids": [ids[0], NOBODY, ids[1], ids[0]]})
    assert [(one["id"], one["deleted"], one["code"]) for one in answer.json()] == [
        (ids[0], True, None), (NOBODY, False, "not_found"), (ids[1], True, None)
    ]  # fmt: skip
    assert await found(server, "doomed") == []
    for ids in ([], [NOBODY] * 201, ["x"], "x"):
        is_problem(await server.client.post("/articles/delete", json={"ids": ids}), 422, "invalid_input")


@pytest.mark.parametrize(("format", "begins"), [("md", b"Text"), ("pdf", b"%PDF")])
async def test_several_are_downloaded_under_names_of_their_own(server: Server, format: str, begins: bytes) -> None:
    ids = [await written(server, title, "Text.") for title in ("水 / Water?", "Same", "SAME", "../../etc")]
    asked = {"ids": [*ids, NOBODY], "format": format}
    answer = await server.client.post("/articles/export", json=asked)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.headers["content-disposition"] == 'attachment; filename="articles.zip"'
    with ZipFile(io.BytesIO(answer.content)) as packed:
        assert packed.testzip() is None
        names = ["水-Water", "Same", "SAME-2", "etc"]
        assert packed.namelist() == [*(f"{name}.{format}" for name in names), "Not exported.txt"]
        assert packed.read(f"Same.{format}").startswith(begins)
        assert packed.read("Not exported.txt").decode() == f"{NOBODY}: there is no such article\n"
    alone = await server.client.post("/articles/export", json={"ids": [NOBODY], "format": format})
    is_problem(alone, 409, "conflict")
    for wrong in ({"ids": []}, {"format": "odd"}):
        is_problem(await server.client.post("/articles/export", json=asked | wrong), 422, "invalid_input")


async def test_a_brief_is_saved_listed_started_and_deleted(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(2_000, 0)) as model, serving(tmp_path, OPENAI_BASE_URL=model.url) as server:
        saved = await server.client.post("/briefs", json={"name": " Weekly ", "brief": BRIEF})
        assert (saved.status_code, saved.json()["name"], saved.json()["brief"]) == (201, "Weekly", BRIEF)
        assert await server.get("/briefs") == [saved.json()]
        again = await server.client.post("/briefs", json={"name": "WEEKLY", "brief": BRIEF})
        is_problem(again, 409, "conflict")
        url = f"/briefs/{saved.json()['id']}"
        other = (await server.client.post("/briefs", json={"name": "Other", "brief": BRIEF})).json()
        is_problem(await server.client.patch(url, json={"name": "OTHER"}), 409, "conflict")
        is_problem(await server.client.patch(url, json={"name": " "}), 422, "invalid_input")
        assert (await server.client.patch(url, json={"name": "weekly"})).json() == saved.json() | {"name": "weekly"}
        await server.client.delete(f"/briefs/{other['id']}")
        is_problem(await server.client.patch(f"/briefs/{other['id']}", json={"name": "x"}), 404, "not_found")
        keyed = {"Idempotency-Key": "this week"}
        started = [await server.client.post(f"{url}/start", json={}, headers=keyed) for _ in range(2)]
        assert {(answer.status_code, answer.json()["topic"]) for answer in started} == {(201, "Weekly news")}
        assert len({answer.json()["id"] for answer in started}) == 1
        other = await server.client.post(f"{url}/start", json={"topic": "Bees"}, headers=keyed)
        is_problem(other, 409, "idempotency_key_reused")
        other = await server.client.post(f"{url}/start", json={"topic": "Bees"})
        assert other.headers["location"] == f"/articles/{other.json()['id']}"
        [card] = await found(server, "bees", language="de")
        assert card["id"] == other.json()["id"]
        assert (await server.client.delete(url)).status_code == 204
        for gone in (server.client.delete(url), server.client.post(f"{url}/start", json={})):
            is_problem(await gone, 404, "not_found")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"brief": BRIEF}, "name"),
        ({"name": " ", "brief": BRIEF}, "name"),
        ({"name": "x" * 81, "brief": BRIEF}, "name"),
        ({"name": "a", "brief": BRIEF | {"topic": ""}}, "brief.topic"),
        ({"name": "a", "brief": BRIEF | {"min_words": 1}}, "brief.min_words"),
        ({"name": "a", "brief": BRIEF | {"tone": "odd"}}, "tone"),
    ],
)
async def test_a_brief_that_can_not_be_is_not_saved(server: Server, body: object, field: str) -> None:
    problem = is_problem(await server.client.post("/briefs", json=body), 422, "invalid_input")
    assert [error["field"] for error in problem["errors"]] == [field]
