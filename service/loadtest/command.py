"""`pressroom loadtest`: its words, and what becomes of them."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

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

EXITS = """exit codes: 0 nothing lost or repeated; 1 something was; 2 a word can't be used; 3 the server can't be
reached, went away, or completed no article; 130 stopped by Ctrl-C"""
WIDTH = 120  # of the report where there is no terminal


def add(commands: Any, file: Callable[[str], Path]) -> None:
    parser = commands.add_parser("loadtest", help="find out what a running Pressroom holds", epilog=EXITS)
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="the server to test")
    parser.add_argument("--jobs", type=_count, default=20, metavar="N", help="articles in all")
    parser.add_argument("--concurrency", type=_count, default=10, metavar="C", help="articles at once")
    parser.add_argument("--viewers", type=_count, default=1, metavar="V", help="viewers of each article")
    parser.add_argument("--ramp", type=_seconds, default=2.0, metavar="S", help="seconds over which to begin")
    parser.add_argument("--flow", choices=["quick", "full"], default="quick")
    parser.add_argument("--slow-viewers", type=_share, default=0.0, metavar="P", help="share of them, as 0.1 or 10%%")
    parser.add_argument("--reconnect", type=_share, default=0.0, metavar="P", help="share that reconnects")
    parser.add_argument("--json", type=file, metavar="FILE", help="the figures; - prints them instead of the table")
    parser.add_argument("--html", type=file, metavar="FILE", help="a page with a picture of latency over time")
    parser.add_argument("--with-demo-model", action="store_true", help="start a server and the demo model for it")
    parser.add_argument("--tps", type=float, default=50, help="tokens per second of that model")
    parser.add_argument("--ttft", type=float, default=0.3, help="seconds to its first token")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME=RATE", help="a fault of that model")
    parser.set_defaults(command=_loadtest)


def _loadtest(words: argparse.Namespace) -> int:
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


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError("a number from 1 on")
    return int(text)


def _seconds(text: str) -> float:
    value = _number(text)
    if not 0 <= value <= 86_400:
        raise argparse.ArgumentTypeError("seconds, from 0 on")
    return value


def _share(text: str) -> float:
    value = _number(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("a share from 0 to 1, or a percentage such as 10%")
    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a number") from None
