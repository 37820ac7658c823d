"""A model whose tokens are the times at which they left it, in microseconds; its outlines are the demo model's."""

import argparse
import asyncio
import time
from collections.abc import Callable

import uvloop
from aiohttp import web

from service.core.events import Usage
from service.demo import Pace, wire
from service.demo.answers import answer
from service.demo.asked import read
from service.demo.script import Piece, pieces
from tests.bench.serving import BACKLOG


class Stamps:
    """`think` is how long it takes to begin an outline, `ttft` anything else."""

    def __init__(self, words: argparse.Namespace) -> None:
        self._lengths = {"section": words.section, "style": words.style}
        self._pace = Pace(words.tps, words.ttft)
        self._thinking = Pace(words.tps, words.think)
        self._calls = 0

    async def complete(self, request: web.Request) -> web.StreamResponse:
        began = asyncio.get_running_loop().time()
        asked = read(wire.decode(await request.read()).messages)
        self._calls += 1
        chunks = wire.Chunks(self._calls, 0)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        if asked.kind == "outline":
            plan = pieces(answer(asked))
            await _play(response, chunks, plan.__getitem__, len(plan), self._thinking, began)
        else:
            await _play(response, chunks, _stamp, self._lengths[asked.kind], self._pace, began)
        await response.write(chunks.finish("stop") + chunks.usage(Usage()) + wire.DONE)
        return response


async def _play(
    response: web.StreamResponse,
    chunks: wire.Chunks,
    piece: Callable[[int], Piece],
    count: int,
    pace: Pace,
    began: float,
) -> None:
    now = asyncio.get_running_loop().time
    for token in range(count):
        await asyncio.sleep(began + pace.at(token) - now())
        await response.write(chunks.piece(piece(token)))


def _stamp(_: int) -> Piece:
    return Piece("content", f" x{time.monotonic_ns() // 1000}")  # a word: what may be a number of a list is held back


async def _serve(words: argparse.Namespace) -> None:
    app = web.Application()
    app.router.add_post("/v1/chat/completions", Stamps(words).complete)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=BACKLOG)
    await site.start()
    print("http://{}:{}".format(*runner.addresses[0]), flush=True)
    await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tps", type=float, default=50)
    parser.add_argument("--ttft", type=float, default=0.3)
    parser.add_argument("--think", type=float, default=0.3)
    parser.add_argument("--section", type=int, default=100)
    parser.add_argument("--style", type=int, default=380)
    uvloop.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
