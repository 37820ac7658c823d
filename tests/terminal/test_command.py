"""`pressroom write` as its user types it."""

import asyncio
import fcntl
import os
import pty
import re
import signal
import struct
import termios
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from service import demo
from tests.commands import exit_code
from tests.environment import inherited
from tests.server import PRESSROOM
from tests.warm import Process, pressroom

FAST = {"PRESSROOM_DEMO_TOKENS_PER_SECOND": "2000", "PRESSROOM_DEMO_FIRST_TOKEN": "0.01"}


async def begin(*words: str, **environment: str) -> Process:
    return await pressroom("write", *words, env=inherited() | FAST | environment, stdout=PIPE, stderr=PIPE)


async def run(*words: str, **environment: str) -> tuple[int, str, str]:
    process = await begin(*words, **environment)
    async with asyncio.timeout(180):
        output, errors = await process.communicate()
    return process.returncode or 0, output.decode(), errors.decode()


@pytest.mark.process
async def test_the_article_comes_on_standard_output_and_the_rest_does_not() -> None:
    code, output, errors = await run("Why rivers meander", "--tone", "humorous", "--audience", "children")
    assert code == 0
    assert output.startswith("# Why rivers meander")
    assert output.count("\n## ") == 3
    assert "\x1b" not in output + errors
    assert re.search(r"^section 2: \d+ words, \d+\.\d s$", errors, re.MULTILINE)
    assert "no AI" in errors


@pytest.mark.process
@pytest.mark.parametrize(
    ("name", "begins"), [("a.md", b"# Bees"), ("a.html", b"<!doctype html>"), ("a.docx", b"PK"), ("a.pdf", b"%PDF-")]
)
async def test_a_file_is_of_the_kind_that_its_name_says(name: str, begins: bytes, tmp_path: Path) -> None:
    code, output, errors = await run("Bees", "-o", str(tmp_path / name))
    assert (code, output) == (0, ""), errors
    assert (tmp_path / name).read_bytes().startswith(begins)


@pytest.mark.process
async def test_research_without_a_search_engine_is_left_out_and_said_so() -> None:
    code, output, errors = await run("Bees", "--research", "--words", "300")
    assert code == 0
    assert "research: skipped: no search engine is configured" in errors
    assert len(output.split()) >= 300


@pytest.mark.process
async def test_ctrl_c_keeps_the_text_so_far(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    process = await begin("Bees", "-o", str(file), PRESSROOM_DEMO_TOKENS_PER_SECOND="60")
    assert process.stderr is not None
    async with asyncio.timeout(180):
        while not re.match(rb"section \d: \d+ words", line := await process.stderr.readline()):
            assert line
        process.send_signal(signal.SIGINT)
        errors = await process.stderr.read()
        assert await process.wait() == 130
    assert b"Traceback" not in errors
    assert b"stopped; this is the text so far" in errors
    assert file.read_text().startswith("# Bees")
    assert "## " in file.read_text()


@pytest.mark.process
async def test_a_model_that_fails_is_one_line_and_exit_1() -> None:
    faults = demo.Faults.parse(["refusal=1"])
    async with demo.serving(pace=demo.Pace(2000, 0.01), faults=faults) as model:
        code, output, errors = await run("Bees", OPENAI_BASE_URL=model.url, PRESSROOM_MODEL_ATTEMPTS="1")
    assert (code, output) == (1, "")
    assert errors.splitlines()[-1].startswith("pressroom: ")
    assert "Traceback" not in errors


@pytest.mark.process
async def test_standard_output_that_can_not_be_written_is_one_line() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    process = await asyncio.create_subprocess_exec(
        PRESSROOM, "write", "Bees", env=os.environ | FAST, stdout=full, stderr=PIPE
    )
    os.close(full)
    async with asyncio.timeout(180):
        _, errors = await process.communicate()
    assert process.returncode == 1
    assert errors.endswith(b"\npressroom: standard output can't be written: No space left on device\n")


@pytest.mark.process
@pytest.mark.parametrize("words", [[], ["--no-live"]])
async def test_in_a_terminal_the_sections_stand_side_by_side_unless_told_not_to(words: list[str]) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 120, 0, 0))
    environment = FAST | {"TERM": "xterm", "PRESSROOM_DEMO_TOKENS_PER_SECOND": "60"}
    process = await pressroom("write", "Bees", *words, env=os.environ | environment, stdout=PIPE, stderr=theirs)
    os.close(theirs)
    reading = asyncio.to_thread(_all_of, ours)
    async with asyncio.timeout(180):
        (output, _), seen = await asyncio.gather(process.communicate(), reading)
    assert output.startswith(b"# Bees")
    assert ("─ 1 Bees" in seen and "╮╭" in seen) == (not words)
    assert "style: " in seen


def _all_of(terminal: int) -> str:
    parts: list[bytes] = []
    try:
        while part := os.read(terminal, 65536):
            parts.append(part)
    except OSError:  # nobody holds its other end any more
        pass
    os.close(terminal)
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", b"".join(parts).decode(errors="replace"))


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["Bees", "--tone", "grumpy"], "--tone"),
        (["Bees", "--words", "7"], "--words"),
        (["Bees", "-o", "bees.doc"], "-o"),
        (["Bees", "-o", "/nowhere/bees.md"], "/nowhere/bees.md"),
        (["Bees", "--audience", "  "], "--audience"),
        (["\n"], "TOPIC"),
    ],
)
def test_a_word_that_can_not_be_used_is_named(words: list[str], named: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("write", *words) == 2
    assert named in capsys.readouterr().err
