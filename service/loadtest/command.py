"""`pressroom loadtest`: what becomes of its words."""

import argparse
import asyncio
import signal
import sys
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import msgspec
from rich.console import Console

from service.core.errors import ServerGone, SettingsError
from service.loadtest import own
from service.loadtest.findings import Findings
from service.loadtest.load import Load
from service.loadtest.page import to_page
from service.loadtest.plan import Plan
from service.loadtest.progress import shown
from service.loadtest.report import Report, report
from service.loadtest.table import show
from service.messages import say

WIDTH = 120  # of the report where there is no terminal


def run(words: argparse.Namespace) -> int:
    if not words.url.startswith(("http://", "https://")):
        raise SettingsError("url")
    plan = Plan(
        url=words.url,
        jobs=words.jobs,
        concurrency=words.concurrency,
        viewers=words.viewers,
        ramp=words.ramp,
        flow=words.flow,
        slow=words.slow_viewers,
        reconnect=words.reconnect,
    )
    plan.manners()  # says what is wrong with them before anything is started
    return asyncio.run(_tested(plan, words))


async def _tested(plan: Plan, words: argparse.Namespace) -> int:
    findings, stopped, code = Findings(), None, 0
    testing = asyncio.create_task(_test(plan, findings, words))
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, testing.cancel)
    try:
        plan = await testing
    except asyncio.CancelledError:
        stopped, code = "stopped; what was under way has been cancelled", 130
    except ServerGone as error:
        stopped, code = say(error.sentence), 3
        print(f"pressroom: {stopped}", file=sys.stderr)
    if code and not findings.started:
        return code
    made = report(plan, findings, stopped)
    _tell(made, findings, words)
    if not made.whole:
        return 1
    return code or (0 if findings.statuses["completed"] else 3)


async def _test(plan: Plan, findings: Findings, words: argparse.Namespace) -> Plan:
    console = Console(stderr=True)
    async with AsyncExitStack() as stack:
        if words.with_demo_model:
            model = own.serving(tokens_per_second=words.tps, first_token=words.ttft, faults=words.fault)
            plan = replace(plan, url=await stack.enter_async_context(model))
        load = Load(plan, findings)
        await stack.enter_async_context(shown(load, console))
        await load.run()
    return plan


def _tell(made: Report, findings: Findings, words: argparse.Namespace) -> None:
    figures = msgspec.json.format(msgspec.json.encode(made), indent=2).decode()
    printed = words.json == Path("-")
    if words.html is not None:
        words.html.write_text(to_page(made, findings))
    if words.json is not None and not printed:
        words.json.write_text(figures + "\n")
    if printed:
        print(figures)
    else:
        console = Console()
        show(made, console if console.is_terminal else Console(width=WIDTH))
