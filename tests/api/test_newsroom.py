"""The full flow over real sockets: what people ask for, see, look through and change."""

from collections.abc import AsyncGenerator
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import pytest
import pytest_asyncio

from service import demo
from service.core.events import Plan
from service.core.outline import Outline
from service.core.sections import sections
from service.stages.image import Image
from service.wire.events import Done, Stage
from tests.server import Server, free_port, serving
from tests.sse import Viewer

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOTES = {"title": "My notes", "text": "Bees dance in the dark to show the way. " * 20}
WANTED = {"topic": "Honey bees", "min_words": 300, "sources": [NOTES], "seo_optimize": True, "include_image": True}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Server]:
    prices = {"PRESSROOM_PRICE_PROMPT": "2", "PRESSROOM_PRICE_COMPLETION": "8"}
    async with serving(tmp_path_factory.mktemp("data"), **prices) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def finished(server: Server) -> str:
    """An article that is not changed."""
    article_id = await create(server, include_image=False, seo_optimize=False)
    await server.watch(article_id)
    return article_id


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def in_review(server: Server) -> str:
    """An article whose outline is never approved."""
    article_id = await create(server, review_outline=True)
    await server.watch(article_id, until=reviewing)
    return article_id


async def create(server: Server, **wanted: Any) -> str:
    answer = await server.client.post("/articles/create", json=WANTED | wanted)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def told(viewer: Viewer, stage: str, status: str) -> Stage:
    return next(e for e in viewer.events if isinstance(e, Stage) and (e.stage, e.status) == (stage, status))


def reviewing(viewer: Viewer) -> bool:
    return any(isinstance(e, Stage) and e.status == "awaiting_review" for e in viewer.events)


async def test_the_result_holds_all_that_the_agents_made(server: Server) -> None:
    article_id = await create(server)
    viewer = await server.watch(article_id)
    result = await server.get(f"/articles/{article_id}/result")
    assert result["content"] == viewer.texts["style", None]
    assert 300 <= result["words"] <= 390
    assert result["outline"]["sections"]
    assert 0 < len(result["seo_meta"]["title"]) <= 60
    assert result["research_data"]["sources"] == [{"id": 1, "url": None, **NOTES, "text": NOTES["text"].strip()}]
    assert result["research_data"]["synthesis"]
    assert [(cited["id"], cited["title"]) for cited in result["cited_sources"]] == [(1, "My notes")]
    assert "Bees dance" in result["cited_sources"][0]["passages"][0]
    assert result["dropped_citations"] == 0
    assert 0 <= result["repetition_rate"] < 0.05
    usage = result["usage"]
    assert result["cost"] == pytest.approx(
        (usage["prompt_tokens"] * 2 + usage["completion_tokens"] * 8) / 1e6, abs=1e-6
    )
    times = {stage["stage"]: stage for stage in result["stages"]}
    assert times.keys() == {"research", "outline", "content", "style", "seo", "image"}
    assert all(stage["elapsed_ms"] >= 0 and stage["status"] == "completed" for stage in times.values())
    assert isinstance(told(viewer, "article", "processing").data, Plan)
    assert isinstance(told(viewer, "image", "completed").data, Image)


async def test_the_picture_is_served_as_what_it_is_and_goes_with_the_article(server: Server) -> None:
    article_id = await create(server)
    await server.watch(article_id)
    result = await server.get(f"/articles/{article_id}/result")
    picture = await server.client.get(result["image_url"])
    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["x-content-type-options"] == "nosniff"
    assert picture.content.startswith(b"\x89PNG")
    assert result["image_alt"].startswith("Illustration: Honey bees")
    known = {"If-None-Match": picture.headers["etag"]}
    assert (await server.client.get(result["image_url"], headers=known)).status_code == 304
    assert (await server.client.delete(f"/articles/{article_id}")).status_code == 204
    assert (await server.client.get(result["image_url"])).status_code == 404


