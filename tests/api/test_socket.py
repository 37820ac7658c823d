"""Progress over a web socket, with the messages that the articles seed shows."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import websockets

from service.llm import demo
from tests.server import Server, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")


def address(server: Server, job_id: str, query: str = "") -> str:
    return f"{server.url.replace('http', 'ws')}/ws/articles/{job_id}{query}"


async def heard(server: Server, job_id: str, query: str = "") -> list[dict[str, Any]]:
    async with websockets.connect(address(server, job_id, query)) as socket, asyncio.timeout(20):
        return [json.loads(message) async for message in socket]


def texts(messages: list[dict[str, Any]]) -> dict[tuple[str, int | None], str]:
    held: dict[tuple[str, int | None], str] = {}
    for m in messages:
        if m["type"] == "token":
            key = (m["stage"], m["section"])
            before = held.get(key, "").encode("utf-16-le")[: 2 * m["offset"]]
            held[key] = (before + m["text"].encode("utf-16-le")).decode("utf-16-le")
    return held


async def test_the_messages_are_the_seeds_and_the_text_is_the_streams(server: Server) -> None:
    job_id = await server.start_job()
    messages = await heard(server, job_id)
    assert messages[0]["type"] == "status"
    assert {m["type"] for m in messages} == {"status", "agent_update", "status_change", "token", "final"}
    assert all(m["article_id"] == job_id for m in messages)
    assert {m["agent"] for m in messages if m["type"] == "agent_update"} == {
        "OutlineAgent",
        "WriterAgent",
        "EditorAgent",
    }
    done = [m for m in messages if m["type"] == "agent_update" and m["status"] == "completed"]
    assert all(m["execution_time"] >= 0 for m in done)
    change, final = messages[-2:]
    assert (change["type"], change["old_status"], change["new_status"]) == ("status_change", "processing", "completed")
    assert (final["type"], final["status"], final["has_content"]) == ("final", "completed", True)
    ids = [int(m["id"]) for m in messages[1:]]
    assert ids == sorted(ids)
    assert texts(messages) == (await server.watch(job_id)).texts


async def test_it_resumes_where_it_left_off(server: Server) -> None:
    job_id = await server.start_job()
    first: list[dict[str, Any]] = []
    async with websockets.connect(address(server, job_id)) as socket:
        while len([m for m in first if m["type"] == "token"]) < 10:
            first.append(json.loads(await socket.recv()))
    rest = await heard(server, job_id, f"?last_event_id={first[-1]['id']}")
    assert texts(first + rest) == (await server.watch(job_id)).texts
    last = rest[-1]["id"]
    assert [m["type"] for m in await heard(server, job_id, f"?last_event_id={last}")] == ["status"]


async def test_many_clients_see_the_same(server: Server) -> None:
    job_id = await server.start_job()
    everybody = await asyncio.gather(*(heard(server, job_id) for _ in range(10)))
    assert all(texts(messages) == texts(everybody[0]) for messages in everybody)


async def test_an_unknown_article_and_a_foreign_origin_are_refused(server: Server) -> None:
    for origin, status in [(None, 404), ("https://evil.example", 403), ("null", 403)]:
        with pytest.raises(websockets.InvalidStatus) as caught:
            async with websockets.connect(
                address(server, "nobody"), origin=websockets.Origin(origin) if origin else None
            ):
                pass
        assert caught.value.response.status_code == status


async def test_what_a_client_sends_is_of_no_consequence(server: Server) -> None:
    job_id = await server.start_job()
    async with websockets.connect(address(server, job_id)) as socket, asyncio.timeout(20):
        for junk in ["{", "hello", b"\x00\xff", "x" * 10_000]:
            await socket.send(junk)
        messages = [json.loads(message) async for message in socket]
    assert messages[-1]["type"] == "final"


async def test_a_client_that_leaves_leaves_nothing_behind(server: Server) -> None:
    job_id = await server.start_job()
    for _ in range(20):
        async with websockets.connect(address(server, job_id)) as socket:
            await socket.recv()
    assert (await heard(server, job_id))[-1]["type"] == "final"


async def test_sigterm_closes_sockets_so_that_clients_come_back(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(20, 0)) as model, serving(tmp_path, OPENAI_BASE_URL=model.url) as server:
        job_id = await server.start_job()
        async with websockets.connect(address(server, job_id)) as socket:
            await socket.recv()
            await server.terminate()
            async with asyncio.timeout(5):
                messages = []
                with pytest.raises(websockets.ConnectionClosed):
                    while True:
                        messages.append(json.loads(await socket.recv()))
            assert socket.close_code == 1012
            assert "final" not in [m["type"] for m in messages]
