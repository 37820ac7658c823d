"""The command line. Without a command, `pressroom` serves.

Only arguments are defined here, so that `--help` is quick; a command's module is imported when the command runs.
"""

import argparse
import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from service.core.errors import DataFolderInUse, SettingsError, StoreError
from service.loading import loading
from service.loadtest import arguments as loadtest
from service.messages import say
from service.terminal import arguments as terminal

MOST = 10**15  # of a limit


def main(argv: list[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    try:
        with loading():
            command = import_module(arguments.command)
        return command.run(arguments)
    except (SettingsError, DataFolderInUse, StoreError) as error:
        print(f"pressroom: {say(error.sentence)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pressroom", description="Watch articles being written.")
    _add_serve(parser)
    commands = parser.add_subparsers(title="commands")
    _add_serve(commands.add_parser("serve", help="serve the API and the web page (the default)"))
    work = commands.add_parser("work", help="write the articles of servers on the same PostgreSQL")
    work.add_argument(
        "--at-once", type=int, metavar="N", help="maximum articles at once (the setting `articles_at_once`: 100)"
    )
    work.add_argument("--host", help="address to listen on (the setting `host`: 127.0.0.1)")
    work.add_argument("--port", type=int, default=0, help="port for /healthz, /readyz and /metrics (a free one)")
    work.add_argument(
        "--trust-network", action="store_true", default=None, help="allow a non-loopback address without keys"
    )
    work.set_defaults(command="service.commands.work")
    model = commands.add_parser("model", help="run the demo model on its own")
    model.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    model.add_argument("--port", type=int, default=8001, help="port to listen on (%(default)s)")
    _add_demo_model(model)
    model.add_argument("--seed", type=int, default=0, help="makes faults repeatable (%(default)s)")
    model.set_defaults(command="service.commands.model")
    tasks = model.add_subparsers(title="commands")
    fetch = tasks.add_parser("fetch", help="fetch the weights of the small model that runs inside Pressroom")
    fetch.set_defaults(command="service.commands.fetch")
    check = tasks.add_parser("check", help="ask the configured model one small question, and say what it can do")
    check.set_defaults(command="service.commands.check")
    _add_keys(
        commands.add_parser("keys", help="create, list, revoke and rotate the keys that PRESSROOM_AUTH=on requires")
    )
    backup = commands.add_parser("backup", help="copy everything that is stored into a file, even while a server runs")
    backup.add_argument("file", type=_file, help="where to; an existing file is replaced")
    backup.set_defaults(command="service.commands.backup")
    move = commands.add_parser("move", help="copy the data folder into a PostgreSQL, while no server runs")
    move.add_argument("--to", metavar="URL", help="postgresql://user:password@host/database (PRESSROOM_DATABASE_URL)")
    move.set_defaults(command="service.commands.move")
    load = loadtest.add(commands, _file)
    _add_demo_model(load.add_argument_group("the demo model of --with-demo-model"))
    load.set_defaults(command="service.loadtest.command")
    terminal.add(commands, _file).set_defaults(command="service.commands.write")
    return parser


def _add_keys(parser: argparse.ArgumentParser) -> None:
    tasks = parser.add_subparsers(title="commands", dest="task", required=True)
    create = tasks.add_parser("create", help="create a key and print it; it can't be shown again")
    create.add_argument("name", help="whose it is, or what it is for")
    create.add_argument(
        "--workspace", default="default", help="the workspace whose articles it gives access to (%(default)s)"
    )
    create.add_argument("--role", choices=("reader", "writer", "admin"), default="writer", help="(%(default)s)")
    create.add_argument("--expires", type=int, metavar="DAYS", help="days until it expires (never)")
    _add_limits(create, of_key=True)
    every = tasks.add_parser("list", help="list all keys, without the keys themselves")
    every.add_argument("--workspace", help="only the keys of this workspace")
    for name, said in (("revoke", "end a key"), ("rotate", "replace a key's text, and print the new one")):
        tasks.add_parser(name, help=said).add_argument("id", help="the key's id, as `list` shows it")
    limit = tasks.add_parser("limit", help="change a key's limits; those you don't name stay as they are")
    limit.add_argument("id", help="the key's id, as `list` shows it")
    _add_limits(limit, of_key=True)
    every = tasks.add_parser("limit-workspace", help="change the limits that all keys of a workspace share")
    every.add_argument("workspace")
    _add_limits(every, of_key=False)
    parser.set_defaults(command="service.commands.keys")


def _add_limits(parser: argparse.ArgumentParser, *, of_key: bool) -> None:
    limits = {
        "--tokens-per-month": (int, "maximum tokens of prompts and answers in a calendar month, or none"),
        "--cost-per-month": (float, "maximum dollars in a calendar month, or none"),
    }
    if of_key:
        said = "how many changing requests it may send, such as 30/minute, or none"
        parser.add_argument("--rate", metavar="RATE", default=argparse.SUPPRESS, help=said)
        limits["--articles-at-once"] = int, "maximum articles written at once, or none; the rest wait"
    for name, (kind, said) in limits.items():
        parser.add_argument(name, type=_limit(kind), metavar="N", default=argparse.SUPPRESS, help=said)


def _limit(kind: type[float]) -> Callable[[str], float | None]:
    def read(text: str) -> float | None:
        if text == "none":
            return None
        limit = kind(text)
        if not 0 < limit <= MOST:
            raise ValueError(text)
        return limit

    read.__name__ = "limit"  # for what argparse says of a wrong one
    return read


def _add_demo_model(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--tps", type=loadtest.number(0.01, 100_000), default=50, help="tokens per second (%(default)s)"
    )
    parser.add_argument(
        "--ttft", type=loadtest.number(0, 60), default=0.3, help="seconds to the first token (%(default)s)"
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME=RATE",
        help="inject a fault into a share of calls, such as stall=0.05; may be repeated",
    )


def _add_serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="address to listen on (the setting `host`: 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (the setting `port`: 8000)")
    parser.add_argument(
        "--trust-network", action="store_true", default=None, help="allow a non-loopback address without keys"
    )
    parser.add_argument(
        "--no-writing",
        dest="writing",
        action="store_false",
        default=None,
        help="leave writing to other processes on the same PostgreSQL (`pressroom work`)",
    )
    parser.add_argument("--root-path", metavar="PATH", help="path under which a proxy serves it, such as /pressroom")
    parser.set_defaults(command="service.commands.serve")


def _file(text: str) -> Path:
    """A path to write to; fails now rather than when there is something to write."""
    path = Path(text)
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"{path} can't be written")
    return path
