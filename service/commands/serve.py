"""`pressroom serve`: serves the API and the web page."""

import argparse
import ipaddress
import logging

from service import app, chosen, connections, logs, server, settings
from service.commands import fetch
from service.core.errors import SettingsError
from service.models.model import CALLS
from service.store.database import locked
from service.store.upgrade import upgrade

log = logging.getLogger(__name__)


def run(arguments: argparse.Namespace) -> int:
    given = {name: getattr(arguments, name) for name in ("host", "port", "trust_network", "root_path")}
    loaded = settings.load(**{name: value for name, value in given.items() if value is not None})
    logs.setup(loaded.log_format, loaded.log_level)
    for name in settings.unknown_names():
        log.warning("unknown setting: %s", name)
    if not (loaded.auth or loaded.trust_network) and not _loopback(loaded.host):
        raise SettingsError("needs_trust", host=loaded.host)
    with locked(loaded.data_dir):
        upgrade(loaded.data_dir)  # before the server starts, so that a refusal is one line
        listener = server.listen(loaded)
        most = loaded.connections_at_once or connections.most(loaded.model_calls_at_once or CALLS)
        fetch.at_a_terminal(loaded)
        model = chosen.choose(loaded)
        server.run(app.create_app(loaded, model), listener, grace=loaded.grace, root_path=loaded.root_path, most=most)
    return 0


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
