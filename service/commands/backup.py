"""`pressroom backup`: copies all that is stored into a file."""

import argparse

from service import settings
from service.store.backup import backup


def run(arguments: argparse.Namespace) -> int:
    loaded = settings.load()
    if url := loaded.database_url.get_secret_value():
        from service.store import moving  # noqa: PLC0415 it brings psycopg along

        moving.backup(url, arguments.file)
    else:
        backup(loaded.data_dir, arguments.file)
    return 0
