"""A server that only serves, writers, and a PostgreSQL, beside one process that does everything: what a token costs in
all of them together, how old it is when it comes to a viewer, and how fast articles come through the queue.

The PostgreSQL is the tests' own, which does not wait for the disk.
"""

import time
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests import postgres
from tests.bench import processes
from tests.bench.loads import Found
from tests.bench.processes import Server, cpu_seconds
from tests.bench.readers import read
from tests.bench.rows import Row, percentile
from tests.bench.sizes import Sizes

BUDGET, AGE = 2.0, 100.0
ROLES = ("server", "writer", "PostgreSQL")
AT_ONCE = 100  # articles that a writer writes at once
CROWDED = 2  # times the viewers of the fan, at each server
FAST = 100_000.0  # tokens a second: then the queue is what takes the time


@dataclass
class Machines:
    servers: list[Server]
    writers: list[Server]
    database: postgres.Cluster

    def used(self) -> dict[str, float]:
        """CPU seconds so far, of each role. Connections last, and with them PostgreSQL's processes."""
        backends = sum(map(cpu_seconds, _family(self.database.pid)))
        return dict(zip(ROLES, (_used(self.servers), _used(self.writers), backends), strict=True))

    @property
    def server(self) -> Server:
        return self.servers[0]


def measure(sizes: Sizes) -> list[Row]:
    return [*_cost(sizes), *_ages(sizes), *_throughput(sizes), *_crowd(sizes)]


@contextmanager
def _machines(
    model: Server, *, servers: int = 1, writers: int = 1, settings: Mapping[str, str] | None = None
) -> Generator[Machines]:
    cluster = postgres.cluster()
    with cluster.with_tables() as url, ExitStack() as stack:
        words = {"PRESSROOM_DATABASE_URL": url, **(settings or {})}
        serve = [processes.pressroom(model, words | {"PRESSROOM_WRITING": "off"}) for _ in range(servers)]
        work = [processes.pressroom(model, words, command="work") for _ in range(writers)]
        yield Machines(*([stack.enter_context(each) for each in part] for part in (serve, work)), cluster)


def _cost(sizes: Sizes) -> list[Row]:
    """In pairs: the machine's speed changes from minute to minute."""
    load = {"count": sizes.articles, "spacing": sizes.spread / sizes.articles}
    alone: list[float] = []
    parts: list[dict[str, float]] = []
    with (
        processes.model(sizes.tps, sizes.ttft) as model,
        processes.pressroom(model) as one,
        _machines(model) as many,
    ):
        for server in (one, many.server):
            read("articles", server, count=2, spacing=0.1)  # what is loaded with the first article
        for _ in range(sizes.pairs):
            found = read("articles", one, **load)
            alone.append(found["cpu"] / found["tokens"] * 1e6)
            before = many.used()
            found = read("articles", many.server, **load)
            after = many.used()
            parts.append({role: (after[role] - before[role]) / found["tokens"] * 1e6 for role in ROLES})
    together = [sum(each.values()) for each in parts]
    ratios = [all_roles / single for all_roles, single in zip(together, alone, strict=True)]
    rows = [
        Row(name="machines: one process", value=median(alone), unit="µs/token", runs=alone),
        Row(
            name="machines: all roles together", value=median(together), unit="µs/token", ratio=median(ratios),
            limit=BUDGET, runs=together, ratios=ratios,
        ),
    ]  # fmt: skip
    for role in ROLES:
        runs = [each[role] for each in parts]
        rows.append(Row(name=f"machines: {role}", value=median(runs), unit="µs/token", runs=runs))
    return rows


def _ages(sizes: Sizes) -> list[Row]:
    load = {"count": sizes.articles, "spacing": sizes.spread / sizes.articles, "stamped": True}
    stamps = {"section": sizes.section_tokens, "style": sizes.style_tokens}
    model = processes.stamping(tps=sizes.tps, ttft=sizes.ttft, think=sizes.ttft, **stamps)
    with model as upstream, _machines(upstream) as many:
        found: list[Found] = [read("articles", many.server, **load) for _ in range(sizes.repeats)]
    rows: list[Row] = []
    for name, part, limit in (("median", 0.5, None), ("99 %", 0.99, AGE)):
        runs = [percentile(each["ages"], part) / 1000 for each in found]
        rows.append(Row(name=f"machines: age of tokens, {name}", value=min(runs), unit="ms", limit=limit, runs=runs))
    return rows


def _throughput(sizes: Sizes) -> list[Row]:
    """Articles a second through the queue, of a model that answers at once."""
    settings = {"PRESSROOM_ARTICLES_AT_ONCE": f"{AT_ONCE}"}
    rows: list[Row] = []
    with processes.model(FAST, 0.0) as model:
        with processes.pressroom(model, settings) as one:
            rates = {"one process": _rate(one, sizes)}
        for writers in (1, 2):
            with _machines(model, writers=writers, settings=settings) as many:
                rates[f"{writers} writer{'s' * (writers > 1)}"] = _rate(many.server, sizes)
    for name, rate in rates.items():
        ratio = rate / rates["one process"]
        rows.append(Row(name=f"machines: through the queue, {name}", value=rate, unit="articles/s", ratio=ratio))
    return rows


def _rate(server: Server, sizes: Sizes) -> float:
    read("articles", server, count=2, spacing=0.1)
    began = time.monotonic()
    read("articles", server, count=sizes.hundred, spacing=0)
    return sizes.hundred / (time.monotonic() - began)


def _crowd(sizes: Sizes) -> list[Row]:
    """Many viewers at two servers at the same time."""
    stamps = {"section": sizes.fan_section_tokens, "style": sizes.fan_style_tokens}
    model = processes.stamping(tps=sizes.fan_tps, ttft=sizes.fan_wait, think=sizes.fan_wait, **stamps)
    each = CROWDED * sizes.viewers
    with model as upstream, _machines(upstream, servers=2) as many, ThreadPoolExecutor() as threads:
        found = list(threads.map(lambda server: read("fan", server, viewers=each), many.servers))
    runs = [one["cpu"] / one["events"] * 1e6 for one in found]
    return [Row(name=f"machines: {2 * each} viewers at two servers", value=median(runs), unit="µs/event", runs=runs)]


def _used(servers: list[Server]) -> float:
    return sum(cpu_seconds(server.pid) for server in servers)


def _family(pid: int) -> list[int]:
    """A process and its children."""
    return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
