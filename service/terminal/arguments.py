"""The arguments of `pressroom write`."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from service.core.brief import MAX_WORDS, MIN_WORDS

EXITS = """The article goes to the file or standard output, everything else to standard error. Exit codes: 0 written;
1 failed, the text so far is kept; 2 invalid argument or setting; 130 stopped by Ctrl-C, the text so far is kept"""


def add(commands: Any, file: Callable[[str], Path]) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        "write", help="write an article in the terminal, without a server", epilog=EXITS
    )
    parser.add_argument("topic", metavar="TOPIC", help="what to write about")
    parser.add_argument(
        "-o",
        "--output",
        type=file,
        metavar="FILE",
        help="write to this file; its ending selects the format: .md, .html, .pdf …",
    )
    parser.add_argument("--tone", help="one of the tones in the settings")
    parser.add_argument("--audience", help="the target audience")
    parser.add_argument("--words", type=int, metavar="N", help=f"minimum length, {MIN_WORDS} to {MAX_WORDS} words")
    parser.add_argument("--research", action="store_true", help="search for sources first, with the configured engine")
    parser.add_argument("--no-live", action="store_true", help="print plain lines even in a terminal")
    return parser
