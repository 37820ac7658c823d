"""`pressroom serve`: the API and the page."""

import argparse
import ipaddress
import logging

from service import app, connections, logs, server, settings
from service.core.errors import SettingsError
from service.store.database import locked
from service.store.upgrade import upgrade

log = logging.getLogger(__name__)


def run(words: argparse.Namespace) -> int:
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
        most = house.connections_at_once or connections.most(house.model_calls_at_once)
        server.run(app.create_app(house), listener, grace=house.grace, root_path=house.root_path, most=most)
    return 0


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
