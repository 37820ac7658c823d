"""Progress over a web socket, with the messages that the articles seed shows."""

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
import websockets

from service import demo
from tests.server import Server, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")


def address(server: Server, job_id: str, query: str = "") -> str:
    return f"{server.url.replace('http', 'ws')}/ws/articles/{job_id}{query}"


async def heard(server: Server, job_id: str, query: str = "") -> list[dict[str, Any]]:
    async with websockets.connect(address(server, job_id, query)) as socket, asyncio.timeout(60):
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
    begun = [m["id"] != "" for m in messages[1:]]  # its place in the queue, while it waits, has no id
    assert begun == sorted(begun)
    ids = [int(m["id"]) for m in messages[1:] if m["id"]]
    assert ids == sorted(ids)
    assert texts(messages) == (await server.watch(job_id)).texts


async def test_it_resumes_where_it_left_off(server: Server) -> None:
    job_id = await server.start_job()
    first: list[dict[str, Any]] = []
    async with websockets.connect(address(server, job_id)) as socket:
        while len([m for m in first if m["type"] == "token"]) < 3:
            first.append(json.loads(await socket.recv()))
    rest = await heard(server, job_id, f"?last_event_id={first[-1]['id']}")
    assert texts(first + rest) == (await server.watch(job_id)).texts
    last = rest[-1]["id"]
    assert [m["type"] for m in await heard(server, job_id, f"?last_event_id={last}")] == ["status"]


async def test_many_clients_see_the_same(server: Server) -> None:
    job_id = await server.start_job()
    everybody = await asyncio.gather(*(heard(server, job_id) for _ in range(10)))
    assert all(texts(messages) == texts(everybody[0]) for messages in everybody)


@pytest.mark.parametrize(
    "last", ["garbage", "-1", "0", "", "%00", "٣", "1e3", "9" * 40, str(2**62), "{last}1", "1{last}"]
)
async def test_an_id_that_is_none_of_the_articles_replays_it_all(server: Server, last: str) -> None:
    job_id = await server.start_job()
    messages = await heard(server, job_id)
    again = await heard(server, job_id, "?last_event_id=" + last.format(last=messages[-1]["id"]))
    assert texts(again) == texts(messages)
    assert again[-1]["type"] == "final"


async def refused(server: Server, path: str, **words: Any) -> int:
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with websockets.connect(server.url.replace("http", "ws") + path, **words):
            pass
    body = json.loads(caught.value.response.body or b"")
    assert body["status"] == caught.value.response.status_code
    return body["status"]


@pytest.mark.parametrize("name", ["nobody", "0", "%00", "%ff", "é" * 300, "01a1fe7f-4a9c-7128-ac2e-6cb7461132c5"])
async def test_an_unknown_article_is_not_found(server: Server, name: str) -> None:
    assert await refused(server, f"/ws/articles/{name}") == 404


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "file://"])
async def test_pages_of_other_sites_are_refused(server: Server, origin: str) -> None:
    job_id = await server.start_job()
    assert await refused(server, f"/ws/articles/{job_id}", origin=websockets.Origin(origin)) == 403


async def test_our_own_page_is_welcome(server: Server) -> None:
    job_id = await server.start_job()
    async with websockets.connect(address(server, job_id), origin=websockets.Origin(server.url)) as socket:
        assert json.loads(await socket.recv())["type"] == "status"


async def test_the_end_is_a_normal_close(server: Server) -> None:
    job_id = await server.start_job()
    async with websockets.connect(address(server, job_id)) as socket, asyncio.timeout(60):
        async for _ in socket:
            pass
    assert socket.close_code == 1000


def frame(opcode: int, data: bytes, *, masked: bool = True) -> bytes:
    """A last frame of up to 64 KB; its mask changes nothing."""
    size = len(data).to_bytes(1) if len(data) < 126 else b"\x7e" + len(data).to_bytes(2)
    return bytes([opcode, size[0] | masked << 7]) + size[1:] + b"\0\0\0\0" * masked + data


VIOLATIONS = {
    "a huge text": (frame(0x01, b"x" * 65_535) + frame(0x00, b"x" * 65_535) * 16, 1009),
    "a huge binary message": (b"\x82\xff" + (2**40).to_bytes(8) + b"\0\0\0\0", 1009),
    "text that is none": (frame(0x81, b"\xff\xfe"), 1007),
    "no mask": (frame(0x81, b"hi", masked=False), 1002),
    "reserved bits": (frame(0xF1, b"hi"), 1002),
    "an unknown kind of frame": (frame(0x83, b"hi"), 1002),
    "a huge ping": (frame(0x89, b"x" * 200), 1002),
    "a close without sense": (frame(0x88, b"x"), 1002),
}


async def test_each_violation_of_the_protocol_has_its_close_code_and_none_reaches_the_log(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(20, 0)) as model, serving(tmp_path, OPENAI_BASE_URL=model.url) as server:
        job_id = await server.start_job()
        codes = {}
        for name, (data, _) in VIOLATIONS.items():
            async with websockets.connect(address(server, job_id)) as socket, asyncio.timeout(60):
                socket.transport.write(data)
                with contextlib.suppress(websockets.ConnectionClosedError):
                    async for _ in socket:
                        pass
            codes[name] = socket.close_code
        assert codes == {name: code for name, (_, code) in VIOLATIONS.items()}
        await refused(server, "/ws/articles/nobody")
        assert "final" not in [m["type"] for m in await first(server, job_id)]  # it is still being written
    log = (tmp_path / "log.txt").read_text()
    assert "ERROR" not in log
    assert "ebSocket" not in log


async def first(server: Server, job_id: str) -> list[dict[str, Any]]:
    async with websockets.connect(address(server, job_id)) as socket, asyncio.timeout(60):
        return [json.loads(await socket.recv()) for _ in range(3)]


async def test_what_a_client_sends_is_of_no_consequence(server: Server) -> None:
    job_id = await server.start_job()
    async with websockets.connect(address(server, job_id)) as socket, asyncio.timeout(60):
        for junk in ["{", "hello", b"\x00\xff", "x" * 10_000]:
            await socket.send(junk)
        messages = [json.loads(message) async for message in socket]
    assert messages[-1]["type"] == "final"


async def test_a_client_that_leaves_leaves_nothing_behind(server: Server) -> None:
    job_id = await server.start_job()
    for _ in range(20):
        async with websockets.connect(address(server, job_id)) as socket:
            with contextlib.suppress(websockets.ConnectionClosed):  # on a slow machine, the article may have ended
                await socket.recv()
    assert (await heard(server, job_id))[-1]["type"] == "final"
    async with asyncio.timeout(60):
        while "\npressroom_viewers 0.0\n" not in (await server.client.get("/metrics")).text:
            await asyncio.sleep(0.05)


async def test_sigterm_closes_sockets_so_that_clients_come_back(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(20, 0)) as model, serving(tmp_path, OPENAI_BASE_URL=model.url) as server:
        job_id = await server.start_job()
        async with websockets.connect(address(server, job_id)) as socket:
            await socket.recv()
            await server.terminate()
            async with asyncio.timeout(60):
                messages = []
                with pytest.raises(websockets.ConnectionClosed):
                    while True:
                        messages.append(json.loads(await socket.recv()))
            assert socket.close_code == 1012
            assert "final" not in [m["type"] for m in messages]
