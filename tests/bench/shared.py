"""`python -m tests.bench.shared`: what it costs to write an article's text in one process and to follow it in another.

Prints CPU per token by role, beside the writer's own in one process alone, and the age of tokens at their viewers.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import psycopg
import uvloop

from service.core.events import Token
from service.core.pace import Pace
from service.log.memory import MemoryLog
from service.log.postgres import opened
from service.stages import flows
from service.store.postgres_dialect import connected
from tests import postgres
from tests.bench.rows import percentile
from tests.log.articles import stored, story

ARTICLES = int(os.environ.get("ARTICLES", "300"))
RATE = 50  # tokens per second and article
SECONDS = float(os.environ.get("SECONDS", "10"))
TURNS = 10  # in which the articles of a process get their next token
KEEP, WORD = 512, " wonder"


@asynccontextmanager
async def log(url: str) -> AsyncGenerator[MemoryLog]:
    pace = Pace(0.016, 0.075)
    keeping = asyncio.create_task(pace.keep())
    try:
        if not url:
            yield MemoryLog(pace=pace, keep=KEEP, linger=60)
        else:
            data = flows.data()
            async with opened(partial(connected, url), pace=pace, keep=KEEP, linger=60, data=data) as shared:
                yield shared
    finally:
        keeping.cancel()


async def write(url: str) -> None:
    async with log(url) as where:
        texts = [where.writer(f"{n:036}", 1, 1).text(("article", None)) for n in range(ARTICLES)]
        loop = asyncio.get_running_loop()
        await asyncio.sleep(2)
        print("begun", flush=True)
        cpu, start, tokens, turn = time.process_time(), loop.time(), 0, 0
        while loop.time() < start + SECONDS:
            now = time.monotonic()
            for text in texts[turn % TURNS :: TURNS]:
                text.append(f" {now:.4f}")
                tokens += 1
            turn += 1
            await asyncio.sleep(start + turn / (RATE * TURNS) - loop.time())
        print(tokens, time.process_time() - cpu, loop.time() - start, flush=True)


async def read(url: str) -> None:
    ages: list[float] = []

    async def follow(where: MemoryLog, n: int) -> None:
        async for batch in (await story(where, f"{n:036}")).follow(None):
            now = time.monotonic()
            ages.extend(
                now - float(word)
                for entry in batch.entries
                if isinstance(entry.event, Token) and not batch.snapshot
                for word in entry.event.text.split()
            )

    async with log(url) as where:
        following = [asyncio.create_task(follow(where, n)) for n in range(ARTICLES)]
        await asyncio.sleep(1.5)
        cpu = time.process_time()
        await asyncio.to_thread(sys.stdin.readline)
        print(time.process_time() - cpu, percentile(ages, 0.5), percentile(ages, 0.99), len(ages), flush=True)
        for task in following:
            task.cancel()


def started(role: str, url: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.bench.shared", role, url]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def told(process: subprocess.Popen[str]) -> list[float]:
    assert process.stdout is not None
    return [float(word) for word in process.stdout.readline().split()]


def database_cpu() -> float:
    """Of all processes of PostgreSQL, in seconds."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().partition("(")[2].rpartition(")")
        except OSError:
            continue
        if name == "postgres":
            ticks += sum(map(int, rest.split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def measure() -> None:
    alone = started("write", "")
    assert alone.stdout is not None
    alone.stdout.readline()
    tokens, cpu, _ = told(alone)
    own = 1e6 * cpu / tokens
    alone.wait()
    with postgres.url() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            for n in range(ARTICLES):
                stored(connection, f"{n:036}", 1)
        writer = started("write", url)
        reader = started("read", url)
        assert writer.stdout is not None
        writer.stdout.readline()
        before = database_cpu()
        tokens, cpu, seconds = told(writer)
        between = database_cpu() - before
        print("\n", file=reader.stdin, flush=True)
        reading, median, late, _ = told(reader)
        for process in (writer, reader):
            process.wait()
    print(f"{tokens / seconds:.0f} tokens/s in {ARTICLES} articles, CPU in µs per token:")
    print(f"  writer {1e6 * cpu / tokens:.1f} (alone {own:.1f}), PostgreSQL {1e6 * between / tokens:.1f},", end=" ")
    print(f"server {1e6 * reading / tokens:.1f}; age at the viewer {1e3 * median:.0f} ms, p99 {1e3 * late:.0f} ms")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write", url]:
            uvloop.run(write(url))
        case ["read", url]:
            uvloop.run(read(url))
        case _:
            measure()
