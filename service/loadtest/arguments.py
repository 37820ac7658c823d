"""The arguments of `pressroom loadtest`."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

EXITS = """exit codes: 0 nothing was lost or repeated; 1 something was; 2 invalid argument; 3 the server is unreachable,
went away, or completed no article; 130 stopped by Ctrl-C"""

KEY = "PRESSROOM_KEY"
HERE = "http://127.0.0.1:8000"


def add(commands: Any, file: Callable[[str], Path]) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        "loadtest", help="load-test a running server, or one of its own", epilog=EXITS
    )
    parser.add_argument(
        "--url",
        action="append",
        help=f"the server to test ({HERE}); repeat it for several servers on one database; viewers move between them",
    )
    parser.add_argument(
        "--key",
        help=f"a writer's key, if the server requires one (or set {KEY}, which process lists don't show)",
    )
    parser.add_argument("--jobs", type=_count, default=20, metavar="N", help="articles in total (%(default)s)")
    parser.add_argument("--concurrency", type=_count, default=10, metavar="C", help="articles at once (%(default)s)")
    parser.add_argument("--viewers", type=_count, default=1, metavar="V", help="viewers per article (%(default)s)")
    parser.add_argument(
        "--ramp",
        type=number(0, 86_400),
        default=2.0,
        metavar="S",
        help="seconds over which to start the first articles (%(default)s)",
    )
    parser.add_argument("--flow", choices=["quick", "full"], default="quick", help="flow of the articles (%(default)s)")
    parser.add_argument(
        "--slow-viewers", type=_share, default=0.0, metavar="P", help="share of slow viewers, 0.1 or 10%%"
    )
    parser.add_argument("--reconnect", type=_share, default=0.0, metavar="P", help="share of viewers that reconnect")
    parser.add_argument(
        "--json", type=file, metavar="FILE", help="save the figures; - prints them instead of the table"
    )
    parser.add_argument("--html", type=file, metavar="FILE", help="save a page with a chart of latency over time")
    parser.add_argument("--with-demo-model", action="store_true", help="start a server and a demo model for the test")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError("must be a whole number from 1 to 1000000")
    return int(text)


def number(least: float, most: float) -> Callable[[str], float]:
    """Reads a number within these bounds."""

    def read(text: str) -> float:
        value = _number(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"must be from {least:g} to {most:g}")
        return value

    return read


def _share(text: str) -> float:
    value = _number(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("must be a share from 0 to 1, or a percentage such as 10%")
    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must be a number") from None
