"""The SQLite file: one process, one writer, several readers."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from service.errors import DataFolderInUse, SettingsError

READERS = 4
# Every transaction here ends in its own block; to roll back once more on return would cost another turn of the thread.
POOL: dict[str, Any] = {"max_overflow": 0, "pool_timeout": 60, "pool_reset_on_return": None}


class Database:
    """Writers queue for one connection instead of meeting at the file's lock; readers never wait for them."""

    def __init__(self, folder: Path) -> None:
        url = f"sqlite+aiosqlite:///{folder / 'pressroom.db'}"
        self.writer = create_async_engine(url, pool_size=1, **POOL)
        self.reader = create_async_engine(url, pool_size=READERS, isolation_level="AUTOCOMMIT", **POOL)
        for engine in (self.writer, self.reader):
            event.listen(engine.sync_engine, "connect", _prepare)

    async def migrate(self) -> None:
        async with self.writer.begin() as connection:
            await connection.run_sync(_upgrade)

    async def close(self) -> None:
        await self.reader.dispose()
        await self.writer.dispose()


def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=10000")  # before journal_mode, which can itself meet a lock
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@contextmanager
def locked(folder: Path) -> Generator[None]:
    """Makes the data folder this process's own; a second process is refused. The lock dies with the process."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise SettingsError(f"PRESSROOM_DATA_DIR: {folder} can't be used: {error.strerror}") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise DataFolderInUse(f"another process works on the data in {folder}") from None
    try:
        yield
    finally:
        os.close(handle)
