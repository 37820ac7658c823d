"""Loading modules, which takes a second or more where they bring large packages along."""

import gc
import signal
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def loading() -> Generator[None]:
    """Ctrl-C while modules are loaded ends without a traceback. What they make stays: no garbage is looked for."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        signal.signal(signal.SIGINT, before)
