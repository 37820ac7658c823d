"""An installed wheel works: without the repository, and from any folder."""

import asyncio
import re
import subprocess
import sys
import sysconfig
from asyncio.subprocess import PIPE
from pathlib import Path

import httpx2
import pytest

from service.settings import ROOT
from tests.environment import inherited

pytestmark = pytest.mark.process

SHIPPED = [f"{path.relative_to(ROOT)}" for folder in ("config", "static") for path in (ROOT / folder).rglob("*.*")]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel; what it depends on is lent by this one."""
    folder = tmp_path_factory.mktemp("wheel")
    python = folder / "venv" / "bin" / "python"
    _run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", f"{folder}")
    (wheel,) = folder.glob("*.whl")
    _run("uv", "venv", "--offline", "--python", sys.executable, f"{folder / 'venv'}")
    _run("uv", "pip", "install", "--offline", "--no-deps", "--python", f"{python}", f"{wheel}")
    (site,) = (folder / "venv").glob("lib/python*/site-packages")
    (site / "lent.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "venv"


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_holds_every_file_that_is_shipped(environment: Path) -> None:
    (package,) = environment.glob("lib/python*/site-packages/service")
    assert SHIPPED
    assert not [name for name in SHIPPED if not (package / name).exists()]


async def test_it_serves_from_any_folder(environment: Path, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        environment / "bin" / "pressroom", "--port", "0", cwd=tmp_path, stderr=PIPE,
        env=inherited() | {"PRESSROOM_DATA_DIR": f"{tmp_path}", "PRESSROOM_DEMO_TOKENS_PER_SECOND": "2000"},
    )  # fmt: skip
    assert process.stderr is not None
    try:
        told = b""
        async with asyncio.timeout(60):
            while (at := re.search(rb"http://[\d.:]+", told)) is None:
                line = await process.stderr.readline()
                assert line, told.decode()
                told += line
            await _try(at[0].decode())
    finally:
        process.kill()
        await process.wait()


async def _try(url: str) -> None:
    async with httpx2.AsyncClient(base_url=url, timeout=60) as client:
        assert (await client.get("/readyz")).json()["status"] == "ready"
        assert "<html" in (await client.get("/", headers={"Accept": "text/html"})).text
        for name in SHIPPED:
            if name.startswith("static/"):
                assert (await client.get(f"/{name}")).content == (ROOT / name).read_bytes()
        job = (await client.post("/start-job", json={"topic": "Bees"})).json()["job_id"]
        assert "event: done" in (await client.get(f"/progress/{job}")).text
