"""The words of `pressroom loadtest`."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

EXITS = """exit codes: 0 nothing lost or repeated; 1 something was; 2 a word can't be used; 3 the server can't be
reached, went away, or completed no article; 130 stopped by Ctrl-C"""


def add(commands: Any, file: Callable[[str], Path]) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        "loadtest", help="find out what a running Pressroom holds", epilog=EXITS
    )
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
    return parser


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
