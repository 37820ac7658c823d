"""A small disk, which can be filled, and made one that can only be read."""

import os
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

PAGE = 4096


class Disk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        with suppress(OSError), self._ballast.open("ab", 0) as file:
            while True:
                file.write(bytes(PAGE))

    def make_room(self) -> None:
        self._ballast.unlink()

    def close(self) -> None:
        """From now on, it can only be read."""
        subprocess.run(["mount", "-o", "remount,ro", self.folder], check=True)


@contextmanager
def disk(megabytes: int) -> Generator[Disk]:
    """Skips the test where the rights one has allow none."""
    folder = Path(tempfile.mkdtemp(prefix="pressroom-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", folder]
    if os.geteuid() or subprocess.run(mount, check=False).returncode:
        folder.rmdir()
        pytest.skip("no disk of its own can be mounted here")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
        folder.rmdir()
