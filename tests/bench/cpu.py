"""CPU per token delivered: whole articles, one viewer each, beside a byte relay and the usual stack."""

from contextlib import ExitStack

from tests.bench import calls, processes
from tests.bench.loads import Found
from tests.bench.processes import BenchError, Server
from tests.bench.readers import read
from tests.bench.rows import Row
from tests.bench.sizes import Sizes

BUDGET = 4.0
NAMES = {
    "relay": "CPU: byte relay, uvloop",
    "ours": "CPU: Pressroom",
    "usual": "CPU: usual stack",
    "plain": "CPU: byte relay, asyncio",
}


def measure(sizes: Sizes) -> list[Row]:
    costs: dict[str, list[float]] = {name: [] for name in NAMES}
    with ExitStack() as stack:
        model = stack.enter_context(processes.model(sizes.tps, sizes.ttft))
        servers = {name: stack.enter_context(server) for name, server in _servers(model).items()}
        for turn in range(sizes.repeats):
            for name, server in servers.items():
                if name != "plain" or turn == 0:  # for reference only
                    costs[name].append(_per_token(name, server, model, sizes))
    relay = min(costs["relay"])
    return [_row(name, runs, relay) for name, runs in costs.items()]


def _servers(model: Server) -> dict[str, processes.Running]:
    return {
        "relay": processes.ours("relay", "--upstream", model.url),
        "ours": processes.pressroom(model),
        "usual": processes.ours("usual", model.url),
        "plain": processes.ours("relay", "--upstream", model.url, "--loop", "asyncio"),
    }


def _per_token(name: str, server: Server, model: Server, sizes: Sizes) -> float:
    """Microseconds."""
    spacing = sizes.spread / sizes.articles
    before = processes.told(model, "/counts")["tokens"]
    if name == "ours":
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


def _row(name: str, runs: list[float], relay: float) -> Row:
    best = min(runs)
    limit = BUDGET if name == "ours" else None
    return Row(name=NAMES[name], value=best, unit="µs/token", ratio=best / relay, limit=limit, runs=runs)
