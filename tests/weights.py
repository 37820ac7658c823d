"""A real small model's weights, kept outside the repository and fetched when they are not there."""

import os
import subprocess
import sys
from pathlib import Path

from service.models.local.files import SMOLLM2
from tests.environment import inherited


def weights() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pressroom-tests"
    file = SMOLLM2.file(cache)
    if not file.exists():
        command = [sys.executable, "-m", "service", "model", "fetch"]
        subprocess.run(command, env=inherited() | {"PRESSROOM_DATA_DIR": str(cache)}, check=True)
    return file


if __name__ == "__main__":
    weights()  # before the tests, several of which want them at the same time
