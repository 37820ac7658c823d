"""`python -m tests.bench.many`: as many articles through 50 slots as ten minutes take, among slow viewers, viewers that
reconnect and a model with faults. Exit code 1 if anything was lost, memory grew, or something was left at the end."""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Iterator
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

from service.loadtest.findings import Findings, Series
from service.loadtest.load import Load
from service.loadtest.plan import Plan
from tests.bench import processes
from tests.bench.processes import Server

SLOTS = 50
WAITING = 10
FAULTS = ("rate_limit", "server_error", "cut", "stall", "empty")  # one in a hundred calls each
SETTINGS = {"PRESSROOM_ARTICLES_AT_ONCE": f"{SLOTS}", "PRESSROOM_MODEL_IDLE_TIMEOUT": "3"}
QUIET_WITHIN = 30.0  # seconds until kept connections are closed
SPARE_FILES = 8  # connections of the store's and the like, which are opened when first needed
GROWTH = 1.1  # of memory, from the test's second quarter to its last


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.many", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="how long new articles are begun")
    parser.add_argument("--tps", type=float, default=50, help="tokens per second of the model")
    words = parser.parse_args()
    faults = [word for name in FAULTS for word in ("--fault", f"{name}=0.01")]
    with (
        processes.model(words.tps, 0.3, *faults) as model,
        processes.pressroom(model, SETTINGS) as server,
    ):
        asyncio.run(load(server, words.seconds / 10, Findings()))  # so that all that is made once is there
        before, findings = quiet(server), Findings()
        asyncio.run(load(server, words.seconds, findings))
        wrong = list(wrongs(findings, before, quiet(server, before)))
    found = f"{findings.headline}; {findings.finished} articles, {findings.drops} connections dropped on purpose"
    print("\n".join([found, *findings.shown_faults, *wrong]))
    return 1 if wrong or findings.faults else 0


async def load(server: Server, seconds: float, findings: Findings) -> None:
    plan = Plan(urls=(server.url,), jobs=20_000, concurrency=SLOTS + WAITING, slow=0.1, reconnect=0.1)
    running = Load(plan, findings)
    asyncio.get_running_loop().call_later(seconds, running.enough)
    await running.run()


def quiet(server: Server, before: dict[str, float] | None = None) -> dict[str, float]:
    """The server's own account, once nothing is left, or it has had time enough for that."""
    due = time.monotonic() + QUIET_WITHIN
    while True:
        samples = scrape(server)
        still = samples["pressroom_running"] or samples["pressroom_viewers"]
        if time.monotonic() > due or not (still or (before and list(left(before, samples)))):
            return samples
        time.sleep(0.5)


def scrape(server: Server) -> dict[str, float]:
    with urlopen(f"{server.url}/metrics", timeout=10) as answer:
        families = text_string_to_metric_families(answer.read().decode())
    return {sample.name: sample.value for family in families for sample in family.samples}


def wrongs(findings: Findings, before: dict[str, float], after: dict[str, float]) -> Iterator[str]:
    if failed := findings.finished - findings.statuses["completed"]:
        yield f"{failed} articles were not completed: {dict(findings.errors)}"
    yield from left(before, after)
    if (grown := growth(findings.memory)) > GROWTH:
        yield f"memory grew to {grown:.2f} of what it was"


def left(before: dict[str, float], after: dict[str, float]) -> Iterator[str]:
    for name in ("running", "queue_depth", "viewers", "channels"):
        if after[f"pressroom_{name}"]:
            yield f"{name}: {after[f'pressroom_{name}']:.0f} at the end"
    if after["pressroom_tasks"] > before["pressroom_tasks"]:
        yield f"{after['pressroom_tasks'] - before['pressroom_tasks']:.0f} tasks were left"
    if after["process_open_fds"] > before["process_open_fds"] + SPARE_FILES:
        yield f"{after['process_open_fds'] - before['process_open_fds']:.0f} files or sockets were left"


def growth(memory: Series) -> float:
    quarter = max(1, len(memory) // 4)
    return statistics.median(memory.values[-quarter:]) / statistics.median(memory.values[quarter : 2 * quarter])


if __name__ == "__main__":
    sys.exit(main())
