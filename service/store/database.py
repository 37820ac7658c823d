"""What every method of the store needs: transactions, in whichever database."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection, Executable

T = TypeVar("T")
P = ParamSpec("P")


class Database(Protocol):
    """Each transaction is one turn in a thread. Once begun, it ends even if the waiting task is cancelled.

    A writing transaction sees what all earlier ones have written, and none runs beside it, also in other processes.
    What fails raises a StoreError.
    """

    async def migrate(self) -> None:
        """Make the tables those of this version."""
        ...

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run a transaction: committed when `work` is done, rolled back when it fails."""
        ...

    async def keep(self, work: Callable[[Connection], T]) -> T:
        """Run a transaction that, like all earlier ones, survives a power failure."""
        ...

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run a reading transaction: `work` sees one state."""
        ...

    async def answers(self, query: Executable) -> bool:
        """Whether it can be read and written within a moment."""
        ...

    async def writable(self) -> bool:
        """Whether the last write succeeded; if not, try one now."""
        ...

    def close(self) -> None:
        """Close, after waiting for transactions that have begun."""
        ...


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
