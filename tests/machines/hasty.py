"""`pressroom` whose processes wait less long for a sign of life from each other."""

import sys

from service import cli
from service.queue import shared

BEAT, LEASE = 0.25, 2.0


def main(words: list[str] | None = None) -> int:
    shared.BEAT, shared.LEASE = BEAT, LEASE
    return cli.main(words)


if __name__ == "__main__":
    sys.exit(main())
