"""`pressroom serve`: the API and the page."""

import argparse
import ipaddress
import logging

from service import app, logs, server, settings
from service.core.errors import SettingsError
from service.store.database import locked
from service.store.upgrade import upgrade

log = logging.getLogger(__name__)


def run(words: argparse.Namespace) -> int:
    chosen = {name: getattr(words, name) for name in ("host", "port", "trust_network", "root_path")}
    house = settings.load(**{name: value for name, value in chosen.items() if value is not None})
    logs.setup(house.log_format, house.log_level)
    for name in settings.unknown_names():
        log.warning("%s is no setting", name)
    if not house.trust_network and not _loopback(house.host):
        raise SettingsError(
            f"PRESSROOM_HOST: {house.host} is reachable from the network and there are no keys yet; "
            "say --trust-network if that is what you want"
        )
    with locked(house.data_dir):
        upgrade(house.data_dir)  # here, where a refusal can be said in one line
        listener = server.listen(house)
        server.run(app.create_app(house), listener, grace=house.grace, root_path=house.root_path)
    return 0


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
