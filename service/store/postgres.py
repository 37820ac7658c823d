"""PostgreSQL: any number of processes, one writing transaction at a time, several readers."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import TypeVar

import psycopg
from sqlalchemy import Connection, Engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from service.core.errors import (
    DataFolderInUse,
    PressroomError,
    SettingsError,
    StoreAway,
    StoreBusy,
    StoreError,
    StoreFull,
    StoreReadOnly,
)
from service.logs import Trouble
from service.store import search
from service.store.database import COME_BACK, MOMENT, PATIENCE, READERS, Database
from service.store.postgres_dialect import NOTICE, WRITING, engine, place, serve
from service.store.refused import refusal, state
from service.store.tables import metadata

log = logging.getLogger(__name__)
T = TypeVar("T")

_trouble = Trouble(log, "the database can't be reached", "the database can be reached again")
ATTEMPT = 64  # kilobytes written to find out whether writing works again
STALLED = 20_000  # milliseconds after which a transaction ends whose process has stopped

BESIDE = 6  # connections of a server that are not the store's: three of the log, two of the queue, one of the limits
IN_USE = "55P03"  # the code of a lock that others have
AWAY = "", "08", "53", "57"  # how the codes begin that say: no connection, no room for one, shutting down
PREPARE = "SET datestyle = 'ISO'; SET idle_in_transaction_session_timeout = {stalled};" + NOTICE
READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
WRITE = """
BEGIN; SET LOCAL synchronous_commit = {durable}; SET LOCAL lock_timeout = {milliseconds};
SELECT pg_advisory_xact_lock({writing})
"""
RIGHTS = text("""
SELECT current_setting('transaction_read_only') = 'on', (
    SELECT string_agg(name, ', ') FROM unnest(CAST(:names AS text[])) AS name WHERE NOT (
        has_table_privilege(name, 'SELECT') AND has_table_privilege(name, 'INSERT')
        AND has_table_privilege(name, 'UPDATE') AND has_table_privilege(name, 'DELETE')
    )
)
""")


class Postgres(Database):
    """Writing transactions take turns by a lock that all processes know. Transactions of this process queue for one
    connection, as in SQLite, so that they come in the order in which they were asked for.

    The writing connection of who serves holds another lock for as long as it is open, which who needs the database
    `alone` waits for. DataFolderInUse if that is in vain.
    """

    def __init__(self, url: str, *, serves: bool = False, alone: bool = False) -> None:
        self._url = url
        super().__init__(engine(url, connections=1), engine(url, connections=READERS))
        for each in (self._writer, self._reader):
            event.listen(each, "connect", _prepare)
        if serves or alone:
            event.listen(self._writer, "connect", partial(_enter, serve(alone=alone)))
            try:
                self._demand_usable(serves=serves)
            except PressroomError:
                self.close()
                raise

    def _demand_usable(self, *, serves: bool) -> None:
        try:
            with self._writer.connect() as connection:
                _demand_writable(connection, self._url)
            if serves:
                _demand_connections(self._url)
        except (SQLAlchemyError, psycopg.Error) as error:
            if state(error) == IN_USE:
                raise DataFolderInUse("database", at=place(self._url)) from None
            raise refusal(self._url, error) from None

    async def write(self, work: Callable[[Connection], T]) -> T:
        return await self._write(work, self.patience, durable="off")

    async def keep(self, work: Callable[[Connection], T]) -> T:
        return await self._write(work, self.patience, durable="on")

    async def read(self, work: Callable[[Connection], T]) -> T:
        turn = _transaction, self._reader, READ, work
        return await asyncio.get_running_loop().run_in_executor(self._reading, *turn)

    async def _write(self, work: Callable[[Connection], T], patience: float, *, durable: str) -> T:
        turn = self._remembered, work, time.monotonic() + patience, durable
        return await asyncio.get_running_loop().run_in_executor(self._writing, *turn)

    def _remembered(self, work: Callable[[Connection], T], until: float, durable: str) -> T:
        with self._remembering():
            milliseconds = round(1000 * (until - time.monotonic()))
            if milliseconds <= 0:
                raise StoreBusy(retry_after=COME_BACK)
            begin = WRITE.format(durable=durable, milliseconds=milliseconds, writing=WRITING)
            return _transaction(self._writer, begin, work)

    async def _try_to_write(self) -> None:
        await self._write(_try_to_write, MOMENT, durable="off")


def once(url: str, work: Callable[[Connection], T]) -> T:
    """Run one transaction that survives a power failure, while no server has the database."""
    database = Postgres(url, alone=True)
    try:
        return database._remembered(work, time.monotonic() + PATIENCE, "on")
    finally:
        database.close()


def _transaction(engine: Engine, begin: str, work: Callable[[Connection], T]) -> T:
    try:
        with _begun(engine, begin) as connection, connection.begin():
            _trouble.over()
            return work(connection)
    except (SQLAlchemyError, psycopg.Error) as error:
        raise _translated(error) from None  # its text may tell what was to be stored


def _begun(engine: Engine, begin: str) -> Connection:
    """A connection in a transaction. Those that have ended since they were last used are replaced."""
    for _ in range(READERS + 1):
        connection = engine.connect()
        if _begin(connection, begin):
            return connection
        connection.close()
    raise StoreAway(retry_after=COME_BACK)


def _begin(connection: Connection, begin: str) -> bool:
    """Whether the connection was still there to begin."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    try:
        driver.execute(begin, prepare=False)  # in one go, which only works unprepared
    except psycopg.Error:
        if driver.closed:
            connection.invalidate()
            return False
        driver.rollback()
        connection.close()
        raise
    return True


