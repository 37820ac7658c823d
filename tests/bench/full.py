"""How many tokens one core passes on in time: streams are added until one token in a hundred is older than LIMIT when
it arrives; beside a byte relay and the usual stack.

The server has one core, the model and the viewers have another. Both go before other processes, where the system lets
us say so; what a server gets of its core all the same is allowed for.
"""

import asyncio
import gc
import os
import socket
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import uvloop

from tests.bench import joining, processes
from tests.bench.crowd import Crowd
from tests.bench.joining import Join
from tests.bench.processes import BenchError, Server, cpu_seconds
from tests.bench.rows import Row, percentile
from tests.bench.serving import BACKLOG
from tests.bench.sizes import Sizes

LIMIT = 100.0  # ms
BUDGET = 0.4  # of the relay's
SLACK = 50.0  # ms by which the model may be late: beyond that it is the model that is full
GROWTH = 1.4
CLOSE = 1.06  # the factor between what was kept and what was not, at which the search ends
JOIN_WITHIN = 60.0
ARRIVE_WITHIN = 10.0
ROOM = {"PRESSROOM_ARTICLES_AT_ONCE": "4000", "PRESSROOM_MODEL_CALLS_AT_ONCE": "4000"}
NAMES = {
    "relay": "one core, full: byte relay",
    "ours": "one core, full: Pressroom",
    "usual": "one core, full: usual stack",
}
FIRST = {"relay": 480, "ours": 120, "usual": 30}  # streams


@dataclass(frozen=True, slots=True)
class Step:
    streams: int
    rate: float  # tokens that arrived, a second
    cpu: float  # what the server got of its core
    age: float  # of 99 % of the tokens at most, in ms
    late: float  # were 99 % of the model's turns at most, in ms
    greatest: bool = False  # whether the load could have been no greater, but the server might have borne more

    def __str__(self) -> str:
        return (
            f"{self.streams} streams: {self.rate:.0f} tokens/s, 99 % of them younger than {self.age:.0f} ms, "
            f"with {self.cpu:.0%} of a core"
        )


def measure(sizes: Sizes) -> list[Row]:
    found = {name: _limit(name, sizes) for name in NAMES}
    relay = _of_a_core(found["relay"])
    return [
        Row(
            name=NAMES[name],
            value=_of_a_core(step),
            unit="tokens/s" + (" or more" if step.greatest else ""),
            ratio=_of_a_core(step) / relay,
            least=BUDGET if name == "ours" else None,
        )
        for name, step in found.items()
    ]


def _of_a_core(step: Step) -> float:
    return step.rate / step.cpu


def _limit(name: str, sizes: Sizes) -> Step:
    """The most streams that were in time: more and more of them, then halves of what lies between."""
    kept, missed, streams = None, None, min(FIRST[name], sizes.most_streams)
    while True:
        step = _step(name, streams, sizes)
        if step.age > LIMIT:  # a moment's hold-up, perhaps by those who have just joined: only the second time counts
            step = _step(name, streams, sizes)
        print(f"  {step}", file=sys.stderr, flush=True)
        if step.age > LIMIT:
            missed = streams
            if streams == 1:
                raise BenchError("one stream alone is not in time")
        else:
            kept = step
            if step.late > SLACK or streams == sizes.most_streams:
                return replace(step, greatest=True)
        if kept and missed and missed <= kept.streams * CLOSE:
            return kept
        streams = _next(kept.streams if kept else None, missed, sizes.most_streams)


def _next(kept: int | None, missed: int | None, most: int) -> int:
    if missed is None:
        assert kept is not None
        return min(round(kept * GROWTH), most)
    return round((kept * missed) ** 0.5) if kept else max(1, missed // 2)


def _step(name: str, streams: int, sizes: Sizes) -> Step:
    """Of a new server each time: Pressroom ends streams that are far longer than what was asked for."""
    with socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as listener:
        model = Server(os.getpid(), "http://{}:{}".format(*listener.getsockname()))
        with _server(name, model) as server, _apart(server):
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                return runner.run(_served(name, server, listener, streams, sizes))


def _server(name: str, model: Server) -> processes.Running:
    if name == "ours":
        return processes.pressroom(model, ROOM)
    return processes.ours(name, *(["--upstream", model.url] if name == "relay" else [model.url]))


@contextmanager
def _apart(server: Server) -> Generator[None]:
    """The server on one core, this process on another, and without a garbage collector's pauses."""
    cores = os.sched_getaffinity(0)
    if len(cores) < 2:
        raise BenchError("one core for the server and one for its load are needed")
    one, other, *_ = sorted(cores)
    gc.disable()
    os.sched_setaffinity(0, {other})
    for thread in os.listdir(f"/proc/{server.pid}/task"):
        os.sched_setaffinity(int(thread), {one})
    try:
        with _first(os.getpid()), _first(server.pid):
            yield
    finally:
        os.sched_setaffinity(0, cores)
        gc.enable()


@contextmanager
def _first(pid: int) -> Generator[None]:
    """A process goes before others: its session does, where sessions share the cores (sched(7), autogroups)."""
    group = Path(f"/proc/{pid}/autogroup")
    before = "0"
    with suppress(OSError):
        before = group.read_text().rpartition(" ")[2]
        group.write_text("-15")
    try:
        yield
    finally:
        with suppress(OSError):
            group.write_text(before)


async def _served(name: str, server: Server, listener: socket.socket, streams: int, sizes: Sizes) -> Step:
    crowd = Crowd()
    async with crowd.serving(listener):
        if name == "ours":
            join = joining.articles(server, crowd)
        else:
            join = joining.streams(server, crowd, "/stream" if name == "usual" else "/v1/chat/completions")
        await _joined(crowd, join, streams)
        return await _held(server, crowd, streams, sizes)


async def _joined(crowd: Crowd, join: Join, streams: int) -> None:
    try:
        async with asyncio.timeout(JOIN_WITHIN):
            while crowd.streams < streams:
                await join(streams - crowd.streams)
    except TimeoutError:
        raise BenchError(f"of {streams} streams only {crowd.streams} began") from None


async def _held(server: Server, crowd: Crowd, streams: int, sizes: Sizes) -> Step:
    await crowd.speak(streams, sizes.settle)
    crowd.ages.clear()
    crowd.late.clear()
    began, cpu, arrived = time.monotonic(), cpu_seconds(server.pid), crowd.arrived
    await crowd.speak(streams, sizes.hold)
    took = time.monotonic() - began
    step = Step(
        streams=streams,
        rate=(crowd.arrived - arrived) / took,
        cpu=(cpu_seconds(server.pid) - cpu) / took,
        age=percentile(crowd.ages, 0.99) / 1000,
        late=percentile(crowd.late, 0.99) * 1000,
    )
    await crowd.silence(ARRIVE_WITHIN)
    return step
