"""The SQLite file: one process, one writer, several readers."""

import asyncio
import fcntl
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, Executable, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from service.core.errors import DataFolderInUse, StoreBusy, StoreError, StoreFull, StoreReadOnly
from service.store.database import COME_BACK, MOMENT, READERS, Database
from service.store.unusable import code, full, unusable, why
from service.store.upgrade import FILE

log = logging.getLogger(__name__)
T = TypeVar("T")

LOCKED = sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED
ATTEMPT = 64 * 1024  # bytes written to find out whether writing works again


class SQLite(Database):
    """Writers queue for one connection instead of competing for the file's lock; readers never wait for them. No
    cancellation leaves the file locked or a transaction half done."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._wal = folder / f"{FILE}-wal"
        self._commits = self._on_disk = 0
        url = f"sqlite:///{self._file}"
        super().__init__(_engine(url, _begin_to_write, connections=1), _engine(url, _begin, connections=READERS))
        self._syncing = ThreadPoolExecutor(1, "store-sync")
        # Switches to WAL now, because that can't wait for another's lock.
        try:
            with self._writer.begin():
                pass
        except SQLAlchemyError as error:
            busy = code(error) in LOCKED
            raise StoreBusy(retry_after=COME_BACK) if busy else unusable(self._file, error) from None

    async def write(self, work: Callable[[Connection], T]) -> T:
        return await self._write(work, self.patience)

    async def keep(self, work: Callable[[Connection], T]) -> T:
        result = await self._write(work, self.patience)
        self._commits += 1
        await asyncio.get_running_loop().run_in_executor(self._syncing, self._sync, self._commits)
        return result

    async def read(self, work: Callable[[Connection], T]) -> T:
        until = time.monotonic() + self.patience
        turn = _transaction, self._reader, work, until
        return await asyncio.get_running_loop().run_in_executor(self._reading, *turn)

    async def _write(self, work: Callable[[Connection], T], patience: float) -> T:
        turn = self._remembered, work, time.monotonic() + patience
        return await asyncio.get_running_loop().run_in_executor(self._writing, *turn)

    def _remembered(self, work: Callable[[Connection], T], until: float) -> T:
        with self._remembering():
            return _transaction(self._writer, work, until)

    def _sync(self, commit: int) -> None:
        """Sync the disk once for all transactions committed so far: a sync takes far longer than a transaction."""
        if self._on_disk < commit:
            latest = self._commits
            with suppress(FileNotFoundError), self._wal.open("rb") as file:  # without a WAL, SQLite itself has synced
                os.fdatasync(file.fileno())
            self._on_disk = latest

    async def answers(self, query: Executable) -> bool:
        return self._file.exists() and await super().answers(query)  # an open connection would still answer

    async def _try_to_write(self) -> None:
        await self._write(_try_to_write, MOMENT)
        await self._write(_forget_try, MOMENT)

    def close(self) -> None:
        super().close()
        self._syncing.shutdown()


def _engine(url: str, begin: Callable[[Connection], None], *, connections: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_reset_on_return=None,
        connect_args={"check_same_thread": False},
        hide_parameters=True,  # the errors that are logged would tell topics and texts
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", begin)
    return engine


def _transaction(engine: Engine, work: Callable[[Connection], T], until: float) -> T:
    try:
        with engine.connect() as connection:
            _wait_for_locks(connection, until)
            with connection.begin():
                return work(connection)
    except SQLAlchemyError as error:
        raise _translated(error, Path(engine.url.database or "").parent) from None


def _wait_for_locks(connection: Connection, until: float) -> None:
    """Wait for locks until a fixed time, however long the transaction has already waited for others."""
    milliseconds = max(0, round(1000 * (until - time.monotonic())))
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.execute(f"PRAGMA busy_timeout={milliseconds}")


def _translated(error: SQLAlchemyError, folder: Path) -> StoreError:
    if full(error, folder):
        return StoreFull(retry_after=COME_BACK)
    match code(error):
        case found if found in LOCKED:
            return StoreBusy(retry_after=COME_BACK)
        case sqlite3.SQLITE_READONLY:
            return StoreReadOnly(retry_after=COME_BACK)
        case _:
            log.error("the database failed: %s at %s", why(error), getattr(error, "statement", None))
            return StoreError()


def _try_to_write(connection: Connection) -> None:
    """Write more than fits into existing pages."""
    connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS attempt (filler)")
    connection.exec_driver_sql(f"INSERT INTO attempt VALUES (zeroblob({ATTEMPT}))")


def _forget_try(connection: Connection) -> None:
    connection.exec_driver_sql("DROP TABLE attempt")


def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # otherwise sqlite3 begins a transaction as late as possible
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=10000")  # before journal_mode, which may need the lock
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_to_write(connection: Connection) -> None:
    """Lock at once: a transaction that reads before it writes could fail because of another's write."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def locked(folder: Path) -> Generator[None]:
    """Lock the data folder for this process; a second process is refused. The lock ends with the process."""
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise unusable(folder / "lock", error) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise DataFolderInUse(folder=str(folder)) from None
    try:
        yield
    finally:
        os.close(handle)
