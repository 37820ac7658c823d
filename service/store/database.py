"""The SQLite file: one process, one writer, several readers."""

import asyncio
import fcntl
import os
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection, Engine, Executable, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from service.core.errors import DataFolderInUse, SettingsError
from service.store.upgrade import FILE, upgrade

T = TypeVar("T")
P = ParamSpec("P")

READERS = 4
MIGRATIONS = Path(__file__).parent / "migrations"
MOMENT = 2.0  # seconds within which whoever asks whether it answers has to know


class Database:
    """Writers queue for one connection instead of meeting at the file's lock; readers never wait for them.

    Each transaction is one turn in a thread. Once begun it ends, whatever becomes of the task that waits for it: no
    cancellation can leave the file locked or a transaction half done.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        url = f"sqlite:///{self._file}"
        self._writer = _engine(url, connections=1)
        self._reader = _engine(url, connections=READERS)
        self._writing = ThreadPoolExecutor(1, "store-writer")
        self._reading = ThreadPoolExecutor(READERS, "store-reader")

    async def migrate(self) -> None:
        await asyncio.to_thread(upgrade, self._file.parent)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """A transaction, committed when `work` is done and rolled back when it fails."""
        return await asyncio.get_running_loop().run_in_executor(self._writing, _transaction, self._writer, work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._reading, _transaction, self._reader, work)

    async def answers(self, query: Executable) -> bool:
        """Whether its file is there, and can be read within a moment."""
        if not self._file.exists():  # what is open of it would still answer
            return False
        try:
            async with asyncio.timeout(MOMENT):
                await self.read(lambda connection: connection.execute(query).first())
        except (SQLAlchemyError, TimeoutError):
            return False
        return True

    def close(self) -> None:
        """Waits for what has begun."""
        for threads, engine in ((self._writing, self._writer), (self._reading, self._reader)):
            threads.shutdown()
            engine.dispose()


def _engine(url: str, *, connections: int) -> Engine:
    engine = create_engine(
        url, pool_size=connections, max_overflow=0, pool_reset_on_return=None, connect_args={"check_same_thread": False}
    )
    event.listen(engine, "connect", _prepare)
    return engine


def _transaction(engine: Engine, work: Callable[[Connection], T]) -> T:
    with engine.begin() as connection:
        return work(connection)


class _HasDatabase(Protocol):
    _database: Database


S = TypeVar("S", bound=_HasDatabase)


def write(method: Callable[Concatenate[S, Connection, P], T]) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """Makes a method that works on a connection one to be awaited: a transaction of the writer."""

    @wraps(method)
    async def transaction(self: S, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._database.write(lambda connection: method(self, connection, *args, **kwargs))

    return transaction


def read(method: Callable[Concatenate[S, Connection, P], T]) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """The same for a method that only reads."""

    @wraps(method)
    async def reading(self: S, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._database.read(lambda connection: method(self, connection, *args, **kwargs))

    return reading


def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=10000")  # before journal_mode, which can itself meet a lock
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


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
