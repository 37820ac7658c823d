"""`pressroom`, which `python -m service` is too."""

import sys

from service.loading import loading

with loading():
    from service.cli import main

if __name__ == "__main__":
    sys.exit(main())
