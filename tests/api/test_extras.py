"""What goes with a text, over real sockets: pictures that are sent, search fields, and what the model makes anew."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from service import demo
from service.demo import picture
from service.export.pictures import rewritten
from tests.api.test_input import is_problem
from tests.server import Server, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")
PNG, OTHER = (rewritten(picture.png(number)) for number in (1, 2))
PICTURES = Path(__file__).parents[1] / "data" / "pictures"
PNG_TYPE = {"Content-Type": "image/png"}
FIELDS = {
    "title": "Bees, explained",
    "meta_description": "All of them.",
    "keywords": ["bees", "bees"],
    "slug": "The Bees!",
}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


async def written(server: Server, topic: str = "Bees", **wanted: Any) -> str:
    brief = {"topic": topic, "min_words": 100, "language": "en"} | wanted
    answer = await server.client.post("/articles/create", json=brief)
    await server.watch(answer.json()["id"])
    return answer.json()["id"]


async def result(server: Server, article_id: str) -> Any:
    return await server.get(f"/articles/{article_id}/result")


async def send(server: Server, article_id: str, version: int = 0, data: bytes = PNG, **how: Any) -> Any:
    params = {"version": version} | how.pop("params", {})
    headers = PNG_TYPE | how.pop("headers", {})
    return await server.client.put(f"/articles/{article_id}/image", params=params, content=data, headers=headers)


async def renewed(server: Server, article_id: str, stage: str) -> Any:
    """How it ended."""
    async with asyncio.timeout(60):
        while (renewal := await server.get(f"/articles/{article_id}/renewals/{stage}"))["running"]:
            await asyncio.sleep(0.02)
    return renewal["error"]


async def test_a_picture_that_is_sent_goes_wherever_the_article_goes(server: Server) -> None:
    article_id = await written(server)
    assert (await result(server, article_id))["image_url"] is None
    answer = await send(server, article_id, params={"alt": "  Hills at dawn "})
    assert (answer.status_code, answer.json()) == (200, {"version": 1})
    there = await result(server, article_id)
    assert (there["image_alt"], there["image_version"], there["version"]) == ("Hills at dawn", 1, 1)
    shown = await server.client.get(there["image_url"])
    assert shown.content == PNG
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["x-content-type-options"] == "nosniff"
    share = (await server.client.post(f"/articles/{article_id}/shares")).json()
    read = (await server.client.get(share["url"])).json()
    assert read["image_alt"] == "Hills at dawn"
    assert (await server.client.get(read["image_url"])).content == PNG
    exports = {kind: await server.client.get(f"/articles/{article_id}/export?format={kind}") for kind in ("md", "html")}
    assert "![Hills at dawn](http" in exports["md"].text
    assert 'alt="Hills at dawn"' in exports["html"].text
    cards = (await server.client.get("/articles/?limit=100")).json()["articles"]
    assert next(card for card in cards if card["id"] == article_id)["image_url"] == there["image_url"]


async def test_where_a_picture_was_taken_is_not_kept(server: Server) -> None:
    article_id = await written(server)
    photograph = (PICTURES / "turned.jpg").read_bytes()
    # What it is called does not count.
    assert (await send(server, article_id, data=photograph)).status_code == 200
    shown = await server.client.get((await result(server, article_id))["image_url"])
    assert shown.headers["content-type"] == "image/jpeg"
    assert b"Cam" in photograph
    assert b"Cam" not in shown.content
    word = await server.client.get(f"/articles/{article_id}/export?format=docx")
    assert word.status_code == 200


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file is empty"),
        (SVG, "this is not a PNG, JPEG or WebP picture"),
        (b"GIF89a" + bytes(200), "this is not a PNG, JPEG or WebP picture"),
        (PNG[: len(PNG) // 2], "this picture is damaged and can't be shown"),
        (PNG[:16] + b"\0\1\0\0\0\1\0\0" + PNG[24:], "the picture has more than 40 megapixels"),
    ],
)
async def test_what_is_no_picture_is_refused_in_words(server: Server, data: bytes, said: str) -> None:
    article_id = await written(server)
    body = is_problem(await send(server, article_id, data=data), 422, "picture_refused")
    assert body["detail"] == said
    assert (await result(server, article_id))["image_version"] == 0


async def test_how_much_may_be_sent(server: Server) -> None:
    article_id = await written(server)
    body = is_problem(await send(server, article_id, data=bytes(8_000_001)), 413, "body_too_large")
    assert body["detail"] == "the picture is larger than 8 MB"
    is_problem(await send(server, article_id, data=bytes(20_000_000)), 413, "body_too_large")
    is_problem(await send(server, article_id, data=bytes(2_000_000)), 422, "picture_refused")
    elsewhere = await server.client.put(f"/articles/{article_id}/seo", content=bytes(1_000_001))
    is_problem(elsewhere, 413, "body_too_large")


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "multipart/form-data", ""])
async def test_only_a_picture_itself_is_taken(server: Server, kind: str) -> None:
    article_id = await written(server)
    answer = await send(server, article_id, headers={"Content-Type": kind})
    is_problem(answer, 415, "unsupported_media_type")


async def test_a_picture_is_replaced_described_and_removed(server: Server) -> None:
    article_id = await written(server, include_image=True)
    first = await result(server, article_id)
    assert first["image_version"] == 1
    is_problem(await send(server, article_id, version=0), 409, "conflict")
    assert (await send(server, article_id, version=1)).json() == {"version": 2}
    change = {"version": 2, "alt": "A hill"}
    answer = await server.client.patch(f"/articles/{article_id}/image", json=change)
    assert answer.json() == {"version": 3}
    is_problem(await server.client.patch(f"/articles/{article_id}/image", json=change), 409, "conflict")
    wrong = {"version": 3, "alt": "x" * 501}
    is_problem(await server.client.patch(f"/articles/{article_id}/image", json=wrong), 422, "invalid_input")
    now = await result(server, article_id)
    assert now["image_alt"] == "A hill"
    assert (await server.client.get(now["image_url"])).content == PNG != OTHER
    is_problem(await server.client.delete(f"/articles/{article_id}/image?version=2"), 409, "conflict")
    is_problem(await server.client.delete(f"/articles/{article_id}/image"), 422, "invalid_input")
    answer = await server.client.delete(f"/articles/{article_id}/image?version=3")
    assert answer.json() == {"version": 4}
    is_problem(await server.client.get(first["image_url"]), 404, "not_found")
    is_problem(
        await server.client.patch(f"/articles/{article_id}/image", json={"version": 4, "alt": ""}), 404, "not_found"
    )
    markdown = await server.client.get(f"/articles/{article_id}/export?format=md")
    assert "![" not in markdown.text


async def test_a_picture_belongs_to_an_article_that_there_is(server: Server) -> None:
    article_id = await written(server)
    await server.client.delete(f"/articles/{article_id}")
    is_problem(await send(server, article_id), 404, "not_found")
    is_problem(await server.client.get(f"/articles/{article_id}/renewals/image"), 404, "not_found")
    is_problem(await server.client.delete(f"/articles/{article_id}/renewals/image"), 404, "not_found")


async def test_search_fields_are_set_and_told_to_be_of_an_earlier_text(server: Server) -> None:
    article_id = await written(server)
    answer = await server.client.put(f"/articles/{article_id}/seo", json={"version": 0} | FIELDS)
    assert answer.json() == {"version": 1}
    there = await result(server, article_id)
    assert there["seo_meta"] == FIELDS | {"keywords": ["bees"], "slug": "the-bees"}
    assert (there["seo_fits"], there["seo_version"]) == (True, 1)
    page = (await server.client.get(f"/articles/{article_id}/export?format=html")).text
    assert "<title>Bees, explained</title>" in page
    assert '<meta name="description" content="All of them.">' in page
    await server.client.patch(f"/articles/{article_id}", json={"version": 1, "content": "Wasps."})
    assert not (await result(server, article_id))["seo_fits"]
    is_problem(await server.client.put(f"/articles/{article_id}/seo", json={"version": 0} | FIELDS), 409, "conflict")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"meta_description": "x" * 501}, "meta_description"),
        ({"keywords": ["x"] * 21}, "keywords"),
        ({"keywords": ["a\nb"]}, "keywords.0"),
        ({"slug": "x" * 81}, "slug"),
        ({"version": -1}, "version"),
        ({"version": "1"}, "version"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_search_fields_that_can_not_be_used_are_named(server: Server, wrong: Any, field: str) -> None:
    article_id = await written(server)
    answer = await server.client.put(f"/articles/{article_id}/seo", json={"version": 0} | FIELDS | wrong)
    body = is_problem(answer, 422, "invalid_input")
    assert [error["field"] for error in body["errors"]] == [field]


async def test_search_fields_are_written_for_the_text_that_there_is(server: Server) -> None:
    article_id = await written(server)
    asked = await server.client.post(f"/articles/{article_id}/renewals/seo", json={"version": 0})
    assert (asked.status_code, asked.json()) == (202, {"running": True, "error": None})
    assert await renewed(server, article_id, "seo") is None
    there = await result(server, article_id)
    assert there["seo_meta"]["title"]
    assert (there["seo_fits"], there["seo_version"], there["renewing"]) == (True, 1, [])
    is_problem(await server.client.post(f"/articles/{article_id}/renewals/seo", json={"version": 0}), 409, "conflict")
    is_problem(await server.client.get(f"/articles/{article_id}/renewals/style"), 422, "invalid_input")


async def test_a_picture_is_made_anew_and_can_be_stopped(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(2000, 0)) as model:
        async with serving(tmp_path, OPENAI_BASE_URL=model.url, PRESSROOM_IMAGE_MODEL="demo") as server:
            article_id = await written(server)
            model.hold("image")
            renewals = f"/articles/{article_id}/renewals/image"
            wanted = {"version": 0, "wish": "A queen bee"}
            assert (await server.client.post(renewals, json=wanted)).status_code == 202
            is_problem(await server.client.post(renewals, json=wanted), 409, "conflict")
            assert (await result(server, article_id))["renewing"] == ["image"]
            assert (await server.client.delete(renewals)).status_code == 204
            assert (await server.get(renewals)) == {"running": False, "error": None}
            assert (await server.client.delete(renewals)).status_code == 204
            assert (await server.client.post(renewals, json=wanted)).status_code == 202
            async with asyncio.timeout(60):
                while model.counts.under_way < 1:
                    await asyncio.sleep(0.01)
            model.release()
            assert await renewed(server, article_id, "image") is None
            there = await result(server, article_id)
            assert there["image_alt"] == "A queen bee"
            assert (await server.client.get(there["image_url"])).content.startswith(b"\x89PNG")
            assert "A queen bee" in model.calls[-1].messages[0].content
            with closing(sqlite3.connect(tmp_path / "pressroom.db")) as database:
                assert database.execute("SELECT count(*) FROM pictures").fetchone() == (1,)


async def test_why_there_is_no_picture_is_told(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(2000, 0)) as model:
        async with serving(tmp_path, OPENAI_BASE_URL=model.url) as server:
            article_id = await written(server)
            answer = await server.client.post(f"/articles/{article_id}/renewals/image", json={"version": 0})
            body = is_problem(answer, 409, "image_failed")
            assert body["detail"] == "no image model is configured"
            assert (await send(server, article_id)).status_code == 200  # a picture of one's own needs none


async def test_a_damaged_record_is_no_picture(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        article_id = await written(server)
        await send(server, article_id)
        with closing(sqlite3.connect(tmp_path / "pressroom.db")) as database:
            database.execute("DELETE FROM pictures")
            database.commit()
        is_problem(await server.client.get(f"/articles/{article_id}/image"), 404, "not_found")
        assert (await server.client.get(f"/articles/{article_id}/export?format=html")).status_code == 200
    with closing(sqlite3.connect(tmp_path / "pressroom.db")) as database:
        assert database.execute("SELECT count(*) FROM stage_runs WHERE stage = 'image'").fetchone() == (1,)
