"""What every method of the store needs: transactions, in whichever database."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection, Engine, Executable
from uuid_utils.compat import uuid7

from service.core.errors import StoreError, StoreFull, StoreReadOnly
from service.logs import Trouble

log = logging.getLogger(__name__)
T = TypeVar("T")
P = ParamSpec("P")

READERS = 4
MOMENT = 2.0  # seconds within which a health check is answered
PATIENCE = 20.0  # seconds that a transaction waits for others
COME_BACK = 5.0  # seconds after which to retry


class Database(ABC):
    """Each transaction is one turn in a thread. Once begun, it ends even if the waiting task is cancelled.

    A writing transaction sees what all earlier ones have written, and none runs beside it, also in other processes.
    What fails raises a StoreError.
    """

    def __init__(self, writer: Engine, reader: Engine) -> None:
        self.process = str(uuid7())  # by which other processes know this one
        self.patience = PATIENCE
        self._fails = False  # whether the last write failed
        self._trouble = Trouble(log, "nothing can be stored", "what is new can be stored again")
        self._writer, self._reader = writer, reader
        self._writing = ThreadPoolExecutor(1, "store-writer")
        self._reading = ThreadPoolExecutor(READERS, "store-reader")

    @abstractmethod
    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run a transaction: committed when `work` is done, rolled back when it fails."""

    @abstractmethod
    async def keep(self, work: Callable[[Connection], T]) -> T:
        """Run a transaction that, like all earlier ones, survives a power failure."""

    @abstractmethod
    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run a reading transaction: `work` sees one state."""

    @abstractmethod
    async def _try_to_write(self) -> None:
        """Write more than fits into existing pages, within a moment."""

    @contextmanager
    def _remembering(self) -> Generator[None]:
        """Whether a write fails."""
        try:
            yield
        except StoreError as error:
            self._fails = True
            if isinstance(error, StoreFull | StoreReadOnly):
                self._trouble.because(error)
            raise
        self._fails = False
        self._trouble.over()

    async def answers(self, query: Executable) -> bool:
        """Whether it can be read and written within a moment."""
        try:
            async with asyncio.timeout(MOMENT):
                await self.read(lambda connection: connection.execute(query).first())
        except (StoreError, TimeoutError):
            return False
        return await self.writable()

    async def writable(self) -> bool:
        """Whether the last write succeeded; if not, try one now."""
        try:
            if self._fails:
                async with asyncio.timeout(MOMENT):
                    await self._try_to_write()
        except (StoreError, TimeoutError):
            return False
        return True

    def close(self) -> None:
        """Close, after waiting for transactions that have begun."""
        for threads in (self._writing, self._reading):
            threads.shutdown()
        for engine in (self._writer, self._reader):
            engine.dispose()


class _HasDatabase(Protocol):
    _database: Database


S = TypeVar("S", bound=_HasDatabase)


def write(method: Callable[Concatenate[S, Connection, P], T]) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """Turn a method on a connection into an awaitable one: a transaction of the writer."""

    @wraps(method)
    async def transaction(self: S, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._database.write(lambda connection: method(self, connection, *args, **kwargs))

    return transaction


def keep(method: Callable[Concatenate[S, Connection, P], T]) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """The same for data that must survive a power failure."""

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
