"""A database as all migrations leave it: running them again in each test takes longer than most tests."""

import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

from service.store.upgrade import FILE, upgrade


def prepare(folder: Path) -> Path:
    """Put the database into the folder, unless it has one."""
    file = folder / FILE
    if not file.exists():
        file.touch(0o600)
        file.write_bytes(_migrated())
    return folder


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        upgrade(Path(folder))
        file = Path(folder, FILE)
        with closing(sqlite3.connect(file)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return file.read_bytes()
