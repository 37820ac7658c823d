"""The words of `pressroom write`."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from service.core.brief import MAX_WORDS, MIN_WORDS

EXITS = """The article goes to standard output or the file, everything else to standard error. Exit codes: 0 written;
1 failed, what there is of it is kept; 2 a word or a setting can't be used; 130 stopped by Ctrl-C, likewise kept"""


def add(commands: Any, file: Callable[[str], Path]) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        "write", help="write an article here, without a server", epilog=EXITS
    )
    parser.add_argument("topic", metavar="TOPIC")
    parser.add_argument(
        "-o",
        "--output",
        type=file,
        metavar="FILE",
        help="the file to write; its ending says as what: .md, .html, .pdf …",
    )
    parser.add_argument("--tone", help="one of the setting tones")
    parser.add_argument("--audience", help="who it is for")
    parser.add_argument("--words", type=int, metavar="N", help=f"{MIN_WORDS} to {MAX_WORDS}: at least so many words")
    parser.add_argument("--research", action="store_true", help="search for sources first, by the settings' engine")
    parser.add_argument("--no-live", action="store_true", help="plain lines, even in a terminal")
    return parser
