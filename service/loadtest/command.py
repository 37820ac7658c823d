"""`pressroom loadtest`: runs a load test."""

import argparse
import asyncio
import os
import signal
import sys
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import msgspec
from rich.console import Console

from service.core.errors import ServerGone, SettingsError
from service.core.sentences import Sentence
from service.loadtest import own
from service.loadtest.arguments import HERE, KEY
from service.loadtest.findings import Findings
from service.loadtest.load import Load
from service.loadtest.page import to_page
from service.loadtest.plan import Plan
from service.loadtest.progress import shown
from service.loadtest.report import Report, report
from service.loadtest.table import show
from service.messages import say

WIDTH = 120  # of the report without a terminal


def run(arguments: argparse.Namespace) -> int:
    urls = tuple(arguments.url or [HERE])
    if not all(url.startswith(("http://", "https://")) for url in urls):
        raise SettingsError("url")
    plan = Plan(
        urls=urls,
        key=_key(arguments.key),
        jobs=arguments.jobs,
        concurrency=arguments.concurrency,
        viewers=arguments.viewers,
        ramp=arguments.ramp,
        flow=arguments.flow,
        slow=arguments.slow_viewers,
        reconnect=arguments.reconnect,
    )
    plan.manners()  # validates the shares before anything starts
    return asyncio.run(_tested(plan, arguments))


def _key(given: str | None) -> str:
    key = (os.environ.get(KEY, "") if given is None else given).strip()
    if not (key.isascii() and key.isprintable()):
        raise SettingsError("word", name=KEY if given is None else "--key", why=Sentence("input.not_a_key"))
    return key


async def _tested(plan: Plan, arguments: argparse.Namespace) -> int:
    findings, stopped, code = Findings(), None, 0
    testing = asyncio.create_task(_test(plan, findings, arguments))
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, testing.cancel)
    try:
        plan = await testing
    except asyncio.CancelledError:
        stopped, code = "stopped; the articles in progress were cancelled", 130
    except ServerGone as error:
        stopped, code = say(error.sentence), 3
        print(f"pressroom: {stopped}", file=sys.stderr)
    if code and not findings.started:
        return code
    made = report(plan, findings, stopped)
    _print(made, findings, arguments)
    if not made.whole:
        return 1
    return code or (0 if findings.statuses["completed"] else 3)


async def _test(plan: Plan, findings: Findings, arguments: argparse.Namespace) -> Plan:
    console = Console(stderr=True)
    async with AsyncExitStack() as stack:
        if arguments.with_demo_model:
            model = own.serving(tokens_per_second=arguments.tps, first_token=arguments.ttft, faults=arguments.fault)
            plan = replace(plan, urls=(await stack.enter_async_context(model),))
        load = Load(plan, findings)
        await stack.enter_async_context(shown(load, console))
        await load.run()
    return plan


def _print(made: Report, findings: Findings, arguments: argparse.Namespace) -> None:
    figures = msgspec.json.format(msgspec.json.encode(made), indent=2).decode()
    printed = arguments.json == Path("-")
    if arguments.html is not None:
        arguments.html.write_text(to_page(made, findings))
    if arguments.json is not None and not printed:
        arguments.json.write_text(figures + "\n")
    if printed:
        print(figures)
    else:
        console = Console()
        show(made, console if console.is_terminal else Console(width=WIDTH))
