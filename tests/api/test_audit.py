"""The audit log of a real server: whatever is done is in it, and no text."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
import websockets

from service.access.audit import COMMAND_LINE
from service.demo import picture
from tests.access.test_command import keys as keys_command
from tests.closed import AUTH, closed
from tests.server import Server, serving

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="module")]
MARK = "Quagga"  # stands in every topic, title and text
JSON_LINES = {"Accept": "application/x-ndjson"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[tuple[Server, dict[str, str], Path]]:
    folder = tmp_path_factory.mktemp("data")
    async with closed(folder) as (server, keys):
        server.client.headers["Authorization"] = f"Bearer {keys['admin']}"
        yield server, keys, folder


def by(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def entries(server: Server, many: int = 1, **about: Any) -> list[dict[str, Any]]:
    """Those that say so, the oldest first, once there are so many."""
    async with asyncio.timeout(60):
        while True:
            page = (await server.get("/audit?limit=500"))["entries"]
            found = [each for each in page if about.items() <= each.items()]
            if len(found) >= many:
                return found[::-1]
            await asyncio.sleep(0.05)


def stored(folder: Path) -> str:
    with closing(sqlite3.connect(folder / "pressroom.db")) as database:
        return "\n".join(repr(row) for row in database.execute("SELECT * FROM audit"))


async def test_everything_that_is_done_is_there_without_a_word_of_what_is_written(
    house: tuple[Server, dict[str, str], Path],
) -> None:
    server, keys, folder = house
    writer = by(keys["writer"])
    client = server.client
    created = await client.post("/start-job", json={"topic": f"{MARK}s"}, headers=writer)
    article_id = created.json()["job_id"]
    await server.watch(article_id)
    path = f"/articles/{article_id}"
    edit = {"version": 1, "title": MARK, "content": f"# {MARK}\n\nText."}
    assert (await client.patch(path, json=edit, headers=writer)).status_code == 200
    png = writer | {"Content-Type": "image/png"}
    sent = await client.put(f"{path}/image?version=0&alt={MARK}", content=picture.png(1), headers=png)
    assert sent.status_code == 200
    assert (await client.put(f"{path}/tags", json={"tags": [MARK]}, headers=writer)).status_code == 200
    share = (await client.post(f"{path}/shares", json={}, headers=writer)).json()
    assert (await client.get(f"{path}/export?format=md", headers=by(keys["reader"]))).status_code == 200
    wanted = {"ids": [article_id], "format": "md"}
    assert (await client.post("/articles/export", json=wanted, headers=by(keys["reader"]))).status_code == 200
    conversation_id = await talked(server, keys["writer"], article_id)
    assert (await client.delete(f"/conversations/{conversation_id}", headers=writer)).status_code == 204
    assert (await client.delete(path, headers=writer)).status_code == 204
    found = await entries(server, 9)
    told = [(each["actor"], each["action"], each["target"]) for each in found]
    assert told == [
        ("writer", "article_created", article_id),
        ("writer", "article_edited", article_id),
        ("writer", "picture_set", article_id),
        ("writer", "article_tagged", article_id),
        ("writer", "article_shared", article_id),
        ("reader", "article_exported", article_id),
        ("reader", "article_exported", article_id),
        ("writer", "conversation_deleted", conversation_id),
        ("writer", "article_deleted", article_id),
    ]
    assert {each["address"] for each in found} == {"127.0.0.1"}
    assert found[1]["details"] == {"version": 2, "reason": "edited"}
    log = stored(folder)
    assert article_id in log
    for secret in (MARK, MARK.lower(), share["token"], *keys.values()):
        assert secret not in log


async def talked(server: Server, key: str, article_id: str) -> str:
    address = f"{server.url.replace('http', 'ws')}/ws?article={article_id}"
    async with websockets.connect(address, additional_headers=by(key)) as socket:
        await socket.send(json.dumps({"type": "message", "content": f"{MARK}?"}))
        async for message in socket:
            if json.loads(message)["type"] == "end":
                break
    return (await server.get("/conversations/"))["conversations"][0]["id"]


async def test_keys_and_sessions_are_there_at_once_also_those_of_the_command_line(
    house: tuple[Server, dict[str, str], Path],
) -> None:
    server, keys, folder = house
    key = (await server.client.post("/keys", json={"name": "Grace", "role": "reader"})).json()
    async with httpx2.AsyncClient(base_url=server.url, timeout=60) as browser:
        for text in (key["key"], "pr_" + "x" * 46, keys["revoked"]):
            await browser.post("/session", json={"key": text})
        await browser.delete("/session")
    assert (await server.client.get("/articles/", headers=by("nonsense"))).status_code == 401
    rotated = (await server.client.post(f"/keys/{key['id']}/rotate")).json()
    assert (await keys_command(folder, "rotate", key["id"]))[0] == 0
    for _ in range(2):
        assert (await server.client.delete(f"/keys/{key['id']}")).status_code == 204
    refused = await server.client.post(f"/keys/{key['id']}/rotate")
    assert (refused.status_code, refused.json()["params"]) == (409, {"reason": "key_revoked"})
    for word in ("revoke", "rotate"):
        await keys_command(folder, word, key["id"])
    grace = await entries(server, 6, target=key["id"])
    assert [(each["actor"], each["action"]) for each in grace] == [
        ("admin", "key_made"), ("Grace", "signed_in"), ("Grace", "signed_out"),
        ("admin", "key_rotated"), (COMMAND_LINE, "key_rotated"), ("admin", "key_revoked"),
    ]  # fmt: skip
    assert grace[0]["details"] == {"name": "Grace", "role": "reader"}
    assert (grace[-2]["key"], grace[-2]["address"]) == (None, "")
    failed = await entries(server, action="sign_in_failed", address="127.0.0.1", actor="")
    assert sum(each["count"] for each in failed) == 3
    log = stored(folder)
    assert not [text for text in (key["key"], rotated["key"], "nonsense", *keys.values()) if text in log]


async def test_it_is_read_page_by_page_or_as_lines_by_admins_of_its_workspace(
    house: tuple[Server, dict[str, str], Path],
) -> None:
    server, keys, _ = house
    for n in range(3):
        await server.client.post("/keys", json={"name": str(n)})
    every = (await server.get("/audit?limit=500"))["entries"]
    page = await server.get("/audit?limit=2")
    assert page == {"entries": every[:2], "next": every[1]["id"]}
    assert (await server.get(f"/audit?limit=2&before={page['next']}"))["entries"] == every[2:4]
    assert (await server.get(f"/audit?before={every[-1]['id']}")) == {"entries": [], "next": None}
    for path, headers in (("/audit?format=jsonl", {}), ("/audit", JSON_LINES)):
        answer = await server.client.get(path, headers=headers)
        assert answer.headers["content-type"].startswith("application/x-ndjson")
        assert [json.loads(line) for line in answer.text.splitlines()] == every
    assert len((await server.client.get("/audit?format=jsonl&limit=2")).text.splitlines()) == 2
    theirs = await server.client.get("/audit", headers=by(keys["foreign admin"]))
    assert theirs.json() == {"entries": [], "next": None}
    for query in ("limit=0", "limit=501", "before=x", "format=csv"):
        assert (await server.client.get(f"/audit?{query}")).status_code == 422
    for method in ("post", "put", "patch", "delete"):  # it grows, and that is all
        assert (await getattr(server.client, method)("/audit")).status_code == 405


async def test_an_orderly_stop_loses_nothing_and_a_kill_nothing_that_is_older(tmp_path: Path) -> None:
    async with closed(tmp_path) as (server, keys):
        server.client.headers["Authorization"] = f"Bearer {keys['admin']}"
        kept = await server.start_job("Kept")
        await entries(server, target=kept)
        await server.kill()
    async with serving(tmp_path, **AUTH) as server:
        server.client.headers["Authorization"] = f"Bearer {keys['admin']}"
        last = await server.start_job("Last")
        assert await server.terminate() == 0
    assert kept in stored(tmp_path)
    assert last in stored(tmp_path)
