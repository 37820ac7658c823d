"""`pressroom loadtest` as its user types it."""

import asyncio
import json
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE
from html.parser import HTMLParser
from pathlib import Path

import httpx2
import pytest

from service import demo
from service.loadtest import own
from tests.closed import closed
from tests.commands import exit_code
from tests.page.proxy import proxying
from tests.server import free_port, serving
from tests.warm import Process, pressroom


async def begin(*words: str, **environment: str) -> Process:
    return await pressroom("loadtest", *words, env=os.environ | environment, stdout=PIPE, stderr=PIPE)


async def run(*words: str, **environment: str) -> tuple[int, str, str]:
    process = await begin(*words, **environment)
    async with asyncio.timeout(180):
        output, errors = await process.communicate()
    return process.returncode or 0, output.decode(), errors.decode()


@pytest.mark.process
async def test_its_own_server_uses_no_database_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRESSROOM_DATABASE_URL", "postgresql://ada@127.0.0.1:1/press")
    async with own.serving(tokens_per_second=100, first_token=0.1, faults=[]) as url, httpx2.AsyncClient() as client:
        assert (await client.get(f"{url}/readyz")).json()["status"] == "ready"


@pytest.mark.process
async def test_one_command_gives_a_first_picture(tmp_path: Path) -> None:
    figures, page = tmp_path / "figures.json", tmp_path / "page.html"
    viewers = ["--viewers", "4", "--slow-viewers", "25%", "--reconnect", "0.25"]
    load = ["--jobs", "4", "--concurrency", "3", "--ramp", "0.5", "--tps", "300", "--ttft", "0.1"]
    reports = ["--json", str(figures), "--html", str(page)]
    code, output, errors = await run("--with-demo-model", *load, *viewers, *reports, PRESSROOM_AUTH="on")
    assert code == 0, output + errors
    assert output.startswith("nothing lost or repeated: 16 texts match what is stored\n")
    assert "\x1b" not in output + errors
    assert re.search(r"first token +\d+ ms|first token +\d\.\d\d s", output)
    told = json.loads(figures.read_text())
    assert told["whole"] is True
    assert told["articles"] == {"completed": 4}
    assert told["dropped_connections"] > 0
    assert told["job_time"]["count"] == 8
    assert 0 < told["token_gap"]["p50"] <= told["token_gap"]["p95"] <= told["token_gap"]["p99"]
    tags = Tags(page.read_text())
    assert tags.seen.count("svg") == 2
    assert "polyline" in tags.seen
    assert tags.fetched == []
    assert "prefers-color-scheme: dark" in page.read_text()


