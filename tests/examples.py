"""How many examples hypothesis tries: more of them in `tests/run long`."""

import os


def examples(count: int) -> int:
    return count * (10 if os.environ.get("TESTS_RUN") == "long" else 1)
