"""Processes are killed, fall asleep and come back, and the database is restarted, while articles are written and
watched: nothing is lost, and what viewers have is what is stored."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests import postgres
from tests.machines.cluster import Machines, machines
from tests.postgres import Cluster

pytestmark = pytest.mark.process

LASTS = 20 if os.environ.get("TESTS_RUN") != "long" else 240  # seconds
AT_ONCE = 6  # articles
ASLEEP = 14  # seconds: longer than a process is believed to live without a sign of it


async def kill_a_writer(here: Machines, _: Cluster) -> None:
    victim = here.writers.pop(random.randrange(len(here.writers)))
    await victim.kill()
    here.writers.append(await here.write())


async def stop_a_writer(here: Machines, _: Cluster) -> None:
    victim = here.writers.pop(random.randrange(len(here.writers)))
    await victim.terminate()
    here.writers.append(await here.write())


async def put_a_writer_to_sleep(here: Machines, _: Cluster) -> None:
    victim = random.choice(here.writers).process
    victim.send_signal(signal.SIGSTOP)
    await asyncio.sleep(ASLEEP)
    victim.send_signal(signal.SIGCONT)


async def kill_a_server(here: Machines, _: Cluster) -> None:
    victim = here.servers.pop(random.randrange(len(here.servers)))
    await victim.kill()
    here.servers.append(await here.serve())


async def restart_the_database(_: Machines, cluster: Cluster) -> None:
    await asyncio.to_thread(cluster.stop, signal.SIGQUIT)
    await asyncio.to_thread(cluster.start)


async def cut_all_connections(_: Machines, cluster: Cluster) -> None:
    every = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename <> 'postgres'"
    )
    await asyncio.to_thread(cluster.ask, every)


FAULTS: list[Callable[[Machines, Cluster], Awaitable[None]]] = [
    kill_a_writer, stop_a_writer, put_a_writer_to_sleep, kill_a_server, restart_the_database, cut_all_connections,
]  # fmt: skip


async def test_nothing_is_lost_whatever_fails(tmp_path: Path) -> None:
    seed = int(os.environ.get("SEED", time.time_ns() % 10_000))
    print(f"\nSEED={seed}")
    random.seed(seed)
    with postgres.own() as cluster, cluster.with_tables() as url:
        async with machines(tmp_path, url) as here:
            writing = [asyncio.create_task(here.keep_writing(f"{n} bees")) for n in range(AT_ONCE)]
            until = time.monotonic() + LASTS
            faults: list[str] = []
            while time.monotonic() < until:
                await asyncio.sleep(random.uniform(0.5, 3))
                fault = random.choice(FAULTS)
                faults.append(getattr(fault, "__name__", ""))
                await fault(here, cluster)
            here.over = True
            await asyncio.gather(*writing)
            print(f"{len(here.articles)} articles whole after {', '.join(faults)}")
            await here.demand_whole(here.articles)
