"""A writer on one host; database, model, server and another writer on the other. The cable between them is cut."""

import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from service import demo
from service.settings import ROOT
from tests import postgres
from tests.environment import inherited
from tests.machines import hasty
from tests.machines.cluster import Machines, drafting, machines
from tests.machines.network import HERE, HERE_WITHIN, THERE, Network, network
from tests.page.proxy import proxying
from tests.server import free_port, idle
from tests.sse import Viewer

pytestmark = pytest.mark.process

LONG = os.environ.get("TESTS_RUN") == "long"
PACE = demo.Pace(2000, 0.05)  # fast: the longer a cable is cut, the less often TCP tries to get through
NOTICED = 60.0  # seconds within which both sides of a connection notice that it is cut: docs/operating.md says so
CUT = [("swallow", "deliver"), pytest.param("unplug", "plug_in", marks=pytest.mark.long)]
STORED = """
SELECT articles.id, articles.status, epoch, version, terminal_id, content, stage, section, ended_at
FROM articles JOIN stage_runs ON article_id = articles.id ORDER BY articles.id, stage, section
"""
FROM_THERE = f"SELECT pid FROM pg_stat_activity WHERE client_addr = '{THERE}'"


@pytest.mark.parametrize(("cut", "mend"), CUT)
@pytest.mark.parametrize("longer_than", ["the lease", pytest.param("all patience", marks=pytest.mark.long)])
async def test_the_cable_to_a_writer_is_cut_for_a_while(cut: str, mend: str, longer_than: str, tmp_path: Path) -> None:
    with network() as link, postgres.own(HERE_WITHIN) as cluster, cluster.with_tables() as url:
        async with (
            machines(tmp_path, url, servers=1, writers=0, pace=PACE) as here,
            far_writer(link, here, tmp_path) as far,
        ):
            here.model.hold("section", 20)
            [server] = here.servers
            viewers = {await server.start_job(): Viewer() for _ in range(4)}
            await asyncio.gather(*(server.watch(job, viewer, until=drafting) for job, viewer in viewers.items()))
            getattr(link, cut)()
            began = time.monotonic()
            near = await here.write(main=hasty.__name__)
            here.model.release()
            await asyncio.gather(*(here.follow(job, viewer=viewer) for job, viewer in viewers.items()))
            print(f"\nwhole after {time.monotonic() - began:.1f} s")
            if longer_than == "all patience":
                await _until(lambda: not _asked(url, FROM_THERE))
                print(f"noticed here after {time.monotonic() - began:.1f} s")
                await _until(lambda: "can't be told" in far.read_text())
                print(f"noticed there after {time.monotonic() - began:.1f} s")
                assert time.monotonic() - began < NOTICED
            stored = _asked(url, STORED)
            getattr(link, mend)()
            began = time.monotonic()
            await _until(lambda: len(_asked(url, "SELECT id FROM writers")) == 3)
            print(f"there again after {time.monotonic() - began:.1f} s")
            await idle(here.model)  # it writes no more what the other has written
            assert _asked(url, STORED) == stored
            await here.demand_whole(viewers)
            assert Counter(call.kind for call in here.model.calls)["outline"] == len(viewers)  # none is paid for twice
            if LONG:
                await near.terminate()
                job = await server.start_job()
                await here.demand_whole({job: await here.follow(job)})  # which only the far one can have written


@asynccontextmanager
async def far_writer(link: Network, here: Machines, folder: Path) -> AsyncGenerator[Path]:
    """What it logs."""
    address, port = f"@127.0.0.1:{urlsplit(here.database).port}/", urlsplit(here.model.url).port
    assert address in here.database
    assert port is not None
    async with proxying(port, at=HERE) as model:
        settings = {
            "PRESSROOM_DATABASE_URL": here.database.replace("@127.0.0.1:", f"@{HERE}:"),
            "OPENAI_BASE_URL": here.model.url.replace(f"127.0.0.1:{port}", f"{HERE}:{model.port}"),
            "PRESSROOM_DATA_DIR": str(folder),
        }
        command = link.inside(sys.executable, "-m", hasty.__name__, "work", "--port", str(free_port()))
        path = folder / "far.txt"
        with path.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *command, cwd=ROOT, env=inherited() | settings, stdout=log, stderr=log
            )
        try:
            await _until(lambda: process.returncode is not None or "Pressroom is at" in path.read_text())
            assert process.returncode is None, path.read_text()
            yield path
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            print(path.read_text()[-6000:])


def _asked(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(query.encode()).fetchall()


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(90):
        while not true():
            await asyncio.sleep(0.05)
