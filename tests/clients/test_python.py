"""The Python example, run as its reader would: what it prints is what is stored."""

import asyncio
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from service import demo
from service.settings import ROOT
from service.wire.events import Error, Token
from tests.events import body, frame
from tests.server import Server, free_port, serving
from tests.sse import Viewer

EXAMPLE = ROOT / "docs" / "examples" / "follow.py"
TOPIC = "旅行 🌱 and meandering"  # offsets count the seedling as two


@asynccontextmanager
async def following(url: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(sys.executable, EXAMPLE, TOPIC, url, stdout=PIPE, stderr=PIPE)
    try:
        async with asyncio.timeout(60):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def written(server: Server) -> Any:
    return await server.get(f"/articles/{await begun(server)}/result")


async def begun(server: Server) -> str:
    """The id of the article that the example has asked for."""
    while not (articles := (await server.get("/articles/"))["articles"]):
        await asyncio.sleep(0.02)
    return articles[0]["id"]


def in_mid_style(viewer: Viewer) -> bool:
    return any(token.stage == "style" and token.offset >= 200 for token in viewer.tokens())


async def test_it_prints_what_is_stored(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, following(server.url) as process:
        printed, messages = await process.communicate()
        assert process.returncode == 0, messages.decode()
        assert printed.decode() == (await written(server))["content"] + "\n"
        assert "🌱" in printed.decode()
        assert "100 % Article edited" in messages.decode()


async def test_a_killed_server_costs_it_nothing(tmp_path: Path) -> None:
    async with demo.serving(pace=demo.Pace(400, 0.05)) as model:
        words = {"OPENAI_BASE_URL": model.url, "PRESSROOM_PORT": str(free_port())}
        async with serving(tmp_path, **words) as server, following(server.url) as process:
            await server.watch(await begun(server), until=in_mid_style)
            await server.kill()
            async with serving(tmp_path, **words) as again:
                printed, messages = await process.communicate()
                assert process.returncode == 0, messages.decode()
                assert printed.decode() == (await written(again))["content"] + "\n"
                assert model.counts.calls["style"] == 2  # the kill did come before its end


async def test_a_withdrawn_text_is_not_printed(tmp_path: Path) -> None:
    faults = demo.Faults.script([None, None, None, None, "cut"])  # the style
    async with demo.serving(pace=demo.Pace(1000, 0), faults=faults) as model:
        words = {"OPENAI_BASE_URL": model.url, "PRESSROOM_MODEL_BACKOFF": "0.01"}
        async with serving(tmp_path, **words) as server, following(server.url) as process:
            printed, messages = await process.communicate()
            assert process.returncode == 0, messages.decode()
            assert printed.decode() == (await written(server))["content"] + "\n"
            assert model.counts.calls["style"] == 2


OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
STARTED = OK + b'Content-Type: application/json\r\n\r\n{"events_url": "/progress/1"}'
STREAM = OK + b"Content-Type: text/event-stream\r\n\r\nretry: 10\n\n"
NOTHING_MORE = b"HTTP/1.1 204 No Content\r\n\r\n"


@asynccontextmanager
async def scripted(*answers: bytes) -> AsyncGenerator[tuple[str, list[str]]]:
    """A server that gives these answers, a connection each, and the ids that it was asked to go on after."""
    script, resumed = iter(answers), []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        if head.startswith("post"):
            await reader.readuntil(b"}")
        resumed.extend(re.findall(r"last-event-id: *(\S*)", head))
        writer.write(next(script))
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", resumed


def token(event_id: int, offset: int, text: str) -> bytes:
    return frame(event_id, body(Token(run=1, stage="style", section=None, offset=offset, text=text)))


async def test_it_goes_on_after_the_last_whole_event_until_there_is_nothing_more() -> None:
    streams = STREAM + token(7, 0, "🌱 Wa") + token(8, 5, "s")[:-1], STREAM + token(8, 5, "ter")
    async with scripted(STARTED, *streams, NOTHING_MORE) as (url, resumed), following(url) as process:
        printed, messages = await process.communicate()
        assert process.returncode == 0, messages.decode()
        assert printed.decode() == "🌱 Water\n"
        assert resumed == ["", "7", "8"]


async def test_a_failed_article_is_said_and_exit_1() -> None:
    failed = frame(
        7, body(Error(run=1, code="model_empty", message="no word", params={}, retryable=True, stage="style"))
    )
    async with scripted(STARTED, STREAM + failed) as (url, _), following(url) as process:
        printed, messages = await process.communicate()
        assert (process.returncode, printed, messages) == (1, b"", b"no word\n")
