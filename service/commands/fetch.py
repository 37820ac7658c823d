"""`pressroom model fetch`: fetches the weights of the small model that can run inside Pressroom."""

import argparse
import logging
import sys

from service import chosen, settings
from service.core.errors import FetchFailed
from service.messages import say
from service.models.local.fetching import fetch
from service.models.local.files import SMOLLM2
from service.settings import Settings

log = logging.getLogger(__name__)


def run(arguments: argparse.Namespace) -> int:
    return 0 if _fetched(settings.load()) else 1


def at_a_terminal(loaded: Settings) -> None:
    """Fetch missing weights if somebody sits there who can see that, and stop it: one command is enough then. A service
    or a script downloads nothing that it was not told to."""
    if sys.stdin.isatty() and sys.stderr.isatty() and chosen.lacks_weights(loaded):
        _fetched(loaded)


def _fetched(loaded: Settings) -> bool:
    file = SMOLLM2.file(loaded.data_dir)
    if file.exists():
        print(f"{SMOLLM2.name} is already in {file}", file=sys.stderr)
        return True
    print(f"Fetching {SMOLLM2.name} ({SMOLLM2.megabytes} MB) to {file}", file=sys.stderr)
    try:
        fetch(SMOLLM2, loaded.data_dir, _progress if sys.stderr.isatty() else _no_progress)
    except FetchFailed as error:
        print(f"pressroom: {say(error.sentence)}", file=sys.stderr)
        return False
    print(f"{SMOLLM2.name} is there. It writes when no other model is named.", file=sys.stderr)
    return True


def _progress(megabytes: int) -> None:
    shown = min(megabytes, SMOLLM2.megabytes)  # pip may copy what it has downloaded
    print(f"{shown} of {SMOLLM2.megabytes} MB", end="\r", file=sys.stderr, flush=True)


def _no_progress(megabytes: int) -> None:
    """A log has no use for it."""
