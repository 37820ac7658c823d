"""The reader process: one load from its arguments, what it found on its standard output."""

import asyncio
import gc
import json
import subprocess
import sys

import uvloop

from tests.bench.loads import LOADS, Found
from tests.bench.processes import BenchError, Server, end, spawn

TIME_LIMIT = 120.0
BUSY = 0.8  # of a core: a reader beyond that is late itself


def read(load: str, server: Server, **spec: object) -> Found:
    """Run a load on a server in a process of its own."""
    words = json.dumps({"load": load, "url": server.url, "pid": server.pid, **spec})
    command = [sys.executable, "-m", "tests.bench.readers", words]
    process = spawn(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        output, errors = process.communicate(timeout=TIME_LIMIT + 30)
    except subprocess.TimeoutExpired:
        raise BenchError(f"the load {load} did not end") from None
    finally:
        end(process)
    if process.returncode:
        raise BenchError(f"the load {load} failed:\n{errors[-3000:]}")
    found = json.loads(output)
    if found.get("reader", 0) > BUSY:
        raise BenchError(f"the reader of the load {load} was itself too busy")
    return found


async def _bounded(load: str, **spec: object) -> Found:
    async with asyncio.timeout(TIME_LIMIT):
        return await LOADS[load](**spec)


def main() -> None:
    gc.disable()  # a collection would make tokens look late
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(_bounded(**json.loads(sys.argv[1])))))


if __name__ == "__main__":
    main()