async def test_an_export_has_the_standfirst_the_sources_and_the_language_of_the_brief(server: Server) -> None:
    article_id = await create(server, language="de-at")
    await server.watch(article_id)
    result = await server.get(f"/articles/{article_id}/result")
    assert result["lang"] == "de-AT"
    page = (await server.client.get(f"/articles/{article_id}/export?format=html")).text
    assert f'<p class="dek">{result["seo_meta"]["meta_description"]}</p>' in page
    assert '<html lang="de-AT"' in page
    assert "<h2>Quellen</h2>" in page
    word = await server.client.get(f"/articles/{article_id}/export?format=docx")
    paragraphs = {each.style.name: each.text for each in docx.Document(BytesIO(word.content)).paragraphs if each.style}
    assert paragraphs["Subtitle"] == result["seo_meta"]["meta_description"]
    assert paragraphs["Source"] == "1\tMy notes"


async def test_an_article_without_a_picture_has_none(server: Server) -> None:
    article_id = await create(server, include_image=False)
    await server.watch(article_id)
    assert (await server.client.get(f"/articles/{article_id}/image")).status_code == 404
    assert (await server.get(f"/articles/{article_id}/result"))["image_url"] is None


async def test_the_list_shows_what_stands_above_each_text(server: Server) -> None:
    full = await create(server, language="pt-BR")
    await server.watch(full)
    plain = await server.start_job("为什么河流会弯曲")
    await server.watch(plain)
    result = await server.get(f"/articles/{full}/result")
    listed = {each["id"]: each for each in (await server.get("/articles/"))["articles"]}
    heads = {name: (each["standfirst"], each["image_url"], each["lang"]) for name, each in listed.items()}
    assert {name: heads[name] for name in (full, plain)} == {
        full: (result["seo_meta"]["meta_description"], f"/articles/{full}/image", "pt-BR"),
        plain: (None, None, "en"),  # as its text tells
    }
    assert result["lang"] == "pt-BR"


async def test_what_can_not_be_is_skipped_with_its_reason(server: Server) -> None:
    article_id = await create(server, sources=[], research=True)
    viewer = await server.watch(article_id)
    assert isinstance(viewer.end, Done)
    assert told(viewer, "research", "skipped").message == (
        "Skipped: no search engine is configured, and no source was given"
    )
    result = await server.get(f"/articles/{article_id}/result")
    assert result["research_data"] is None
    reasons = {stage["stage"]: stage["reason"] for stage in result["stages"]}
    assert reasons["research"] == "no search engine is configured, and no source was given"
    assert reasons["outline"] is None
    stages = await server.get(f"/articles/{article_id}/stages")
    assert [stage["status"] for stage in stages if stage["stage"] == "research"] == ["skipped"]


async def test_a_search_that_can_not_be_is_told_beside_the_sources_that_were_given(server: Server) -> None:
    article_id = await create(server, research=True)
    viewer = await server.watch(article_id)
    assert told(viewer, "research", "completed").message == "Only your own sources: no search engine is configured"
    research = (await server.get(f"/articles/{article_id}/result"))["research_data"]
    assert (len(research["sources"]), research["search_failure"]) == (1, "no search engine is configured")


async def test_addresses_of_the_inside_are_never_asked(server: Server) -> None:
    async with demo.serving(pace=demo.Pace(1_000, 0)) as trap:
        for url in (trap.url, trap.url.replace("127.0.0.1", "2130706433"), "http://[::ffff:127.0.0.1]/"):
            answer = await server.client.post("/articles/create", json=WANTED | {"sources": [{"url": url}]})
            assert answer.status_code == 422, url
        named = "http://localhost/"
        article_id = await create(server, sources=[{"url": named}, NOTES])
        await server.watch(article_id)
        missed = (await server.get(f"/articles/{article_id}/result"))["research_data"]["missed"]
        assert [(miss["url"], miss["reason"]) for miss in missed] == [
            (named, "the source is not on the public internet")
        ]
        assert trap.counts.most_under_way == 0


