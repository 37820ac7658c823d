"""Loads modules, which can take a second or more."""

import gc
import signal
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def loading() -> Generator[None]:
    """Load modules without a traceback on Ctrl-C, and without garbage collection, because what they create stays."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        signal.signal(signal.SIGINT, before)
