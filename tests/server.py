"""A real Pressroom process, started as its user would, and what one asks of it."""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from service.demo import DemoModel
from service.settings import ROOT
from tests.environment import inherited
from tests.migrated import prepare
from tests.sse import Viewer
from tests.warm import Process, pressroom

PRESSROOM = Path(sys.executable).parent / "pressroom"


@dataclass
class Server:
    process: Process | asyncio.subprocess.Process
    url: str
    client: httpx2.AsyncClient

    async def start_job(self, topic: str = "Bees") -> str:
        answer = await self.client.post("/start-job", json={"topic": topic})
        assert answer.status_code == 200, answer.text
        return answer.json()["job_id"]

    async def start_long(self, topic: str = "Bees") -> str:
        """An article as long as can be."""
        brief = {"topic": topic, "min_words": 5_000, "language": "ru"}
        answer = await self.client.post("/articles/create", json=brief)
        assert answer.status_code < 300, answer.text
        return answer.json()["id"]

    async def get(self, path: str) -> Any:
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def watch(
        self, job_id: str, viewer: Viewer | None = None, *, until: Any = None, within: float = 60
    ) -> Viewer:
        """Feed a viewer until the stream ends, breaks, or `until(viewer)` is true."""
        viewer = viewer or Viewer()
        headers = {} if viewer.last_id is None else {"Last-Event-ID": str(viewer.last_id)}
        try:
            async with (
                asyncio.timeout(within),
                self.client.stream("GET", f"/progress/{job_id}", headers=headers) as answer,
            ):
                if answer.status_code == 204:  # it has seen all
                    return viewer
                assert answer.status_code == 200, await answer.aread()
                async for data in answer.aiter_raw():
                    viewer.feed(data)
                    if until is not None and until(viewer):
                        break
        except httpx2.TransportError:
            pass
        viewer.cut()
        return viewer

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()

    async def terminate(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            return await self.process.wait()


async def idle(model: DemoModel) -> None:
    """Nobody asks the model any more; it may take it a moment to notice."""
    async with asyncio.timeout(60):
        while model.counts.under_way:
            await asyncio.sleep(0.005)


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@asynccontextmanager
async def serving(
    folder: Path,
    *arguments: str,
    module: str | None = None,
    checkout: Path | str = ROOT,
    main: str = "service.cli",
    **environment: str,
) -> AsyncGenerator[Server]:
    """`pressroom` on a folder; settings as PRESSROOM_* or OPENAI_* words. It is started by a module of a checkout, or
    as another `main` does that needs no process of its own."""
    port = environment.setdefault("PRESSROOM_PORT", str(free_port()))
    fast = {"PRESSROOM_DEMO_TOKENS_PER_SECOND": "2000", "PRESSROOM_DEMO_FIRST_TOKEN": "0.05"}
    words = {"PRESSROOM_DATA_DIR": str(folder)} | fast
    prepare(folder)
    with (folder / "log.txt").open("ab") as log:
        everything = inherited() | words | environment
        if module is None:
            process = await pressroom(*arguments, env=everything, stdout=log.fileno(), stderr=log.fileno(), main=main)
        else:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", module, *arguments, cwd=checkout, env=everything, stdout=log, stderr=log
            )

    url = f"http://127.0.0.1:{port}"
    limits = httpx2.Limits(keepalive_expiry=2)  # the server closes idle connections after five seconds
    async with httpx2.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        try:
            await _up(client, process, folder)
            yield Server(process, url, client)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def _up(client: httpx2.AsyncClient, process: Process | asyncio.subprocess.Process, folder: Path) -> None:
    async with asyncio.timeout(60):
        while True:
            assert process.returncode is None, (folder / "log.txt").read_text()
            try:
                await client.get("/healthz")
                return
            except httpx2.TransportError:
                await asyncio.sleep(0.05)