BAD = {
    "an unknown tone": ({"tone": "shouting"}, "tone"),
    "too few words": ({"min_words": 99}, "min_words"),
    "too many words": ({"min_words": 5_001}, "min_words"),
    "no language": ({"language": "the one of the bees"}, "language"),
    "a source that is nothing": ({"sources": [{}]}, "sources.0"),
    "a source that is two things": ({"sources": [{"url": "https://example.org/", "text": "Bees"}]}, "sources.0"),
    "a URL that is none": ({"sources": [{"url": "bees"}]}, "sources.0.url"),
    "a URL of a file": ({"sources": [{"url": "file:///etc/passwd"}]}, "sources.0.url"),
    "a URL with a password": ({"sources": [{"url": "https://a:b@example.org/"}]}, "sources.0.url"),
    "a URL of the inside": ({"sources": [{"url": "http://169.254.169.254/latest"}]}, "sources.0.url"),
    "an empty text": ({"sources": [{"text": "  "}]}, "sources.0.text"),
    "eleven sources": ({"sources": [NOTES] * 11}, "sources"),
    "a source's unknown field": ({"sources": [NOTES | {"author": "x"}]}, "sources.0.author"),
    "no truth value": ({"research": "yes"}, "research"),
    "a URL without end": ({"sources": [{"url": "https://example.org/" + "x" * 2_000}]}, "sources.0.url"),
    "a text without end": ({"sources": [{"text": "x" * 50_001}]}, "sources.0.text"),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_brief_is_said_field_by_field(server: Server, name: str) -> None:
    change, field = BAD[name]
    before = await server.get("/articles/")
    answer = await server.client.post("/articles/create", json=WANTED | change)
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["field"] == field
    assert error["message"].startswith(("must ", "is ", "only ", "the source ", "URLs "))  # in our own words
    assert await server.get("/articles/") == before


SEEN = {"title": "My bees", "sections": [{"title": "Third"}, {"title": "First", "covers": "how it begins"}]}


async def test_a_reviewed_outline_is_written_by(server: Server) -> None:
    article_id = await create(server, review_outline=True)
    viewer = await server.watch(article_id, until=reviewing)
    assert isinstance(told(viewer, "article", "awaiting_review").data, Outline)
    assert (await server.get(f"/articles/{article_id}/status"))["status"] == "awaiting_review"
    assert (await server.get("/health"))["running"] == 0
    answer = await server.client.post(f"/articles/{article_id}/outline", json=SEEN)
    assert answer.status_code == 202, answer.text
    await server.watch(article_id, viewer)
    result = await server.get(f"/articles/{article_id}/result")
    assert result["content"] == viewer.texts["style", None]
    assert [section.title for section in sections(result["content"])] == ["Third", "First"]
    assert result["title"] == "My bees"
    assert result["outline"]["sections"][1]["covers"] == "how it begins"
    again = await server.client.post(f"/articles/{article_id}/outline", json=SEEN)
    assert again.status_code == 409


async def test_a_review_survives_a_kill_and_its_stream_stays_open(tmp_path: Path) -> None:
    words = {"PRESSROOM_PORT": str(free_port())}
    async with serving(tmp_path, **words) as server:
        article_id = await create(server, review_outline=True)
        viewer = await server.watch(article_id, until=reviewing)
        await server.kill()
    async with serving(tmp_path, **words) as server:
        await server.watch(article_id, viewer, until=lambda v: sum(map(reviewing_event, v.events)) == 2)
        await server.client.post(f"/articles/{article_id}/outline", json=SEEN)
        await server.watch(article_id, viewer)
        assert isinstance(viewer.end, Done)
        assert (await server.get(f"/articles/{article_id}/result"))["content"] == viewer.texts["style", None]


def reviewing_event(event: object) -> bool:
    return isinstance(event, Stage) and event.status == "awaiting_review"


async def test_a_review_can_be_cancelled(server: Server) -> None:
    article_id = await create(server, review_outline=True)
    viewer = await server.watch(article_id, until=reviewing)
    assert (await server.client.post(f"/articles/{article_id}/cancel")).json()["status"] == "cancelled"
    await server.watch(article_id, viewer)
    assert isinstance(viewer.end, Done)
    assert viewer.end.status == "cancelled"
    assert (await server.client.post(f"/articles/{article_id}/outline", json=SEEN)).status_code == 409


@pytest.mark.parametrize(
    "seen",
    [
        {"title": "t", "sections": []},
        {"title": "t", "sections": [{"title": f"s{n}"} for n in range(100)]},
        {"title": "", "sections": [{"title": "a"}]},
        {"title": "t", "sections": [{"title": "a\nb"}]},
        {"title": "t", "sections": [{"name": "a"}]},
        {"sections": [{"title": "a"}]},
    ],
)
async def test_a_bad_outline_is_refused_and_the_review_goes_on(
    server: Server, in_review: str, seen: dict[str, Any]
) -> None:
    answer = await server.client.post(f"/articles/{in_review}/outline", json=seen)
    assert answer.status_code == 422
    assert (await server.get(f"/articles/{in_review}/status"))["status"] == "awaiting_review"


async def test_one_section_is_rewritten_and_nothing_else(server: Server) -> None:
    article_id = await create(server)
    viewer = await server.watch(article_id)
    before = await server.get(f"/articles/{article_id}/result")
    wanted = {"version": 1, "instruction": "Shorter, please."}
    answer = await server.client.post(f"/articles/{article_id}/sections/2/rewrite", json=wanted)
    assert (answer.status_code, answer.json()["run"]) == (202, 2)
    seen = len(viewer.events)
    viewer = await server.watch(article_id, viewer)
    after = await server.get(f"/articles/{article_id}/result")
    old, new = sections(before["content"]), sections(after["content"])
    assert [section.title for section in old] == [section.title for section in new]
    assert [a.body == b.body for a, b in zip(old, new, strict=True)] == [True, False, True]
    assert viewer.texts["content", 2] == new[1].body
    assert viewer.texts["style", None] == after["content"]
    assert (after["version"], after["status"], after["words"] > 0) == (2, "completed", True)
    assert {(e.stage, e.section) for e in viewer.events[seen:] if isinstance(e, Stage)} == {
        ("article", None),
        ("content", 2),
    }
    versions = await server.get(f"/articles/{article_id}/versions")
    assert [version["reason"] for version in versions] == ["written", "rewritten"]
    replay = await server.watch(article_id)
    assert replay.texts["style", None] == after["content"]
    assert replay.end == viewer.end


@pytest.mark.parametrize(
    ("number", "change", "status"),
    [
        (9, {}, 404),
        (1, {"version": 7}, 409),
        (0, {}, 422),
        (1, {"instruction": " "}, 422),
        (1, {"instruction": "x" * 2_001}, 422),
        (1, {"tone": "dry"}, 422),
    ],
)
async def test_a_rewrite_that_can_not_be_is_refused(
    server: Server, finished: str, number: int, change: dict[str, Any], status: int
) -> None:
    wanted = {"version": 1, "instruction": "Shorter"} | change
    answer = await server.client.post(f"/articles/{finished}/sections/{number}/rewrite", json=wanted)
    assert answer.status_code == status, answer.text
    assert (await server.get(f"/articles/{finished}/status"))["status"] == "completed"


async def test_a_rewrite_that_fails_or_is_cancelled_leaves_the_article_as_it_was(tmp_path: Path) -> None:
    faults = demo.Faults.script([*[None] * 5, "refusal"])
    async with demo.serving(pace=demo.Pace(400, 0.05), faults=faults) as model:
        words = {"OPENAI_BASE_URL": model.url, "PRESSROOM_MODEL_ATTEMPTS": "1"}
        async with serving(tmp_path, **words) as server:
            article_id = await server.start_job()
            await server.watch(article_id)
            before = (await server.get(f"/articles/{article_id}/result"))["content"]
            wanted = {"version": 1, "instruction": "Shorter"}
            await server.client.post(f"/articles/{article_id}/sections/1/rewrite", json=wanted)
            failed = await server.watch(article_id)
            assert failed.texts["style", None] == before
            assert (await server.get(f"/articles/{article_id}"))["status"] == "failed"
            await server.client.post(f"/articles/{article_id}/retry")
            viewer = await server.watch(article_id, until=lambda v: bool(v.texts.get(("content", 1))))
            await server.client.post(f"/articles/{article_id}/cancel")
            await server.watch(article_id, viewer)
            result = await server.get(f"/articles/{article_id}/result")
            assert result["content"] == before == viewer.texts["style", None]
            assert (result["status"], result["version"]) == ("cancelled", 1)
            edit = await server.client.patch(f"/articles/{article_id}", json={"version": 1, "content": "# Mine"})
            assert edit.status_code == 200
