"""What a reader process does to a server, and what it finds. The server's CPU time is taken at both ends of it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from tests.bench import calls, sse
from tests.bench.processes import cpu_seconds, rss_bytes
from tests.bench.viewer import Received, Viewer, connect, exchange, get, post, start_article

SETTLE = 0.3  # seconds for what a server does after the last byte
WARM_VIEWERS = 50
BATCH = 50

Found = dict[str, Any]
Load = Callable[..., Awaitable[Found]]


async def articles(*, url: str, pid: int, count: int, spacing: float, stamped: bool = False) -> Found:
    """Whole articles of Pressroom, each from its POST to its `done`, with one viewer each."""

    async def one(number: int) -> Received:
        await asyncio.sleep(number * spacing)
        job = await start_article(url, calls.topic(number))
        return await exchange(url, get(url, f"/articles/{job}/events"))

    meter = _Meter(pid)
    seen = await asyncio.gather(*(one(number) for number in range(count)))
    found = await meter.stop()
    told = [list(sse.events(sse.chunks(received))) for received in seen]
    for happened in told:
        sse.require_done(happened)
    lengths = [{place: sse.tokens(text) for place, text in sse.texts(each).items()} for each in told]
    ended = max(received[-1][0] for received in seen) / 1e9
    found |= {"tokens": sum(sum(each.values()) for each in lengths), "lengths": lengths}
    found |= {"wall": ended - meter.began}
    return found | (_ages(told) if stamped else {})


async def streams(*, url: str, pid: int, count: int, spacing: float, path: str, stamped: bool = False) -> Found:
    """The streams of as many articles, of a server that only passes them on."""
    asked = [calls.article(number) for number in range(count)]

    async def one(number: int) -> list[Received]:
        await asyncio.sleep(number * spacing)
        requests = [post(url, path, section) for section in asked[number].sections]
        sections = await asyncio.gather(*(exchange(url, request) for request in requests))
        return [*sections, await exchange(url, post(url, path, asked[number].style))]

    meter = _Meter(pid)
    seen = await asyncio.gather(*(one(number) for number in range(count)))
    found = await meter.stop()
    told = [list(sse.events(sse.chunks(received))) for each in seen for received in each]
    found["tokens"] = sum(sse.tokens("".join(map(sse.deltas, happened))) for happened in told)
    return found | (_ages(told) if stamped else {})


async def fan(*, url: str, pid: int, viewers: int, path: str | None = None) -> Found:
    """One article to many: of Pressroom, or what is served at `path`. What counts begins when all are there."""
    if path is None:
        path = f"/articles/{await start_article(url, calls.topic(0))}/events"
    watching = await _connected(url, path, viewers)
    await asyncio.sleep(SETTLE)
    meter = _Meter(pid)
    await asyncio.gather(*(viewer.ended for viewer in watching))
    found = await meter.stop()
    began = meter.began * 1e9
    written = [[w for w in sse.chunks(viewer.received) if w[0] >= began] for viewer in watching]
    if path.endswith("/events"):
        for each in written:
            sse.require_done(list(sse.events(each)))
    found["writes"] = sum(map(len, written))
    found["events"] = sum(data.count(b"event: ") for each in written for _, data in each)
    found["schedule"] = [((at - began) / 1e9, data.decode()) for at, data in written[0]]
    return found


async def idle(*, url: str, pid: int, viewers: int) -> Found:
    """Viewers of an article in which nothing happens."""
    path = f"/articles/{await start_article(url, calls.topic(0))}/events"
    warm = await _connected(url, path, WARM_VIEWERS)
    before = await _settled(pid)
    watching = await _connected(url, path, viewers)
    await asyncio.sleep(1)
    after = rss_bytes(pid)
    gone = sum(viewer.ended.done() for viewer in warm + watching)
    return {"bytes": (after - before) / viewers, "gone": gone}


async def _settled(pid: int) -> int:
    """The memory of the server once it has loaded all that its first article needs."""
    async with asyncio.timeout(60):
        before, now = 0, rss_bytes(pid)
        while before != now:
            await asyncio.sleep(1)
            before, now = now, rss_bytes(pid)
    return now


async def _connected(url: str, path: str, count: int) -> list[Viewer]:
    """So many viewers that have begun to receive, in batches that no backlog minds."""
    there: list[Viewer] = []
    while len(there) < count:
        batch = range(min(BATCH, count - len(there)))
        there += await asyncio.gather(*(connect(url, get(url, path)) for _ in batch))
        await asyncio.gather(*(viewer.begun for viewer in there))
    return there


class _Meter:
    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._cpu, self._own = cpu_seconds(pid), time.process_time()
        self.began = time.monotonic()

    async def stop(self) -> Found:
        """The server's CPU seconds, and how busy the reader itself was, from 0 to 1."""
        own = (time.process_time() - self._own) / (time.monotonic() - self.began)
        await asyncio.sleep(SETTLE)
        return {"cpu": cpu_seconds(self._pid) - self._cpu, "reader": own}


def _ages(told: list[list[sse.Event]]) -> Found:
    """How old tokens were, and the first of each stream or article, in microseconds."""
    ages = [sse.ages(happened) for happened in told]
    return {"ages": [age for each in ages for age in each], "first": [each[0] for each in ages]}


LOADS: dict[str, Load] = {"articles": articles, "streams": streams, "fan": fan, "idle": idle}
