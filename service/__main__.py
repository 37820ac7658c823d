"""`pressroom`, which `python -m service` is too."""

import signal
import sys

# Loading the rest takes a second or more: Ctrl-C meanwhile ends without a traceback.
_interrupted = signal.signal(signal.SIGINT, signal.SIG_DFL)

from service.cli import main  # noqa: E402

signal.signal(signal.SIGINT, _interrupted)

if __name__ == "__main__":
    sys.exit(main())
