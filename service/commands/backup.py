"""`pressroom backup`: copies all that is stored into a file."""

import argparse

from service import settings
from service.store.backup import backup


def run(arguments: argparse.Namespace) -> int:
    backup(settings.load().data_dir, arguments.file)
    return 0