def _translated(error: SQLAlchemyError | psycopg.Error) -> StoreError:
    said = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(said, psycopg.Error):
        log.error("the database failed", exc_info=error)
        return StoreError()
    match said.sqlstate or "":
        case "55P03" | "40001" | "40P01":  # waited too long for a lock; two transactions in each other's way
            return StoreBusy(retry_after=COME_BACK)
        case "53100":
            return StoreFull(retry_after=COME_BACK)
        case "25006":
            return StoreReadOnly(retry_after=COME_BACK)
        case state if state == "25P03" or (isinstance(said, psycopg.OperationalError) and state[:2] in AWAY):
            _trouble.because(said)
            return StoreAway(retry_after=COME_BACK)
        case state:
            why = said.diag.message_primary or type(said).__name__  # what else is said may tell what was to be stored
            log.error("the database failed: %s (%s) at %s", why, state, getattr(error, "statement", None))
            return StoreError()


def _demand_writable(connection: Connection, url: str) -> None:
    """SettingsError unless all tables can be read and changed."""
    names = [*metadata.tables, search.TEXTS.name, "events", "counted"]
    only_read, denied = connection.execute(RIGHTS, {"names": names}).one()
    if only_read:
        raise SettingsError("database_read_only", at=place(url))
    if denied:
        user = make_url(url).username or ""
        raise SettingsError("database_tables", at=place(url), user=user, tables=denied)


def _demand_connections(url: str) -> None:
    """SettingsError unless a server's connections can be had now, beside that of the writer."""
    most = READERS + BESIDE
    made = engine(url, connections=most)
    try:
        with ExitStack() as stack:
            for _ in range(most):
                stack.enter_context(made.connect())
    finally:
        made.dispose()


def _try_to_write(connection: Connection) -> None:
    """Write more than fits into existing pages."""
    connection.exec_driver_sql(
        f"CREATE TABLE attempt AS SELECT repeat('x', 1000) AS filler FROM generate_series(1, {ATTEMPT})"
    )
    connection.exec_driver_sql("DROP TABLE attempt")


def _prepare(connection: psycopg.Connection, _: ConnectionPoolEntry) -> None:
    connection.execute(PREPARE.format(stalled=STALLED).encode(), prepare=False)


def _enter(lock: bytes, connection: psycopg.Connection, _: ConnectionPoolEntry) -> None:
    try:
        connection.execute(lock, prepare=False)
    except psycopg.Error:
        connection.close()
        raise
