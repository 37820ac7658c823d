"""The command line: `pressroom` serves; the other commands try it out, or do without a server.

Here stand the words only, so that help is quick. A command's module is loaded when the command is given.
"""

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path

from service.core.errors import DataFolderInUse, SettingsError
from service.loading import loading
from service.loadtest import words as loadtest
from service.messages import say
from service.terminal import words as terminal


def main(argv: list[str] | None = None) -> int:
    words = _parser().parse_args(argv)
    try:
        with loading():
            command = import_module(words.command)
        return command.run(words)
    except (SettingsError, DataFolderInUse) as error:
        print(f"pressroom: {say(error.sentence)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pressroom", description="Watch articles being written.")
    _serve_words(parser)
    commands = parser.add_subparsers(title="commands")
    _serve_words(commands.add_parser("serve", help="serve the API and the page (the default)"))
    model = commands.add_parser("model", help="run the demo model alone")
    model.add_argument("--host", default="127.0.0.1")
    model.add_argument("--port", type=int, default=8001)
    model.add_argument("--tps", type=float, default=50, help="tokens per second")
    model.add_argument("--ttft", type=float, default=0.3, help="seconds to the first token")
    model.add_argument("--fault", action="append", default=[], metavar="NAME=RATE", help="a fault and its rate")
    model.add_argument("--seed", type=int, default=0, help="makes the faults repeatable")
    model.set_defaults(command="service.commands.model")
    loadtest.add(commands, _file).set_defaults(command="service.loadtest.command")
    terminal.add(commands, _file).set_defaults(command="service.commands.write")
    return parser


def _serve_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--port", type=int, help="port to listen on")
    parser.add_argument("--trust-network", action="store_true", default=None, help="allow a host beyond loopback")
    parser.add_argument("--root-path", metavar="PATH", help="where a proxy puts it, such as /pressroom")
    parser.set_defaults(command="service.commands.serve")


def _file(text: str) -> Path:
    """Where something is to be written; said now if that can't be, rather than when there is something to write."""
    path = Path(text)
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"{path} can't be written")
    return path
