"""`pressroom work`: writes what servers on the same PostgreSQL take on."""

import argparse

from service import app, chosen, logs, server, settings, stored
from service.commands.serve import demand_trust, most_connections, reach_limits_store
from service.core.errors import SettingsError


def run(arguments: argparse.Namespace) -> int:
    given = {"articles_at_once": arguments.at_once, "host": arguments.host, "trust_network": arguments.trust_network}
    given = {name: value for name, value in given.items() if value is not None}
    loaded = settings.load(**given, port=arguments.port, writing=True)
    logs.setup(loaded.log_format, loaded.log_level)
    demand_trust(loaded)
    if not loaded.database_url.get_secret_value():
        raise SettingsError("work_alone")
    with stored.held(loaded) as database:
        reach_limits_store(loaded)
        listener = server.listen(loaded)
        work = app.create_app(loaded, chosen.choose(loaded), database, app.ROOMS_OF_WRITERS)
        server.run(work, listener, loaded, most=most_connections(loaded))
    return 0
