"""The figures of a test: the same for the terminal, for programs and for the page."""

from collections.abc import Sequence

import msgspec

from service.loadtest.findings import Findings, Series
from service.loadtest.plan import Plan


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds."""

    count: int
    p50: float
    p95: float
    p99: float
    most: float


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """The server's process, as it reports itself; of several servers, the sum."""

    cpu_seconds: float | None  # during the whole test
    cpu_share: float | None  # of one core
    memory_begin: float
    memory_most: float
    memory_end: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    urls: tuple[str, ...]
    jobs: int
    concurrency: int
    viewers: int
    flow: str
    seconds: float
    whole: bool  # nothing was lost or repeated
    headline: str
    stopped: str | None  # why it ended early
    articles: dict[str, int]
    errors: dict[str, int]
    faults: dict[str, int]
    shown_faults: list[str]
    compared: int
    dropped_connections: int
    moves: int
    lost_connections: int
    replays: int
    articles_per_minute: float
    tokens_per_second: float
    events_per_second: float
    first_token: Spread | None
    token_gap: Spread | None
    job_time: Spread | None
    server: Server | None


def report(plan: Plan, findings: Findings, stopped: str | None = None) -> Report:
    seconds = max(findings.seconds, 1e-9)
    return Report(
        urls=plan.urls,
        jobs=plan.jobs,
        concurrency=plan.concurrency,
        viewers=plan.viewers,
        flow=plan.flow,
        seconds=seconds,
        whole=not findings.faults,
        headline=findings.headline,
        stopped=stopped,
        articles=dict(findings.statuses),
        errors=dict(findings.errors),
        faults=dict(findings.faults),
        shown_faults=findings.shown_faults,
        compared=findings.compared,
        dropped_connections=findings.drops,
        moves=findings.moves,
        lost_connections=findings.lost_connections,
        replays=findings.replays,
        articles_per_minute=60 * findings.finished / seconds,
        tokens_per_second=findings.tokens / seconds,
        events_per_second=findings.events / seconds,
        first_token=spread(findings.first_token.values),
        token_gap=spread(findings.gaps.values),
        job_time=spread(findings.job_time.values),
        server=_server(findings.cpu, findings.memory),
    )


def spread(values: Sequence[float]) -> Spread | None:
    if not values:
        return None
    ordered = sorted(values)
    p50, p95, p99 = (percentile(ordered, part) for part in (0.5, 0.95, 0.99))
    return Spread(count=len(ordered), p50=p50, p95=p95, p99=p99, most=ordered[-1])


def percentile(ordered: Sequence[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def _server(cpu: Series, memory: Series) -> Server | None:
    if not memory:
        return None
    used = cpu.values[-1] - cpu.values[0] if cpu else None
    wall = cpu.at[-1] - cpu.at[0] if cpu else 0.0
    return Server(
        cpu_seconds=used,
        cpu_share=used / wall if used is not None and wall else None,
        memory_begin=memory.values[0],
        memory_most=max(memory.values),
        memory_end=memory.values[-1],
    )
