"""`pressroom serve`: serves the API and the web page."""

import argparse
import asyncio
import ipaddress
import logging

from service import app, chosen, connections, logs, server, settings, stored
from service.commands import fetch
from service.core.errors import SettingsError
from service.models.model import CALLS
from service.settings import Settings

log = logging.getLogger(__name__)


def run(arguments: argparse.Namespace) -> int:
    given = {name: getattr(arguments, name) for name in ("host", "port", "trust_network", "root_path", "writing")}
    loaded = settings.load(**{name: value for name, value in given.items() if value is not None})
    logs.setup(loaded.log_format, loaded.log_level)
    for name in settings.unknown_names():
        log.warning("unknown setting: %s", name)
    demand_trust(loaded)
    if not (loaded.writing or loaded.database_url.get_secret_value()):
        raise SettingsError("nobody_writes")
    with stored.held(loaded) as database:  # before the server starts, so that a refusal is one line
        if loaded.auth:
            stored.secret(loaded)
        reach_limits_store(loaded)
        listener = server.listen(loaded)
        fetch.at_a_terminal(loaded)
        model = chosen.choose(loaded)
        server.run(app.create_app(loaded, model, database), listener, loaded, most=most_connections(loaded))
    return 0


def demand_trust(loaded: Settings) -> None:
    if not (loaded.auth or loaded.trust_network) and not _loopback(loaded.host):
        raise SettingsError("needs_trust", host=loaded.host)


def most_connections(loaded: Settings) -> int:
    return loaded.connections_at_once or connections.most(loaded.model_calls_at_once or CALLS)


def reach_limits_store(loaded: Settings) -> None:
    if loaded.auth and (url := loaded.limits_store.get_secret_value()):
        from service.access import rates  # noqa: PLC0415 it brings the limits package along

        asyncio.run(rates.reach(url))


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
