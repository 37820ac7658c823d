"""What a token costs; printed, not judged, for machines differ."""

import asyncio
import json
import sys

import pytest

from service.demo import DemoModel
from service.demo.ledger import Ledger
from tests.demo.calling import post, section

pytestmark = [pytest.mark.process, pytest.mark.alone, pytest.mark.long]

STREAMS = 250
SERVER = """
import asyncio, sys, time
import uvloop
from service.demo import Pace, serving

async def serve():
    async with serving(pace=Pace(tokens_per_second=60, first_token=0.2)) as demo:
        print(demo.url, flush=True)
        before = time.process_time()
        await asyncio.to_thread(sys.stdin.readline)
        print(f"[{time.process_time() - before}, {demo.counts.tokens}, {demo.counts.most_under_way}]")

loops = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}
with asyncio.Runner(loop_factory=loops[sys.argv[1]]) as runner:
    runner.run(serve())
"""


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
async def test_cpu_per_token(loop):
    pipe = asyncio.subprocess.PIPE
    server = await asyncio.create_subprocess_exec(sys.executable, "-c", SERVER, loop, stdin=pipe, stdout=pipe)
    assert server.stdout
    url = (await server.stdout.readline()).decode().strip()
    await asyncio.gather(*(drain(DemoModel(url, Ledger()), n) for n in range(STREAMS)))
    output, _ = await server.communicate(b"\n")
    cpu, tokens, at_once = json.loads(output)
    print(f"\n{loop}: {cpu / tokens * 1e6:.1f} µs CPU per token, {at_once} streams at once, {tokens} tokens")
    assert tokens >= STREAMS * 100


async def drain(demo, n):
    async with post(demo, section(title=f"Leaves {n}")) as response:
        while await response.content.readany():
            pass