class Tags(HTMLParser):
    """The names of a page's elements, and of those that would be fetched."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.fetched: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.fetched += [tag for name, _ in attrs if name in ("src", "href")]


@pytest.mark.process
async def test_viewers_move_between_servers_in_mid_stream(tmp_path: Path) -> None:
    async with (
        serving(tmp_path, PRESSROOM_DEMO_TOKENS_PER_SECOND="150") as server,
        proxying(int(server.url.rpartition(":")[2])) as one,
        proxying(one.port) as other,
    ):
        urls = [f"http://127.0.0.1:{proxy.port}" for proxy in (one, other)]
        viewers = ["--viewers", "4", "--slow-viewers", "25%", "--reconnect", "50%"]
        load = ["--jobs", "6", "--concurrency", "6", "--ramp", "0.1", "--json", "-", *viewers]
        process = await begin("--url", urls[0], "--url", urls[1], *load)
        async with asyncio.timeout(180):
            while (await server.get("/health"))["running"] < 6:
                await asyncio.sleep(0.02)
            other.target = free_port()
            other.cut()
            output, errors = await process.communicate()
    told = json.loads(output)
    assert process.returncode == 0, errors
    assert told["urls"] == urls
    assert told["articles"] == {"completed": 6}
    assert told["compared"] == 24
    assert told["lost_connections"] > 0
    assert told["moves"] > 0


@pytest.mark.process
async def test_a_full_flow_with_faults_is_reported_by_code(tmp_path: Path) -> None:
    faults = demo.Faults.parse(["refusal=1"])
    async with demo.serving(pace=demo.Pace(2000, 0.01), faults=faults) as model:
        async with serving(tmp_path, OPENAI_BASE_URL=model.url, PRESSROOM_MODEL_ATTEMPTS="1") as server:
            words = ["--jobs", "3", "--concurrency", "3", "--ramp", "0", "--flow", "full", "--json", "-"]
            code, output, errors = await run("--url", server.url, *words)
            told = json.loads(output)
            assert code == 3, errors  # nothing was completed
            assert told["whole"] is True
            assert told["errors"] == {"model_refused": 3}
            assert told["articles"] == {"failed": 3}
            assert (await server.get("/articles/"))["articles"][0]["topic"].startswith("Load test")


@pytest.mark.process
async def test_ctrl_c_reports_what_was_and_leaves_nothing_running(tmp_path: Path) -> None:
    async with serving(tmp_path, PRESSROOM_DEMO_TOKENS_PER_SECOND="5") as server:
        process = await begin("--url", server.url, "--jobs", "5", "--concurrency", "2", "--ramp", "0")
        async with asyncio.timeout(180):
            while (await server.get("/health"))["running"] < 2:
                await asyncio.sleep(0.05)
            process.send_signal(signal.SIGINT)
            output, errors = await process.communicate()
            assert process.returncode == 130
            assert b"Traceback" not in errors
            assert b"stopped; the articles in progress were cancelled" in output
            health = await server.get("/health")
            assert (health["running"], health["waiting"]) == (0, 0)
    assert "Traceback" not in (tmp_path / "log.txt").read_text()


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="others can't be asked to end a process with its parent")
async def test_what_it_started_ends_with_it_even_if_it_is_killed() -> None:
    process = await begin("--with-demo-model", "--jobs", "50", "--tps", "5")
    assert process.stderr is not None
    async with asyncio.timeout(180):
        assert b"0 of 50 articles" in await process.stderr.readline()
        started = _children(process.pid)
        assert len(started) == 2
        process.kill()
        await process.wait()
        while any(_lives(pid) for pid in started):
            await asyncio.sleep(0.05)


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def _lives(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.process
async def test_a_server_that_is_not_there_is_one_line() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    code, output, errors = await run("--url", url)
    assert code == 3
    assert output == ""
    assert errors.startswith(f"pressroom: {url} can't be reached")
    assert errors.count("\n") == 1


@pytest.mark.process
async def test_something_else_that_answers_is_no_pressroom() -> None:
    async with demo.serving(pace=demo.Pace(100, 0)) as model:
        code, _, errors = await run("--url", model.url)
    assert code == 3
    assert "is not a Pressroom server (/health answered 404)" in errors


@pytest.mark.process
async def test_a_server_that_asks_for_a_key_is_given_one(tmp_path: Path) -> None:
    async with closed(tmp_path, PRESSROOM_RATE_PER_KEY="999999/minute") as (server, keys):
        viewers = ["--viewers", "4", "--slow-viewers", "25%"]
        load = ["--url", server.url, "--jobs", "2", "--ramp", "0", "--json", "-", *viewers]
        for refused in ([], ["--key", keys["revoked"]]):
            code, output, errors = await run(*load, *refused)
            assert (code, output) == (3, "")
            said = "requires a valid key; give one with --key or as PRESSROOM_KEY"
            assert errors.endswith(f"pressroom: {server.url} {said}\n")
        for given, environment in ((["--key", keys["writer"]], {}), ([], {"PRESSROOM_KEY": keys["writer"]})):
            code, output, errors = await run(*load, *given, **environment)
            assert code == 0, errors
            assert json.loads(output)["articles"] == {"completed": 2}
            assert keys["writer"] not in output + errors


@pytest.mark.process
async def test_a_server_that_dies_is_told_with_what_was_found(tmp_path: Path) -> None:
    async with serving(tmp_path, PRESSROOM_DEMO_TOKENS_PER_SECOND="5") as server:
        process = await begin("--url", server.url, "--jobs", "2", "--ramp", "0")
        async with asyncio.timeout(180):
            while (await server.get("/health"))["running"] < 2:
                await asyncio.sleep(0.05)
            await server.kill()
            output, errors = await process.communicate()
    assert process.returncode == 3
    last = errors.decode().strip().splitlines()[-1]
    assert last == "pressroom: the server went away and did not come back"
    assert b"did not come back" in output


@pytest.mark.process
async def test_a_server_that_is_restarted_loses_nothing(tmp_path: Path) -> None:
    words = {"PRESSROOM_PORT": str(free_port()), "PRESSROOM_DEMO_TOKENS_PER_SECOND": "60"}
    async with serving(tmp_path, **words) as server:
        process = await begin("--url", server.url, "--jobs", "3", "--ramp", "0", "--viewers", "2", "--json", "-")
        async with asyncio.timeout(180):
            while (await server.get("/health"))["running"] < 3:
                await asyncio.sleep(0.05)
            await server.kill()
    async with serving(tmp_path, **words), asyncio.timeout(180):
        output, errors = await process.communicate()
    told = json.loads(output)
    assert process.returncode == 0, errors
    assert told["articles"] == {"completed": 3}
    assert told["compared"] == 6
    assert told["lost_connections"] > 0


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--jobs", "0"], "--jobs"),
        (["--slow-viewers", "10"], "--slow-viewers"),
        (["--slow-viewers", "60%", "--reconnect", "50%"], "add up to more than 1"),
        (["--url", "localhost:8000"], "--url"),
        (["--url", "http://localhost:8000", "--url", "localhost:8001"], "--url"),
        (["--key", "pr_a\nb"], "--key"),
        (["--html", "/nowhere/page.html"], "/nowhere/page.html"),
    ],
)
def test_a_word_that_can_not_be_used_is_named(words: list[str], named: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("loadtest", *words) == 2
    assert named in capsys.readouterr().err
