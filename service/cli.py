"""The command line: `pressroom` serves; the other commands try it out, or do without a server."""

import argparse
import asyncio
import ipaddress
import logging
import os
import sys
from pathlib import Path

from service import app, connections, demo, logs, server, settings
from service.core.errors import DataFolderInUse, SettingsError
from service.loadtest import command as loadtest
from service.messages import say
from service.store.database import locked
from service.store.upgrade import upgrade
from service.terminal import command as terminal

log = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> int:
    words = _parser().parse_args(argv)
    try:
        return words.command(words)
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
    model.set_defaults(command=_model)
    loadtest.add(commands, _file)
    terminal.add(commands, _file).set_defaults(command=_write)
    return parser


def _serve_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--port", type=int, help="port to listen on")
    parser.add_argument("--trust-network", action="store_true", default=None, help="allow a host beyond loopback")
    parser.add_argument("--root-path", metavar="PATH", help="where a proxy puts it, such as /pressroom")
    parser.set_defaults(command=_serve)


def _serve(words: argparse.Namespace) -> int:
    chosen = {name: getattr(words, name) for name in ("host", "port", "trust_network", "root_path")}
    house = settings.load(**{name: value for name, value in chosen.items() if value is not None})
    logs.setup(house.log_format, house.log_level)
    for name in settings.unknown_names():
        log.warning("unknown setting: %s", name)
    if not house.trust_network and not _loopback(house.host):
        raise SettingsError("needs_trust", host=house.host)
    with locked(house.data_dir):
        upgrade(house.data_dir)  # here, where a refusal can be said in one line
        listener = server.listen(house)
        log.info("Pressroom is at http://%s:%d", house.host, listener.getsockname()[1])
        most = house.connections_at_once or connections.most(house.model_calls_at_once)
        server.run(app.create_app(house), listener, grace=house.grace, root_path=house.root_path, most=most)
    return 0


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _model(words: argparse.Namespace) -> int:
    logs.setup("readable", "info")
    faults = demo.Faults.parse(words.fault, seed=words.seed)
    pace = demo.Pace(words.tps, words.ttft)

    async def serve() -> None:
        async with demo.serving(host=words.host, port=words.port, pace=pace, faults=faults) as model:
            log.info("The demo model is at %s (canned text, no AI)", model.url)
            await asyncio.Event().wait()

    asyncio.run(serve())
    return 0


def _write(words: argparse.Namespace) -> int:
    logs.setup("readable", "warning")
    house = settings.load()
    asked = terminal.brief(words, house.tones)

    async def write() -> int:
        async with app.opened_tools(house) as tools:
            return await terminal.write(asked, tools, app.read_prompts(), output=words.output, live=not words.no_live)

    return asyncio.run(write())


def _file(text: str) -> Path:
    """Where something is to be written; said now if that can't be, rather than when there is something to write."""
    path = Path(text)
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"{path} can't be written")
    return path
