"""Links to share over real sockets: made, read by anybody, ended."""

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from service import demo
from tests.api.test_input import is_problem
from tests.server import Server, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")
FOREIGN = {"Origin": "https://evil.example"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
WITHIN = 5.0  # seconds in which a stream whose link has ended ends
SOON = 5.0  # seconds in which two streams are opened, even here
SECRETS = {"tone": "friendly", "target_audience": "my secret audience"}
SOURCE = {"title": "Hives", "text": "Bees build their hives of wax, which is a secret of mine. " * 3}


async def written(server: Server, **more: Any) -> str:
    brief = {"topic": "Bees", "min_words": 100, "language": "en", "include_image": True, "sources": [SOURCE]}
    answer = await server.client.post("/articles/create", json=brief | SECRETS | more)
    assert answer.status_code == 201, answer.text
    await server.watch(answer.json()["id"])
    return answer.json()["id"]


async def share(server: Server, article_id: str, **wanted: Any) -> dict[str, Any]:
    answer = await server.client.post(f"/articles/{article_id}/shares", json=wanted)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def revoke(server: Server, article_id: str, share_id: str) -> None:
    assert (await server.client.delete(f"/articles/{article_id}/shares/{share_id}")).status_code == 204


@asynccontextmanager
async def slowly(folder: Path) -> AsyncGenerator[tuple[Server, str]]:
    """A server that writes an article, and goes on for minutes."""
    async with demo.serving(pace=demo.Pace(20, 0)) as model:
        model.hold("section", after=5)
        async with serving(folder, OPENAI_BASE_URL=model.url) as server:
            yield server, await server.start_job()


# -- making links


async def test_a_link_is_made_listed_without_its_token_and_revoked(server: Server) -> None:
    article_id = await server.start_job()
    without = await server.client.post(f"/articles/{article_id}/shares")
    assert without.status_code == 201
    usual, short = without.json(), await share(server, article_id, days=1)
    now = datetime.now(UTC)
    for made, days in ((usual, 30), (short, 1)):
        expires = datetime.fromisoformat(made["expires_at"])
        assert abs(expires - now - timedelta(days=days)) < timedelta(minutes=2)
        assert made["url"] == f"/read/{made['token']}"
        assert len(made["token"]) >= 43
    listed = await server.get(f"/articles/{article_id}/shares")
    assert listed == [{name: made[name] for name in ("id", "created_at", "expires_at")} for made in (usual, short)]
    await revoke(server, article_id, usual["id"])
    await revoke(server, article_id, usual["id"])
    assert [each["id"] for each in await server.get(f"/articles/{article_id}/shares")] == [short["id"]]


@pytest.mark.parametrize("body", [{"days": 0}, {"days": 366}, {"days": "7"}, {"days": None}, {"day": 7}, []], ids=repr)
async def test_days_that_can_not_be_used_are_refused(server: Server, body: object) -> None:
    article_id = await server.start_job()
    is_problem(await server.client.post(f"/articles/{article_id}/shares", json=body), 422, "invalid_input")


async def test_links_to_what_is_not_there_are_not_found(server: Server) -> None:
    mine, other = await server.start_job(), await server.start_job()
    made = await share(server, mine)
    is_problem(await server.client.get("/articles/nobody/shares"), 404, "not_found")
    is_problem(await server.client.post("/articles/nobody/shares"), 404, "not_found")
    for path in (f"/articles/{other}/shares/{made['id']}", f"/articles/{mine}/shares/nothing"):
        is_problem(await server.client.delete(path), 404, "not_found")


async def test_other_sites_can_not_make_or_revoke_links(server: Server) -> None:
    article_id = await server.start_job()
    made = await share(server, article_id)
    path = f"/articles/{article_id}/shares"
    is_problem(await server.client.post(path, headers=FOREIGN), 403, "origin_not_allowed")
    is_problem(await server.client.delete(f"{path}/{made['id']}", headers=FOREIGN), 403, "origin_not_allowed")
    form = await server.client.post(path, content=b"{}", headers={"Content-Type": "text/plain"})
    is_problem(form, 415, "unsupported_media_type")


# -- reading


async def test_programs_get_the_article_and_nothing_else(server: Server) -> None:
    article_id = await written(server)
    result = await server.get(f"/articles/{article_id}/result")
    url = (await share(server, article_id))["url"]
    shown = await server.get(url)
    assert set(shown) == {
        "title", "status", "progress", "language", "words", "minutes", "content", "html", "image_url", "image_alt",
        "sources",
    }  # fmt: skip
    for name in ("title", "status", "words", "minutes", "content", "image_alt"):
        assert shown[name] == result[name]
    assert (shown["progress"], shown["language"]) == (100, "en")
    assert shown["sources"] == [{"id": 1, "title": "Hives", "url": None}]
    assert '<a href="#source-1"' in shown["html"]
    assert "<h1>" not in shown["html"]
    assert shown["image_url"] == f"{url}/image"
    image = await server.client.get(shown["image_url"])
    assert image.content == (await server.client.get(result["image_url"])).content


async def test_no_byte_of_any_answer_tells_anything_else(server: Server) -> None:
    article_id = await written(server)
    made = await share(server, article_id)
    secrets = [article_id, made["id"], "secret", "prompt_tokens", "outline.completed", "result_url", "elapsed_ms"]
    secrets += ["covers", "/articles/"]
    for path in ("", "/image", "/events", "/nothing"):
        for headers in ({}, BROWSER):
            answer = await server.client.get(made["url"] + path, headers=headers)
            told = answer.content + repr(answer.headers.multi_items()).encode()
            assert [each for each in secrets if each.encode() in told] == [], path
    events = (await server.client.get(f"{made['url']}/events")).text
    names = {line.removeprefix("event: ") for line in events.splitlines() if line.startswith("event: ")}
    assert names == {"progress", "outline", "sources", "picture", "token", "done"}


async def test_a_browser_gets_a_page(server: Server) -> None:
    made = await share(server, await server.start_job())
    page = await server.client.get(made["url"], headers=BROWSER)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "static/packed/read-" in page.text
    for answer in (page, await server.client.get(made["url"])):
        assert "Accept" in answer.headers["vary"]


@pytest.mark.parametrize("path", ["", "/image", "/events", "/nothing"])
@pytest.mark.parametrize("headers", [{}, BROWSER], ids=["program", "browser"])
async def test_every_answer_is_for_any_origin_but_not_for_caches_and_search_engines(
    server: Server, path: str, headers: dict[str, str]
) -> None:
    made = await share(server, await written(server))
    for url in (made["url"], "/read/nobody"):
        answer = await server.client.get(url + path, headers=FOREIGN | headers)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-robots-tag"] == "noindex"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in answer.headers


async def test_a_foreign_page_may_ask_first_and_may_only_read(server: Server) -> None:
    made = await share(server, await server.start_job())
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "last-event-id"}
    preflight = await server.client.options(f"{made['url']}/events", headers=FOREIGN | asked)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "*"
    asked["Access-Control-Request-Method"] = "DELETE"
    assert (await server.client.options(made["url"], headers=FOREIGN | asked)).status_code == 400
    for path in ("/health", f"/articles/{made['id']}", "/"):
        assert "access-control-allow-origin" not in (await server.client.get(path, headers=FOREIGN)).headers
    is_problem(await server.client.post(made["url"], headers=FOREIGN), 403, "origin_not_allowed")


