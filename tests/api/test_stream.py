"""The event stream over real sockets."""

import asyncio
import contextlib
import os
import socket
import time
from pathlib import Path

import pytest

from service import demo
from service.wire.events import Done, Error, Stage, Token
from tests.server import Server, serving
from tests.sse import Viewer
from tests.torrent import torrent

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_stream_is_what_a_browser_expects(server: Server) -> None:
    job_id = await server.start_job()
    async with server.client.stream("GET", f"/progress/{job_id}") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-accel-buffering"] == "no"
        data = b"".join([part async for part in answer.aiter_raw()])
    viewer = Viewer()
    viewer.feed(data)
    assert data.startswith(b"retry: 1000\n\n")
    assert data.count(b"retry:") == 1
    assert isinstance(viewer.end, Done)
    assert {type(event) for event in viewer.events} == {Stage, Token, Done}
    assert viewer.ids == sorted(set(viewer.ids))
    sections = {token.section for token in viewer.tokens() if token.stage == "content"}
    assert sections == {1, 2, 3}


async def test_both_paths_are_the_same_stream(server: Server) -> None:
    job_id = await server.start_job()
    first = await server.watch(job_id)
    async with server.client.stream("GET", f"/articles/{job_id}/events") as answer:
        second = Viewer()
        second.feed(b"".join([part async for part in answer.aiter_raw()]))
    assert second.texts == first.texts
    assert second.end == first.end


async def test_resuming_at_the_end_is_204_and_anywhere_else_the_article(server: Server) -> None:
    job_id = await server.start_job()
    viewer = await server.watch(job_id)
    last = viewer.last_id
    assert last is not None
    path = f"/progress/{job_id}"
    assert (await server.client.get(path, headers={"Last-Event-ID": str(last)})).status_code == 204
    assert (await server.client.get(f"{path}?last_event_id={last}")).status_code == 204
    for other in [last - 1, last + 1, last + 2**32, 0, -1, "garbage", "", "9" * 40, "1e3", "٣"]:
        answer = await server.client.get(path, params={"last_event_id": str(other)})
        assert answer.status_code == 200, other
        again = Viewer()
        again.feed(answer.content)
        assert again.texts == viewer.texts


async def test_the_header_beats_the_query(server: Server) -> None:
    job_id = await server.start_job()
    last = (await server.watch(job_id)).last_id
    path = f"/progress/{job_id}?last_event_id={last}"
    assert (await server.client.get(path, headers={"Last-Event-ID": "0"})).status_code == 200


async def test_a_cut_stream_is_picked_up_exactly(server: Server) -> None:
    job_id = await server.start_job()
    viewer = Viewer()
    for reach in (5, 30, 60):
        await server.watch(job_id, viewer, until=lambda v, n=reach: len(v.events) >= n)
    await server.watch(job_id, viewer)
    assert isinstance(viewer.end, Done)
    assert viewer.ids == sorted(set(viewer.ids))
    assert viewer.texts == (await server.watch(job_id)).texts


async def test_a_failing_model_is_an_error_event(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(2000, 0), faults=demo.Faults.parse(["empty=1"])) as model:
        words = {"OPENAI_BASE_URL": model.url, "PRESSROOM_MODEL_ATTEMPTS": "2", "PRESSROOM_MODEL_BACKOFF": "0.01"}
        async with serving(tmp_path, **words) as server:
            job_id = await server.start_job()
            viewer = await server.watch(job_id)
            assert viewer.end == Error(
                run=1,
                code="model_empty",
                message="the model's answer is empty",
                params={},
                retryable=True,
                stage="content",  # the outline never fails
            )
            assert (await server.get(f"/articles/{job_id}/status"))["error"]["code"] == "model_empty"


async def test_comments_keep_a_quiet_stream_alive_and_carry_no_id(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(50, 0), faults=demo.Faults.parse(["silent=1"])) as model:
        async with serving(tmp_path, OPENAI_BASE_URL=model.url, PRESSROOM_HEARTBEAT="0.1") as server:
            viewer = await server.watch(await server.start_job(), until=lambda v: v.comments >= 3)
            assert len(viewer.ids) == len(viewer.events)


@pytest.mark.alone
async def test_cancel_stops_the_model_within_100_ms_and_ends_the_stream(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(20, 0)) as model, serving(tmp_path, OPENAI_BASE_URL=model.url) as server:
        job_id = await server.start_job()
        watching = asyncio.create_task(server.watch(job_id))
        while model.counts.calls["section"] < 3 or model.counts.tokens < 120:
            await asyncio.sleep(0.01)
        begun = time.monotonic()
        cancelling = asyncio.create_task(server.client.post(f"/articles/{job_id}/cancel"))
        while model.counts.under_way:
            await asyncio.sleep(0.005)
        assert time.monotonic() - begun < 0.1
        assert (await cancelling).json()["status"] == "cancelled"
        viewer = await watching
        assert isinstance(viewer.end, Done)
        assert viewer.end.status == "cancelled"
        result = await server.get(f"/articles/{job_id}/result")
        assert result["content"] == viewer.texts["style", None]
        assert "## " in result["content"]


