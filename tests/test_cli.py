"""The commands as a user types them."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import httpx2
import pytest

from service import cli
from tests.server import PRESSROOM, free_port, serving
from tests.warm import pressroom


async def run(*words: str, **environment: str) -> tuple[int, str]:
    """Exit code and standard error of a command that is expected to end by itself."""
    process = await pressroom(*words, env=os.environ | environment, stderr=PIPE)
    async with asyncio.timeout(60):
        _, errors = await process.communicate()
    return process.returncode or 0, errors.decode()


@pytest.mark.process
@pytest.mark.parametrize(
    ("words", "environment", "named"),
    [
        (["serve"], {"PRESSROOM_PORT": "many"}, "PRESSROOM_PORT"),
        (["serve", "--port", "99999"], {"PRESSROOM_PORT": "8000"}, "--port: must be at most 65535"),
        (["work", "--at-once", "0"], {}, "--at-once: must be at least 1"),
        ([], {"PRESSROOM_MODEL_ATTEMPTS": "0"}, "PRESSROOM_MODEL_ATTEMPTS"),
        (["--host", "0.0.0.0"], {}, "--trust-network"),
        (["--host", "pressroom.example"], {}, "--trust-network"),
        (["serve"], {"PRESSROOM_DATA_DIR": "/proc/nowhere"}, "PRESSROOM_DATA_DIR"),
        (["serve"], {"PRESSROOM_LOCAL_MODEL": "/nowhere/model.gguf"}, "PRESSROOM_LOCAL_MODEL"),
        (["write", "Bees"], {"PRESSROOM_LOCAL_MODEL": "/nowhere/model.gguf"}, "PRESSROOM_LOCAL_MODEL"),
        (
            ["serve"],
            {"PRESSROOM_AUTH": "on", "PRESSROOM_LIMITS_STORE": "redis://127.0.0.1:1"},
            "PRESSROOM_LIMITS_STORE",
        ),
        (["serve"], {"PRESSROOM_AUTH": "on", "PRESSROOM_SECRET": "a"}, "PRESSROOM_SECRET"),
        (["keys", "create", "Ada"], {"PRESSROOM_SECRET": "a"}, "PRESSROOM_SECRET"),
        (["keys", "create", "Ada", "--rate", "often"], {}, "--rate"),
        (["model", "--fault", "nonsense=1"], {}, "nonsense"),
        (["model", "--fault", "stall=2"], {}, "stall"),
        (["model", "--port", "80000"], {}, "80000"),
    ],
)
async def test_what_can_not_be_is_one_line_and_exit_2(
    words: list[str], environment: dict[str, str], named: str, tmp_path: Path
) -> None:
    code, errors = await run(*words, **({"PRESSROOM_DATA_DIR": str(tmp_path)} | environment))
    assert code == 2
    assert named in errors
    assert errors.startswith("pressroom: ")
    assert errors.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["model", "--tps", "-3"], "--tps: must be from 0.01 to 100000"),
        (["loadtest", "--ttft", "61"], "--ttft: must be from 0 to 60"),
        (["loadtest", "--ramp", "soon"], "--ramp: must be a number"),
    ],
)
def test_an_argument_that_can_not_be_is_named(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(words)
    assert stop.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.process
async def test_a_second_process_on_the_same_data_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path):
        code, errors = await run(PRESSROOM_DATA_DIR=str(tmp_path), PRESSROOM_PORT=str(free_port()))
        assert code == 2
        assert "another process" in errors
        assert errors.endswith("; stop it first\n")
    async with serving(tmp_path) as server:  # the lock went with the process
        assert (await server.get("/health"))["status"] == "ok"


@pytest.mark.process
async def test_a_port_that_is_taken_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    async with serving(tmp_path / "one") as server:
        port = server.url.rpartition(":")[2]
        code, errors = await run(PRESSROOM_DATA_DIR=str(tmp_path / "two"), PRESSROOM_PORT=port)
        assert code == 2
        assert port in errors


@pytest.mark.process
async def test_without_a_key_the_demo_model_is_used_and_said_so(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        model = (await server.get("/health"))["model"]
        assert model["demo"]
        assert "no AI" in model["note"]
        assert "no AI" in (tmp_path / "log.txt").read_text()


@pytest.mark.process
async def test_the_key_is_never_logged(tmp_path: Path) -> None:
    words = {"OPENAI_API_KEY": "sk-very-secret", "OPENAI_BASE_URL": f"http://127.0.0.1:{free_port()}/v1"}
    words |= {"PRESSROOM_MODEL_ATTEMPTS": "2", "PRESSROOM_MODEL_BACKOFF": "0.01"}
    async with serving(tmp_path, **words) as server:
        viewer = await server.watch(await server.start_job())
        assert viewer.end is not None
        assert "secret" not in repr(viewer.end) + repr(await server.get("/health"))
    assert "secret" not in (tmp_path / "log.txt").read_text()


@pytest.mark.process
async def test_the_demo_model_runs_alone_and_counts() -> None:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        PRESSROOM, "model", "--port", str(port), "--tps", "1000", "--ttft", "0", stderr=PIPE
    )
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client, asyncio.timeout(60):
            while True:
                try:
                    counts = (await client.get("/counts")).json()
                    break
                except httpx2.TransportError:
                    await asyncio.sleep(0.05)
            assert counts["tokens"] == 0
            asked = {"model": "demo", "messages": [{"role": "user", "content": "hello"}], "stream": True}
            answer = await client.post("/v1/chat/completions", json=asked)
            assert answer.text.rstrip().endswith("data: [DONE]")
            assert (await client.get("/counts")).json()["tokens"] > 0
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.process
@pytest.mark.parametrize(("sign", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
async def test_its_end_leaves_nothing_in_the_log_but_plain_words(tmp_path: Path, sign: int, code: int) -> None:
    async with serving(tmp_path, PRESSROOM_DEMO_TOKENS_PER_SECOND="50") as server:
        job_id = await server.start_job()
        watching = asyncio.create_task(server.watch(job_id))
        await server.watch(job_id, until=lambda viewer: viewer.tokens())
        server.process.send_signal(sign)
        assert (await watching).end is None
        async with asyncio.timeout(60):
            assert await server.process.wait() == code
    log = (tmp_path / "log.txt").read_text()
    assert "Traceback" not in log
    assert "ERROR" not in log


@pytest.mark.process
@pytest.mark.parametrize("module", ["service.core.errors", "service.core.events"])  # of all commands, of this one
async def test_ctrl_c_before_everything_is_loaded_is_no_traceback(module: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-X", "importtime", "-m", "service", "write", "Bees", stdout=PIPE, stderr=PIPE
    )
    assert process.stderr is not None
    async with asyncio.timeout(60):
        while f"| {module}".encode() not in (line := b" ".join((await process.stderr.readline()).split())):
            assert line, "it was not loaded"
        process.send_signal(signal.SIGINT)
        rest = await process.stderr.read()
        assert await process.wait() == -signal.SIGINT
    assert b"Traceback" not in rest
