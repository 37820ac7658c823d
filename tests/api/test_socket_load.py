"""Many web sockets, and such as take nothing: what they cost the server, and whom else they bother."""

import asyncio
import socket
import time
from pathlib import Path

import pytest

from service import demo
from tests.api.test_socket import heard, texts
from tests.api.test_stream import LARGE, memory, sockets
from tests.idle import many_files, opened
from tests.server import Server, serving
from tests.torrent import torrent

pytestmark = pytest.mark.asyncio(loop_scope="module")


def stuck_socket(server: Server, job_id: str) -> socket.socket:
    return opened(server, f"/ws/articles/{job_id}")


async def until_open(server: Server, count: int) -> None:
    async with asyncio.timeout(60):
        while sockets(server) != count:
            await asyncio.sleep(0.05)


async def test_an_idle_socket_costs_less_than_50_kb(tmp_path: Path) -> None:
    many_files()
    async with demo.serving(pace=demo.Pace(50, 0), faults=demo.Faults.parse(["silent=1"])) as model:
        async with serving(tmp_path, OPENAI_BASE_URL=model.url) as server:
            job_id = await server.start_job()
            idle = [stuck_socket(server, job_id) for _ in range(50)]  # what only the first of them cost
            before = memory(server)
            idle += [stuck_socket(server, job_id) for _ in range(1_000)]
            await asyncio.sleep(0.2)
            assert (memory(server) - before) / 1_000 < 50_000
            none_left = sockets(server) - len(idle)
            for viewer in idle:
                viewer.close()
            await until_open(server, none_left)


@pytest.mark.alone
async def test_stuck_sockets_are_cut_off_and_cost_nobody_anything(tmp_path: Path) -> None:
    async with torrent(20, 0.15) as url, serving(tmp_path, OPENAI_BASE_URL=url, **LARGE) as server:
        job_id = await server.start_long()
        watching = asyncio.create_task(heard(server, job_id))
        viewer = await server.watch(job_id, until=lambda v: len(v.texts) == 3)  # all its connections are open
        others = sockets(server)
        held = memory(server)
        stuck = [stuck_socket(server, job_id) for _ in range(60)]
        most = held
        async with asyncio.timeout(60):
            while sockets(server) > others:
                most = max(most, memory(server))
                await asyncio.sleep(0.05)
        assert not watching.done()  # they went while the article was still being written
        messages = await watching
        await server.watch(job_id, viewer)
        assert messages[-1]["type"] == "final"
        assert texts(messages) == viewer.texts
        assert viewer.texts["style", None] == (await server.get(f"/articles/{job_id}/result"))["content"]
        assert most - held < 40_000_000  # with a text for each it would be 90 MB
        for reader in stuck:
            reader.close()


@pytest.mark.alone
async def test_sigterm_is_not_held_up_by_stuck_sockets(tmp_path: Path) -> None:
    words = LARGE | {"PRESSROOM_SEND_TIMEOUT": "60"}
    async with torrent(40, 0.05) as url, serving(tmp_path, OPENAI_BASE_URL=url, **words) as server:
        job_id = await server.start_long()
        stuck = [stuck_socket(server, job_id) for _ in range(10)]
        await server.watch(job_id, until=lambda viewer: sum(map(len, viewer.texts.values())) > 1_000_000)
        begun = time.monotonic()
        await server.terminate()
        assert time.monotonic() - begun < 4  # the grace time and a moment
        for reader in stuck:
            reader.close()
