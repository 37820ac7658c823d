"""`python -m service` is `pressroom`."""

import sys

from service.cli import main

sys.exit(main())