async def test_a_foreign_host_name_gets_nowhere_here_either(server: Server) -> None:
    made = await share(server, await server.start_job())
    is_problem(await server.client.get(made["url"], headers={"Host": "evil.example"}), 403, "host_not_allowed")


async def test_origins_that_are_listed_read_like_all_others(tmp_path: Path) -> None:
    async with serving(tmp_path, PRESSROOM_CORS_ORIGINS="https://app.example", PRESSROOM_ROOT_PATH="/press") as server:
        made = await share(server, await server.start_job())
        for origin in ("https://app.example", "https://evil.example"):
            answer = await server.client.get(made["url"], headers={"Origin": origin})
            assert answer.headers["access-control-allow-origin"] == "*"
            assert answer.headers["cache-control"] == "no-store"


async def test_the_log_names_no_token_however_much_it_says(tmp_path: Path) -> None:
    async with serving(tmp_path, PRESSROOM_LOG_LEVEL="debug") as server:
        made = await share(server, await server.start_job())
        for path in ("", "/image", "/events", "/nothing?x"):
            await server.client.get(made["url"] + path)
        for mistyped in (f"/press{made['url']}", f"//read//{made['token']}", f"/READ/{made['token']}"):
            await server.client.get(server.url + mistyped)
        await server.client.get(made["url"], headers={"Host": "evil.example"})
        await server.client.delete(made["url"], headers=FOREIGN)
        await server.client.get("/", headers={"Referer": server.url + made["url"]})
        await server.terminate()
    log = (tmp_path / "log.txt").read_text()
    assert "/read/…/events" in log
    assert "/press/read/…" in log
    assert made["token"] not in log
    with closing(sqlite3.connect(tmp_path / "pressroom.db")) as database:
        assert made["token"] not in "".join(database.iterdump())


# -- links that have ended


