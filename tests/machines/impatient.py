"""`pressroom` that soon takes other processes for dead: `python -m tests.machines.impatient`."""

import sys

from service.cli import main
from service.queue import shared

shared.BEAT, shared.LEASE = 0.2, 4.0  # the others say every two seconds that they live

if __name__ == "__main__":
    sys.exit(main(["serve", "--no-writing"]))
