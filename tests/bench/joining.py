"""How streams without an end come to be, in each kind of server."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count

from tests.bench.calls import endless
from tests.bench.crowd import STAYS, Crowd
from tests.bench.processes import Server
from tests.bench.viewer import get, post, start_article

AT_ONCE = 24  # streams
ARTICLES = 16  # that have as many: one in four is at its three sections, as a quarter of an article's time is

Join = Callable[[int], Awaitable[None]]


def articles(server: Server, crowd: Crowd) -> Join:
    numbers = count()

    async def one() -> None:
        number = next(numbers)
        job = await start_article(server.url, f"{'A text' if number % 4 else STAYS}, number {number}")
        await crowd.watch(server.url, get(server.url, f"/articles/{job}/events"))

    async def join(_: int) -> None:
        there = crowd.streams
        await asyncio.gather(*(one() for _ in range(ARTICLES)))
        await crowd.grown(there + AT_ONCE)

    return join


def streams(server: Server, crowd: Crowd, path: str) -> Join:
    request = post(server.url, path, endless())

    async def join(wanted: int) -> None:
        there, more = crowd.streams, min(wanted, AT_ONCE)
        await asyncio.gather(*(crowd.watch(server.url, request) for _ in range(more)))
        await crowd.grown(there + more)

    return join
