"""The SQLite file: one process, one writer, several readers."""

import asyncio
import fcntl
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection, Engine, Executable, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from service.core.errors import DataFolderInUse, SettingsError, StoreBusy, StoreError, StoreFull
from service.store.upgrade import FILE, upgrade

log = logging.getLogger(__name__)
T = TypeVar("T")
P = ParamSpec("P")

READERS = 4
MIGRATIONS = Path(__file__).parent / "migrations"
MOMENT = 2.0  # seconds within which whoever asks whether it answers has to know
PATIENCE = 20.0  # seconds that a transaction waits while another process has the file locked
ATTEMPT = 64 * 1024  # bytes that are written to see whether that works again
COME_BACK = 5.0  # seconds after which it is worth asking again


class Database:
    """Writers queue for one connection instead of meeting at the file's lock; readers never wait for them.

    Each transaction is one turn in a thread. Once begun it ends, whatever becomes of the task that waits for it: no
    cancellation can leave the file locked or a transaction half done.

    What SQLAlchemy raises leaves here as a StoreError.
    """

    def __init__(self, folder: Path) -> None:
        self.patience = PATIENCE
        self._file = folder / FILE
        self._wal = folder / f"{FILE}-wal"
        self._fails = False  # the last write did
        self._commits = self._on_disk = 0
        url = f"sqlite:///{self._file}"
        self._writer = _engine(url, _begin_to_write, connections=1)
        self._reader = _engine(url, _begin, connections=READERS)
        self._writing = ThreadPoolExecutor(1, "store-writer")
        self._reading = ThreadPoolExecutor(READERS, "store-reader")
        self._syncing = ThreadPoolExecutor(1, "store-sync")

    async def migrate(self) -> None:
        os.close(os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite's own would be for all to read
        await asyncio.to_thread(upgrade, self._file.parent)
        await self.write(lambda _: None)  # the change to WAL is not one that waits while another has the file

    async def write(self, work: Callable[[Connection], T]) -> T:
        """A transaction, committed when `work` is done and rolled back when it fails."""
        return await self._write(work, self.patience)

    async def keep(self, work: Callable[[Connection], T]) -> T:
        """A transaction that also survives the loss of power, as does everything that was written before it."""
        result = await self._write(work, self.patience)
        self._commits += 1
        await asyncio.get_running_loop().run_in_executor(self._syncing, self._sync, self._commits)
        return result

    async def read(self, work: Callable[[Connection], T]) -> T:
        """A transaction too: all that `work` reads is of one moment."""
        until = time.monotonic() + self.patience
        turn = _transaction, self._reader, work, until
        return await asyncio.get_running_loop().run_in_executor(self._reading, *turn)

    async def _write(self, work: Callable[[Connection], T], patience: float) -> T:
        turn = self._remembered, work, time.monotonic() + patience
        return await asyncio.get_running_loop().run_in_executor(self._writing, *turn)

    def _remembered(self, work: Callable[[Connection], T], until: float) -> T:
        try:
            result = _transaction(self._writer, work, until)
        except StoreError:
            self._fails = True
            raise
        self._fails = False
        return result

    def _sync(self, commit: int) -> None:
        """All that are committed by now share one turn of the disk, which takes far longer than a transaction."""
        if self._on_disk < commit:
            latest = self._commits
            with suppress(FileNotFoundError), self._wal.open("rb") as file:  # without it, SQLite itself has synced
                os.fdatasync(file.fileno())
            self._on_disk = latest

    async def answers(self, query: Executable) -> bool:
        """Whether its file is there, and can be read and written within a moment."""
        if not self._file.exists():  # what is open of it would still answer
            return False
        try:
            async with asyncio.timeout(MOMENT):
                await self.read(lambda connection: connection.execute(query).first())
        except (StoreError, TimeoutError):
            return False
        return await self.writable()

    async def writable(self) -> bool:
        """As the last write has shown; one that failed is followed by a try."""
        try:
            if self._fails:
                async with asyncio.timeout(MOMENT):
                    await self._write(_try_to_write, MOMENT)
                    await self._write(_forget_try, MOMENT)
        except (StoreError, TimeoutError):
            return False
        return True

    def close(self) -> None:
        """Waits for what has begun."""
        for threads in (self._writing, self._reading, self._syncing):
            threads.shutdown()
        for engine in (self._writer, self._reader):
            engine.dispose()


def _engine(url: str, begin: Callable[[Connection], None], *, connections: int) -> Engine:
    engine = create_engine(
        url, pool_size=connections, max_overflow=0, pool_reset_on_return=None, connect_args={"check_same_thread": False}
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
        raise _translated(error) from error


def _wait_for_locks(connection: Connection, until: float) -> None:
    """So long and no longer, however long others were waited for before."""
    milliseconds = max(0, round(1000 * (until - time.monotonic())))
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.execute(f"PRAGMA busy_timeout={milliseconds}")


def _translated(error: SQLAlchemyError) -> StoreError:
    match getattr(getattr(error, "orig", None), "sqlite_errorcode", 0) & 0xFF:  # the rest says more exactly why
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreBusy(retry_after=COME_BACK)
        case sqlite3.SQLITE_FULL:
            return StoreFull()
        case _:
            log.error("the database failed", exc_info=error)
            return StoreError()


def _try_to_write(connection: Connection) -> None:
    """More than fits into pages that are there already."""
    connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS attempt (filler)")
    connection.exec_driver_sql(f"INSERT INTO attempt VALUES (zeroblob({ATTEMPT}))")


def _forget_try(connection: Connection) -> None:
    connection.exec_driver_sql("DROP TABLE attempt")


class _HasDatabase(Protocol):
    _database: Database


S = TypeVar("S", bound=_HasDatabase)


def write(method: Callable[Concatenate[S, Connection, P], T]) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """Makes a method that works on a connection one to be awaited: a transaction of the writer."""

    @wraps(method)
    async def transaction(self: S, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._database.write(lambda connection: method(self, connection, *args, **kwargs))

    return transaction


def keep(method: Callable[Concatenate[S, Connection, P], T]) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """The same for what must not be lost, whatever happens to the machine."""

    @wraps(method)
    async def transaction(self: S, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._database.keep(lambda connection: method(self, connection, *args, **kwargs))

    return transaction


def read(method: Callable[Concatenate[S, Connection, P], T]) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """The same for a method that only reads."""

    @wraps(method)
    async def reading(self: S, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._database.read(lambda connection: method(self, connection, *args, **kwargs))

    return reading


def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # or sqlite3 begins as late as it can
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=10000")  # before journal_mode, which can itself meet a lock
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_to_write(connection: Connection) -> None:
    """At once: what has read before it writes can be refused for what others have written meanwhile."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def locked(folder: Path) -> Generator[None]:
    """Makes the data folder this process's own; a second process is refused. The lock dies with the process."""
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise SettingsError("data_dir", folder=str(folder), said=error.strerror or "") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise DataFolderInUse(folder=str(folder)) from None
    try:
        yield
    finally:
        os.close(handle)
