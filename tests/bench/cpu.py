"""CPU per token delivered: whole articles, one viewer each, beside a byte relay, the usual stack, another checkout.

Others use the machine too, and its speed changes from minute to minute. What is compared is measured in pairs, one
right after the other and each time the other way round, and the median of the pairs' ratios counts.
"""

from contextlib import ExitStack
from pathlib import Path
from statistics import median

from tests.bench import calls, processes
from tests.bench.loads import Found
from tests.bench.processes import BenchError, Server
from tests.bench.readers import read
from tests.bench.rows import Row
from tests.bench.sizes import Sizes

BUDGET = 3.0
PAIRED = ("relay", "ours", "other")
NAMES = {
    "relay": "CPU: byte relay, uvloop",
    "ours": "CPU: Pressroom",
    "other": "CPU: the other checkout",
    "usual": "CPU: usual stack",
    "plain": "CPU: byte relay, asyncio",
}

Costs = dict[str, list[float]]  # by server, pair after pair, in microseconds per token


def measure(sizes: Sizes, against: Path | None = None) -> list[Row]:
    with ExitStack() as stack:
        model = stack.enter_context(processes.model(sizes.tps, sizes.ttft))
        servers = {name: stack.enter_context(server) for name, server in _servers(model, against).items()}
        costs = _costs(servers, model, sizes)
    rows = [_row(NAMES[name], runs, costs["relay"], BUDGET if name == "ours" else None) for name, runs in costs.items()]
    if against:
        rows.append(_row(f"CPU: Pressroom beside {against}", costs["ours"], costs["other"]))
    return rows


def _servers(model: Server, against: Path | None) -> dict[str, processes.Running]:
    servers = {"relay": processes.ours("relay", "--upstream", model.url), "ours": processes.pressroom(model)}
    if against:
        servers["other"] = processes.pressroom(model, checkout=against)
    servers["usual"] = processes.ours("usual", model.url)
    servers["plain"] = processes.ours("relay", "--upstream", model.url, "--loop", "asyncio")
    return servers


def _costs(servers: dict[str, Server], model: Server, sizes: Sizes) -> Costs:
    costs: Costs = {name: [] for name in servers}
    paired = [name for name in servers if name in PAIRED]
    for name in ("ours", "other"):
        if name in servers:  # what a server loads with its first article is not part of any token
            read("articles", servers[name], count=2, spacing=0.1)
    for pair in range(sizes.pairs):
        for name in paired if pair % 2 == 0 else reversed(paired):
            costs[name].append(_per_token(name, servers[name], model, sizes))
    for name, server in servers.items():
        if name not in PAIRED:  # for reference only
            costs[name].append(_per_token(name, server, model, sizes))
    return costs


def _per_token(name: str, server: Server, model: Server, sizes: Sizes) -> float:
    spacing = sizes.spread / sizes.articles
    before = processes.told(model, "/counts")["tokens"]
    if name in ("ours", "other"):
        found = read("articles", server, count=sizes.articles, spacing=spacing)
        unseen = sum(map(calls.outline_tokens, range(sizes.articles)))
    else:
        path = "/stream" if name == "usual" else "/v1/chat/completions"
        found = read("streams", server, count=sizes.articles, spacing=spacing, path=path)
        unseen = 0
    _require_all(name, found, processes.told(model, "/counts")["tokens"] - before - unseen)
    return found["cpu"] / found["tokens"] * 1e6


def _require_all(name: str, found: Found, left: int) -> None:
    if found["tokens"] != left:
        raise BenchError(f"{name}: {left} tokens left the model, {found['tokens']} arrived")


def _row(name: str, runs: list[float], beside: list[float], limit: float | None = None) -> Row:
    ratios = [run / yardstick for run, yardstick in zip(runs, beside[-len(runs) :], strict=True)]
    return Row(
        name=name, value=median(runs), unit="µs/token", ratio=median(ratios), limit=limit, runs=runs, ratios=ratios
    )
