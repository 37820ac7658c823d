"""The processes that are measured and those around them: started, found, metered, ended by pid."""

import ctypes
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit
from urllib.request import urlopen

from tests.environment import inherited

ROOT = Path(__file__).resolve().parents[2]
START_WITHIN = 60.0
END_WITHIN = 5.0
PAGE = os.sysconf("SC_PAGE_SIZE")

_url = re.compile(r"http://[\d.]+:\d+")
_libc = ctypes.CDLL(None)


Pipe = IO[str] | int


class BenchError(Exception):
    """The measurement could not be made, or what came out of it can't be trusted."""


@dataclass(frozen=True, slots=True)
class Server:
    pid: int
    url: str


Running = AbstractContextManager[Server]


def address(url: str) -> tuple[str, int]:
    there = urlsplit(url)
    return there.hostname or "", there.port or 80


def cpu_seconds(pid: int) -> float:
    """User and system time of all its threads. It is the clock that clock_getcpuclockid(3) names, in nanoseconds:
    the ticks of /proc/<pid>/stat are too coarse for a relay's 0.1 s."""
    return time.clock_gettime((~pid << 3) | 2)


def told(server: Server, path: str) -> dict[str, Any]:
    """What a server answers as JSON."""
    with urlopen(server.url + path, timeout=5) as answer:
        return json.load(answer)


def rss_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


@contextmanager
def model(tps: float, ttft: float, *more: str) -> Generator[Server]:
    """The demo model."""
    with _running(_pressroom("model", "--port", "0", "--tps", f"{tps}", "--ttft", f"{ttft}", *more)) as server:
        yield server


@contextmanager
def pressroom(
    upstream: Server, settings: Mapping[str, str] | None = None, *, command: str = "serve", checkout: Path = ROOT
) -> Generator[Server]:
    """What is measured: the service as its users start it, on an empty folder. Another checkout has a .venv of its
    own."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        own = {
            "PRESSROOM_DATA_DIR": folder,
            "OPENAI_BASE_URL": f"{upstream.url}/v1",
            "OPENAI_API_KEY": "none",
            **(settings or {}),
        }
        with _running(_pressroom(command, "--port", "0", checkout=checkout), own, folder=checkout) as server:
            yield server


@contextmanager
def ours(name: str, *words: str) -> Generator[Server]:
    """A module of this package as a server."""
    with _running([sys.executable, "-m", f"tests.bench.{name}", *words]) as server:
        yield server


def stamping(**options: float) -> Running:
    """The model whose tokens are stamps; its options are upstream.py's."""
    return ours("upstream", *(f"--{name}={value:g}" for name, value in options.items()))


def _pressroom(*words: str, checkout: Path = ROOT) -> list[str]:
    python = Path(sys.executable) if checkout == ROOT else checkout / ".venv/bin/python"
    return [str(python.with_name("pressroom")), *words]


@contextmanager
def _running(command: list[str], own: dict[str, str] | None = None, folder: Path = ROOT) -> Generator[Server]:
    with tempfile.TemporaryFile("w+") as log:
        process = spawn(command, own, folder=folder, stdout=log, stderr=log)
        try:
            yield Server(process.pid, _ready(process, log.fileno()))
        finally:
            end(process)


def spawn(
    command: list[str], own: dict[str, str] | None = None, *, folder: Path = ROOT, stdout: Pipe, stderr: Pipe
) -> subprocess.Popen[str]:
    env = inherited() | {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"} | (own or {})
    # Ctrl-C is for the bench, which ends the others itself; if it is killed, they go with it.
    return subprocess.Popen(
        command, env=env, cwd=folder, text=True, stdout=stdout, stderr=stderr, start_new_session=True,
        preexec_fn=_die_with_parent,
    )  # fmt: skip


def _die_with_parent() -> None:
    pr_set_pdeathsig = 1
    _libc.prctl(pr_set_pdeathsig, signal.SIGKILL)


def end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(END_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _ready(process: subprocess.Popen[str], log: int) -> str:
    """The URL that it wrote into its log, once it accepts there."""
    due = time.monotonic() + START_WITHIN
    while time.monotonic() < due and process.poll() is None:
        found = _url.search(os.pread(log, 65536, 0).decode(errors="replace"))
        if found and _accepts(found[0]):
            return found[0]
        time.sleep(0.05)
    raise BenchError(f"{process.args} did not start:\n{os.pread(log, 65536, 0).decode(errors='replace')}")


def _accepts(url: str) -> bool:
    try:
        socket.create_connection(address(url), timeout=1).close()
    except OSError:
        return False
    return True
