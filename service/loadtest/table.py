"""The report in a terminal, or as plain lines without one."""

from collections.abc import Iterator

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from service.loadtest.report import Report, Spread

MB = 1024 * 1024


def show(report: Report, console: Console) -> None:
    console.print(Text(report.headline, style="bold green" if report.whole else "bold red"))
    for line in [*report.shown_faults, *([report.stopped] if report.stopped else [])]:
        console.print(Text(f"  {line}"))
    console.print()
    framed = box.ROUNDED if console.is_terminal else None
    facts = Table(box=framed, show_header=False, pad_edge=console.is_terminal)
    for name, value in figures(report):
        facts.add_row(name, value)
    console.print(facts)
    console.print()
    times = Table("", "p50", "p95", "p99", "most", "of", box=framed, pad_edge=console.is_terminal)
    for column in times.columns[1:]:
        column.justify = "right"
    for name, spread in spreads(report):
        times.add_row(name, *map(seconds, (spread.p50, spread.p95, spread.p99, spread.most)), f"{spread.count}")
    if times.row_count:
        console.print(times)


def spreads(report: Report) -> Iterator[tuple[str, Spread]]:
    named = {"first token": report.first_token, "token gap": report.token_gap, "whole article": report.job_time}
    return ((name, spread) for name, spread in named.items() if spread is not None)


def figures(report: Report) -> Iterator[tuple[str, str]]:
    yield "articles", _counted(report.articles) or "none"
    yield (
        "load",
        f"{report.jobs} articles ({report.flow}), {report.concurrency} at once, viewers each: {report.viewers}",
    )
    yield "time", f"{report.seconds:.1f} s"
    yield (
        "throughput",
        f"{report.articles_per_minute:.1f} articles a minute, {report.tokens_per_second:.0f} tokens/s of the model, "
        f"{report.events_per_second:.0f} events/s delivered",
    )
    yield "errors", _counted(report.errors) or "none"
    dropped, lost = report.dropped_connections, report.lost_connections
    moved = f", {report.moves} moved to another server" if len(report.urls) > 1 else ""
    yield "connections", f"{dropped} dropped on purpose, {lost} lost{moved}, {report.replays} replayed from the start"
    if (server := report.server) is not None:
        if server.cpu_share is not None:
            yield "server's CPU", f"{server.cpu_seconds:.1f} s, {server.cpu_share:.0%} of a core"
        begin, most, end = (value / MB for value in (server.memory_begin, server.memory_most, server.memory_end))
        yield "server's memory", f"{begin:.0f} MB at the start, {most:.0f} MB at most, {end:.0f} MB at the end"


def seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 1 else f"{1000 * value:.0f} ms"


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items(), key=lambda item: -item[1]))
