"""Shows the progress of a load test."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from service.loadtest.load import Load

LINE_EVERY = 5.0  # seconds, without a terminal
REFRESH = 0.2


@asynccontextmanager
async def shown(load: Load, console: Console) -> AsyncGenerator[None]:
    showing = asyncio.create_task(_bar(load, console) if console.is_terminal else _lines(load, console))
    try:
        yield
    finally:
        showing.cancel()
        await asyncio.wait([showing])


async def _bar(load: Load, console: Console) -> None:
    columns = BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=load.plan.jobs)
        while True:
            progress.update(task, completed=load.findings.finished, description=_summary(load))
            await asyncio.sleep(REFRESH)


async def _lines(load: Load, console: Console) -> None:
    while True:
        await asyncio.sleep(LINE_EVERY)
        findings = load.findings
        line = f"{findings.seconds:.0f} s: {findings.finished} of {load.plan.jobs} articles, {_summary(load)}"
        console.print(line, highlight=False, soft_wrap=True)


def _summary(load: Load) -> str:
    findings = load.findings
    wrong = f"{findings.faults.total()} lost or repeated" if findings.faults else "nothing lost"
    return f"{len(load.under_way)} in progress, {findings.errors.total()} errors, {wrong}"
