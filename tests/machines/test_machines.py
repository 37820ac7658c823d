"""An article is taken on by one server, written by a process that serves nobody, and watched at any server."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncGenerator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import pytest_asyncio

from service.access.gate import Gate
from service.store.keys import Keys
from service.store.postgres import Postgres
from service.wire.events import Done
from tests import postgres
from tests.closed import AUTH, SECRET
from tests.machines import hasty
from tests.machines.cluster import Machines, drafting, machines
from tests.page.proxy import proxying
from tests.sse import Viewer
from tests.test_kill import token

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="module")]

LONG = os.environ.get("TESTS_RUN") == "long"
HOW = ["killed", "stopped", *(pytest.param(how, marks=pytest.mark.long) for how in ("asleep", "cut off"))]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Machines]:
    """Two servers and a writer, which each test leaves as they are."""
    main = "service.cli" if LONG else hasty.__name__
    with postgres.url() as url:
        async with machines(tmp_path_factory.mktemp("machines"), url, writers=1, main=main) as here:
            yield here


async def test_an_article_is_watched_at_any_server_while_another_process_writes_it(here: Machines) -> None:
    one, other = here.servers
    paths = "/readyz", "/metrics", "/articles/", "/static/js/api.js"
    assert [(await here.writers[0].client.get(path)).status_code for path in paths] == [200, 200, 404, 404]
    job = await one.start_job()
    viewers = await asyncio.gather(one.watch(job), other.watch(job))
    late = await other.watch(job)
    results = [await server.get(f"/articles/{job}/result") for server in here.servers]
    assert results[0]["content"] == results[1]["content"] == viewers[0].texts["style", None]
    for viewer in (*viewers, late):
        assert isinstance(viewer.end, Done)
        assert viewer.texts == viewers[0].texts
        assert viewer.ids == sorted(set(viewer.ids))
    assert viewers[0].ids[-1] == viewers[1].ids[-1] == late.ids[-1]


async def test_a_viewer_goes_on_at_another_server_in_mid_stream(here: Machines) -> None:
    gone, other = await here.serve(), here.servers[0]
    job = await gone.start_job()
    viewer = await gone.watch(job, until=token("content", 2, 60))
    seen = viewer.tokens()
    await gone.kill()
    await other.watch(job, viewer)
    assert isinstance(viewer.end, Done)
    assert viewer.ids == sorted(set(viewer.ids))
    assert all(event.offset for event in viewer.tokens()[len(seen) :] if event.stage == "content")  # none again
    assert viewer.texts["style", None] == (await other.get(f"/articles/{job}/result"))["content"]


async def test_it_is_cancelled_at_a_server_that_does_not_write_it(here: Machines) -> None:
    one, other = here.servers
    here.model.hold("section", 20)
    job = await one.start_job()
    watching = asyncio.create_task(one.watch(job))
    await other.watch(job, until=drafting)
    began = time.monotonic()
    answer = await other.client.post(f"/articles/{job}/cancel")
    assert answer.status_code == 200, answer.text
    print(f"\ncancelled within {1000 * (time.monotonic() - began):.0f} ms")
    end = (await watching).end
    assert isinstance(end, Done)
    assert end.status == "cancelled"
    async with asyncio.timeout(1):
        while here.model.counts.under_way:
            await asyncio.sleep(0.01)
    here.model.release()


@pytest.mark.parametrize("how", HOW)
async def test_what_a_writer_was_writing_goes_on_elsewhere(how: str, here: Machines) -> None:
    port, server, paid = urlsplit(here.database).port, here.servers[0], outlines(here)
    assert port is not None
    async with proxying(port) as link:
        gone = await here.write(here.database.replace(f":{port}/", f":{link.port}/"))
        here.model.hold("section", 20)
        viewers = {await server.start_job(): Viewer() for _ in range(4)}
        await asyncio.gather(*(server.watch(job, viewer, until=drafting) for job, viewer in viewers.items()))
        match how:
            case "killed":
                gone.process.kill()
            case "stopped":
                gone.process.terminate()
            case "asleep":
                gone.process.send_signal(signal.SIGSTOP)
            case _:
                link.through.clear()
        here.model.release()
        began = time.monotonic()
        await asyncio.gather(*(here.follow(job, viewer=viewer) for job, viewer in viewers.items()))
        print(f"\n{how}: whole after {time.monotonic() - began:.1f} s")
        if how in ("asleep", "cut off"):  # it comes back, and changes nothing
            gone.process.send_signal(signal.SIGCONT)
            link.through.set()
            await asyncio.sleep(5)
        for job, viewer in viewers.items():
            result = await server.get(f"/articles/{job}/result")
            assert isinstance(viewer.end, Done)
            assert result["status"] == "completed"
            assert viewer.ids == sorted(set(viewer.ids))
            assert result["content"] == viewer.texts["style", None] == (await server.watch(job)).texts["style", None]
        assert outlines(here) == paid + len(viewers)  # none is paid for twice
        await gone.kill()


def outlines(here: Machines) -> int:
    return here.model.counts.calls["outline"]


async def test_what_a_killed_writer_had_put_aside_is_free_as_soon_as_it_is_known_to_be_dead(tmp_path: Path) -> None:
    with postgres.url() as url:
        with closing(Postgres(url)) as database:
            _, key = await Gate(Keys(database), SECRET.encode()).create("default", "Ada", "writer", None)
        async with machines(tmp_path, url, servers=1, writers=1, settings=AUTH, main=hasty.__name__) as here:
            [server], [writer] = here.servers, here.writers
            server.client.headers["Authorization"] = f"Bearer {key}"
            here.model.hold("section", 20)
            job = await server.start_job()
            await server.watch(job, until=drafting)
            assert _put_aside(url)
            began = time.monotonic()
            await writer.kill()
            async with asyncio.timeout(60):
                while _put_aside(url):
                    await asyncio.sleep(0.05)
            print(f"\nfree after {time.monotonic() - began:.1f} s")


def _put_aside(url: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        return len(connection.execute("SELECT FROM reservations").fetchall())
