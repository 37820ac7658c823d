"""A real small model inside a real Pressroom."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from service.core.model_errors import ModelNotStarted
from service.messages import say
from service.models.local.embedded import COMMAND, Embedded
from tests.local.children import gone
from tests.real.writing import TOPICS, faults, written
from tests.server import Server, serving
from tests.weights import weights

pytestmark = pytest.mark.process


@pytest.fixture
async def server(tmp_path: Path) -> AsyncGenerator[Server]:
    async with serving(tmp_path, PRESSROOM_LOCAL_MODEL=str(weights())) as started:
        yield started


async def child(server: Server) -> int:
    """The model's process, when it is there."""
    async with asyncio.timeout(60):
        while not (pids := children(server.process.pid)):
            await asyncio.sleep(0.01)
    (pid,) = pids
    return int(pid)


def children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


async def test_it_writes_a_whole_article_and_ends_with_the_server(server: Server, tmp_path: Path) -> None:
    model = (await server.get("/health"))["model"]
    assert (model["kind"], model["demo"]) == ("embedded", False)
    assert faults(await written(server, TOPICS[0], within=600), tokens=1_500) == []
    model = (await server.get("/health"))["model"]
    assert "It runs on llama.cpp" in model["says"]
    assert any(said.startswith("It is a small model") for said in model["says"])
    pid = await child(server)
    assert await server.terminate() == 0
    await gone(pid)
    log = (tmp_path / "log.txt").read_text()
    assert "is ready" in log
    assert len(log.splitlines()) < 50  # llama.cpp's own messages are hundreds


@pytest.mark.parametrize("when", ["while it loads", "when it is ready"])
async def test_kill_9_of_the_server_leaves_no_process(server: Server, tmp_path: Path, when: str) -> None:
    pid = await child(server)
    if when == "when it is ready":
        async with asyncio.timeout(60):
            while "is ready" not in (tmp_path / "log.txt").read_text():
                await asyncio.sleep(0.01)
    await server.kill()
    await gone(pid)


async def test_a_file_that_is_not_whole_is_said(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(weights().read_bytes()[:5_000_000])
    inside = Embedded(broken)
    with pytest.raises(ModelNotStarted) as caught:
        await inside.port()
    assert "corrupted or incomplete" in say(caught.value.sentence)


async def test_too_little_memory_is_said() -> None:
    megabytes = 550
    inside = Embedded(weights(), command=("sh", "-c", f'ulimit -v {megabytes * 1024}; exec "$0" "$@"', *COMMAND))
    with pytest.raises(ModelNotStarted) as caught:
        await inside.port()
    assert "more memory than is available" in say(caught.value.sentence)