async def test_sigterm_ends_streams_without_a_terminal_event_and_viewers_go_on(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(150, 0)) as model:
        async with serving(tmp_path, OPENAI_BASE_URL=model.url) as server:
            job_id = await server.start_job()
            viewer = Viewer()
            watching = asyncio.create_task(server.watch(job_id, viewer))
            while not viewer.tokens():
                await asyncio.sleep(0.01)
            begun = time.monotonic()
            await server.terminate()
            assert time.monotonic() - begun < 3
            await watching
            assert viewer.end is None
        calls = model.counts.calls["outline"]
        async with serving(tmp_path, OPENAI_BASE_URL=model.url) as server:
            await server.watch(job_id, viewer)
            assert isinstance(viewer.end, Done)
            assert model.counts.calls["outline"] == calls
            assert viewer.texts["style", None] == (await server.get(f"/articles/{job_id}/result"))["content"]


def stuck_reader(server: Server, job_id: str, buffer: int = 4096) -> socket.socket:
    """Asks for the stream, and never reads it."""
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    reader.connect(("127.0.0.1", int(server.url.rpartition(":")[2])))
    reader.sendall(f"GET /progress/{job_id} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return reader


def sockets(server: Server) -> int:
    folder = Path(f"/proc/{server.process.pid}/fd")
    count = 0
    for fd in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            count += "socket:" in os.readlink(fd)
    return count


def memory(server: Server) -> int:
    pages = Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


LARGE = {"PRESSROOM_MODEL_MAX_CHARACTERS": "900000", "PRESSROOM_SEND_TIMEOUT": "1", "PRESSROOM_GRACE": "2"}


@pytest.mark.alone
async def test_stuck_readers_are_cut_off_and_cost_nobody_anything(tmp_path: Path) -> None:
    async with torrent(20, 0.15) as url, serving(tmp_path, OPENAI_BASE_URL=url, **LARGE) as server:
        await server.watch(await server.start_long())  # what an article takes by itself is no matter of readers
        job_id = await server.start_long()
        viewer = Viewer()
        watching = asyncio.create_task(server.watch(job_id, viewer))
        while len(viewer.texts) < 2:  # by now all connections to the model are open
            await asyncio.sleep(0.01)
        before, held = sockets(server), memory(server)
        readers = [stuck_reader(server, job_id) for _ in range(30)]
        async with asyncio.timeout(60):
            while sockets(server) < before + 30:
                await asyncio.sleep(0.01)
            while sockets(server) > before:
                await asyncio.sleep(0.05)
        assert not watching.done()  # they went while the article was still being written
        await watching
        assert isinstance(viewer.end, Done)
        assert viewer.texts["style", None] == (await server.get(f"/articles/{job_id}/result"))["content"]
        assert memory(server) - held < 45_000_000
        for reader in readers:
            reader.close()


@pytest.mark.alone
async def test_sigterm_is_not_held_up_by_stuck_readers(tmp_path: Path) -> None:
    words = LARGE | {"PRESSROOM_SEND_TIMEOUT": "60"}
    async with torrent(40, 0.05) as url, serving(tmp_path, OPENAI_BASE_URL=url, **words) as server:
        job_id = await server.start_long()
        readers = [stuck_reader(server, job_id) for _ in range(10)]
        await asyncio.sleep(1.5)
        begun = time.monotonic()
        await server.terminate()
        assert time.monotonic() - begun < 4  # the grace time and a moment
        for reader in readers:
            reader.close()


async def test_a_slow_viewer_gets_fewer_and_larger_writes_and_the_whole_text(tmp_path: Path) -> None:
    words = LARGE | {"PRESSROOM_CHANNEL_EVENTS": "4", "PRESSROOM_SEND_TIMEOUT": "20"}
    async with torrent(20, 0.02) as url, serving(tmp_path, OPENAI_BASE_URL=url, **words) as server:
        job_id = await server.start_long()
        with stuck_reader(server, job_id, 64 * 1024) as reader:  # a smaller window hardly opens again
            fast = await server.watch(job_id)
            viewer = Viewer()
            data = b""
            reader.settimeout(5)
            while not data.endswith(b"0\r\n\r\n"):
                data += await asyncio.to_thread(reader.recv, 1 << 20)
        viewer.feed(dechunked(data.partition(b"\r\n\r\n")[2]))
        assert viewer.texts == fast.texts
        assert viewer.end == fast.end
        assert viewer.ids == sorted(set(viewer.ids))
        assert len(viewer.ids) < len(fast.ids)


def dechunked(data: bytes) -> bytes:
    parts = []
    while data:
        size, _, data = data.partition(b"\r\n")
        parts.append(data[: int(size, 16)])
        data = data[int(size, 16) + 2 :]
    return b"".join(parts)