def expire(folder: Path, share_id: str, seconds: float) -> None:
    """As if the link had been made long ago."""
    at = datetime.now(UTC).replace(tzinfo=None) + timedelta(seconds=seconds)
    with closing(sqlite3.connect(folder / "pressroom.db", timeout=20)) as database:
        database.execute("UPDATE shares SET expires_at = ? WHERE id = ?", (at.isoformat(" "), share_id))
        database.commit()


async def test_a_link_that_has_ended_says_so_to_programs_and_browsers(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        article_id = await server.start_job()
        revoked, expired, deleted = [await share(server, article_id) for _ in range(3)]
        await revoke(server, article_id, revoked["id"])
        expire(tmp_path, expired["id"], -1)
        await ended(server, revoked["url"], 410, "gone", "This link has been withdrawn.")
        await ended(server, expired["url"], 410, "gone", "This link has expired.")
        await ended(server, "/read/nobody", 404, "not_found", "There is no such link.")
        await server.client.delete(f"/articles/{article_id}")
        for each in (revoked, expired, deleted):
            await ended(server, each["url"], 404, "not_found", "There is no such link.")


async def ended(server: Server, url: str, status: int, code: str, sentence: str) -> None:
    for path in ("", "/image", "/events"):
        problem = is_problem(await server.client.get(url + path), status, code)
        assert problem["detail"].lower() + "." == sentence.lower()
    page = await server.client.get(url, headers=BROWSER)
    assert "Ask whoever sent it to you for a new one." in page.text
    assert ("It may have expired or been revoked." in page.text) is (status == 404)
    assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert f'<h1 class="headline">{sentence}</h1>' in page.text


class Reader:
    """Reads a link's stream until it ends."""

    def __init__(self, server: Server, url: str) -> None:
        self.events: list[dict[str, Any]] = []
        self.begun = asyncio.Event()
        self._server, self._url = server, url

    async def read(self) -> None:
        async with self._server.client.stream("GET", f"{self._url}/events", headers=FOREIGN) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    self.events.append(json.loads(line[6:]))
                    self.begun.set()


@asynccontextmanager
async def readers(server: Server, *urls: str) -> AsyncGenerator[list[asyncio.Task[None]]]:
    """Readers who have seen something and wait for more."""
    each = [Reader(server, url) for url in urls]
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        tasks = [group.create_task(reader.read()) for reader in each]
        await asyncio.gather(*(reader.begun.wait() for reader in each))
        yield tasks
        for task in tasks:
            task.cancel()
    assert [event for reader in each for event in reader.events if event["type"] == "done"] == []


async def test_revoking_ends_open_streams_and_leaves_others(tmp_path: Path) -> None:
    async with slowly(tmp_path) as (server, article_id):
        first, second = await share(server, article_id), await share(server, article_id)
        async with readers(server, first["url"], first["url"], second["url"]) as (one, two, other):
            begun = time.monotonic()
            await revoke(server, article_id, first["id"])
            await asyncio.gather(one, two)
            assert time.monotonic() - begun < WITHIN
            assert not other.done()
            is_problem(await server.client.get(f"{first['url']}/events"), 410, "gone")


async def test_expiry_ends_open_streams(tmp_path: Path) -> None:
    async with slowly(tmp_path) as (server, article_id):
        short, long = await share(server, article_id, days=1), await share(server, article_id)
        expire(tmp_path, short["id"], SOON)
        expires = time.monotonic() + SOON
        async with readers(server, short["url"], long["url"]) as (task, other):
            await task
            assert 0 <= time.monotonic() - expires < WITHIN
            assert not other.done()
            is_problem(await server.client.get(f"{short['url']}/events"), 410, "gone")


async def test_deleting_the_article_ends_open_streams(tmp_path: Path) -> None:
    async with slowly(tmp_path) as (server, article_id):
        made = await share(server, article_id)
        reader = Reader(server, made["url"])
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            group.create_task(reader.read())
            await reader.begun.wait()
            await server.client.delete(f"/articles/{article_id}")
        is_problem(await server.client.get(f"{made['url']}/events"), 404, "not_found")


async def test_a_reader_follows_to_the_end_and_need_not_come_back(server: Server) -> None:
    article_id = await server.start_job()
    made = await share(server, article_id)
    stream = (await server.client.get(f"{made['url']}/events")).text
    events = [json.loads(line[6:]) for line in stream.splitlines() if line.startswith("data: ")]
    assert events[-1] == {"type": "done", "status": "completed", "words": (await server.get(made["url"]))["words"]}
    last = [line[4:] for line in stream.splitlines() if line.startswith("id: ")][-1]
    again = await server.client.get(f"{made['url']}/events", headers={"Last-Event-ID": last})
    assert again.status_code == 204
