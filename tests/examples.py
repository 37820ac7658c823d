"""How many examples hypothesis tries: fewer of them in `tests/run quick`, more in `tests/run long`."""

import os

SHARE = {"quick": 0.25, "long": 10}.get(os.environ.get("TESTS_RUN", ""), 1)


def examples(count: int) -> int:
    return max(1, int(SHARE * count))
