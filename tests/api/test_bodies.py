"""What is kept of bodies while they come, and of whom."""

import asyncio
import tracemalloc
from collections.abc import AsyncGenerator, Callable
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request

from service.access.visits import Pass, Visits
from service.api import bodies
from service.api.bodies import Bodies
from service.api.gatekeeper import Gatekeeper
from service.api.guards import Guards
from service.core.caller import Caller
from tests.api.test_input import is_problem
from tests.closed import closed
from tests.entering import entrance

LIMITS = {"most": 1_000_000, "most_of_picture": 8_000_000}
IMAGE = "/articles/1/image"
Ask = Callable[..., Any]


@pytest.fixture
async def client() -> AsyncGenerator[httpx2.AsyncClient]:
    """A service that tells how long a body was, to who has the key `pr_ada`."""

    async def by_key(key: str) -> Pass:
        assert key == "pr_ada"
        return Pass(Caller("default", "writer", "Ada", "1"))

    app = FastAPI()
    app.state.rooms = SimpleNamespace(entrance=entrance(SimpleNamespace(by_key=by_key, visits=Visits(None))))  # ty: ignore[invalid-argument-type]
    app.add_middleware(Bodies, **LIMITS)
    app.add_middleware(Gatekeeper)
    app.add_middleware(Guards, hosts=["x"], origins=[], max_body=1_000_000, max_picture=8_000_000)

    @app.put(IMAGE)
    @app.post("/session")
    async def length(request: Request) -> int:
        return len(await request.body())

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://x") as client:
        yield client


KEY = {"Authorization": "Bearer pr_ada"}


async def sent(parts: int, size: int = 64_000, count: list[int] | None = None) -> AsyncGenerator[bytes]:
    for n in range(parts):
        if count is not None:
            count.append(n)
        yield bytes(size)


async def test_nothing_is_kept_of_what_strangers_send_but_it_is_waited_for(client: httpx2.AsyncClient) -> None:
    kept = dict[str, int]()
    for who, headers in {"ada": KEY, "nobody": {}}.items():
        came = list[int]()
        tracemalloc.start()
        answer = await client.put(IMAGE, content=sent(100, count=came), headers=headers)
        kept[who] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert len(came) == 100
        assert answer.status_code == (200 if who == "ada" else 401)
    assert kept["ada"] > 6_400_000
    assert kept["nobody"] < 1_000_000


async def test_where_strangers_may_send_something_it_is_short(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/session", content=sent(1, 8_000))).json() == 8_000
    for content in (sent(2, 8_000), b"x" * 8_001):
        is_problem(await client.post("/session", content=content), 413, "body_too_large")


async def test_only_so_much_is_read_at_once(client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "AT_ONCE", 8_000_000)
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncGenerator[bytes]:
        yield bytes(7_000_000)
        begun.set()
        await goes_on.wait()
        yield bytes(500_000)

    async with asyncio.timeout(60):
        slow = asyncio.create_task(client.put(IMAGE, content=slowly(), headers=KEY))
        await begun.wait()
        refused = await client.put(IMAGE, content=bytes(2_000_000), headers=KEY)
        is_problem(refused, 503, "server_busy")
        assert refused.headers["Retry-After"] == "5"
        assert (await client.put(IMAGE, content=bytes(500_000), headers=KEY)).json() == 500_000
        goes_on.set()
        assert (await slow).json() == 7_500_000
        assert (await client.put(IMAGE, content=bytes(8_000_000), headers=KEY)).json() == 8_000_000


async def test_a_body_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "READ_TIMEOUT", 0.05)
    app = FastAPI()
    app.add_middleware(Bodies, **LIMITS)

    async def slowly() -> AsyncGenerator[bytes]:
        for _ in range(900):
            yield b"x"
            await asyncio.sleep(0.01)

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://x") as client:
        answer = await client.post("/", content=slowly())
    is_problem(answer, 408, "request_timeout")


@pytest.mark.process
async def test_strangers_see_that_they_were_refused_whatever_they_send(tmp_path: Path) -> None:
    def status(url: str) -> int:
        """What a simple client is answered, which sends all before it reads."""
        with closing(HTTPConnection(url.removeprefix("http://"), timeout=60)) as connection:
            connection.request("PUT", IMAGE, bytes(8_000_000))
            return connection.getresponse().status

    async with closed(tmp_path) as (server, _):
        assert await asyncio.to_thread(status, server.url) == 401
