"""The command line: `pressroom` serves, `pressroom model` runs the demo model alone."""

import argparse
import asyncio
import ipaddress
import logging
import socket
import sys
from types import FrameType

import uvicorn

from service import app, settings
from service.errors import DataFolderInUse, SettingsError
from service.llm import demo
from service.store.database import locked

log = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> int:
    words = _parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(levelname)-8s %(message)s")
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        return words.command(words)
    except (SettingsError, DataFolderInUse) as error:
        print(f"pressroom: {error.message}", file=sys.stderr)
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
    return parser


def _serve_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--port", type=int, help="port to listen on")
    parser.add_argument("--trust-network", action="store_true", default=None, help="allow a host beyond loopback")
    parser.set_defaults(command=_serve)


def _serve(words: argparse.Namespace) -> int:
    chosen = {name: getattr(words, name) for name in ("host", "port", "trust_network")}
    house = settings.load(**{name: value for name, value in chosen.items() if value is not None})
    for name in settings.unknown_names():
        log.warning("%s is no setting", name)
    if not house.trust_network and not _loopback(house.host):
        raise SettingsError(
            f"PRESSROOM_HOST: {house.host} is reachable from the network and there are no keys yet; "
            "say --trust-network if that is what you want"
        )
    with locked(house.data_dir):
        application = app.create_app(house)
        listener = _listen(house)
        log.info("Pressroom is at http://%s:%d", house.host, listener.getsockname()[1])
        _Server(application, house).run([listener])
    return 0


class _Server(uvicorn.Server):
    """uvicorn, which tells the house to drain as soon as it is told to stop, not after the last stream has ended."""

    def __init__(self, application: app.FastAPI, house: settings.Settings) -> None:
        self._application = application
        super().__init__(
            uvicorn.Config(
                application,
                loop="uvloop",
                http="h11",
                ws="websockets-sansio",
                ws_max_size=64 * 1024,
                ws_per_message_deflate=False,  # a window for each socket costs more than it saves
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=house.grace,
            )
        )

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._loop.call_soon_threadsafe(app.drain, self._application)
        super().handle_exit(sig, frame)


def _listen(house: settings.Settings) -> socket.socket:
    """A listener whose connections let go of readers that take nothing: their buffers are small, and data that is not
    taken for as long as the send timeout ends them, which transport.close() alone would wait for for ever."""
    family = socket.AF_INET6 if ":" in house.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 128 * 1024)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(house.send_timeout * 1000))
    try:
        listener.bind((house.host, house.port))
    except OSError as error:
        listener.close()
        raise SettingsError(f"can't listen on {house.host}:{house.port}: {error.strerror}") from None
    return listener


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _model(words: argparse.Namespace) -> int:
    faults = demo.Faults.parse(words.fault, seed=words.seed)
    pace = demo.Pace(words.tps, words.ttft)

    async def serve() -> None:
        async with demo.serving(host=words.host, port=words.port, pace=pace, faults=faults) as model:
            log.info("The demo model is at %s (canned text, no AI)", model.url)
            await asyncio.Event().wait()

    asyncio.run(serve())
    return 0
