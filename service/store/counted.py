"""What the `limits` package counts, in a PostgreSQL: for all processes that share it, over a moving window.

Nobody waits for it for long: whoever asks can count by himself while it is away. Imported late, because this loads the
limits package.
"""

import asyncio
import os
import socket
import time
from hashlib import blake2b
from typing import Any, NoReturn

import psycopg
from limits.aio.storage import MovingWindowSupport, Storage

from service.store.postgres_dialect import connected

PATIENCE = 1.0  # seconds for it to answer
SWEPT = 60.0  # seconds between removals of what is over

# What is sent in one go is one transaction. The lock lets one process after the other count for a key; each statement
# sees what was committed before it began.
HIT = """
SELECT pg_advisory_xact_lock({key});
DELETE FROM counted WHERE key = {key} AND until <= clock_timestamp();
INSERT INTO counted SELECT {key}, clock_timestamp() + make_interval(secs => {seconds}) FROM generate_series(1, {amount})
WHERE (SELECT count(*) FROM counted WHERE key = {key}) <= {most} - {amount} RETURNING true
"""
WINDOW = """
SELECT count(*), extract(epoch FROM min(until) - clock_timestamp())::float8 FROM counted
WHERE key = {key} AND until > clock_timestamp()
"""
# Rows that others are about to remove are left to them: to wait for each other could never end.
SWEEP = """
DELETE FROM counted
WHERE ctid = ANY(ARRAY(SELECT ctid FROM counted WHERE until <= clock_timestamp() FOR UPDATE SKIP LOCKED))
"""


class Counted(Storage, MovingWindowSupport):
    STORAGE_SCHEME = None

    def __init__(self, url: str) -> None:
        super().__init__(wrap_exceptions=True)
        self._url = url
        self._turn = asyncio.Lock()
        self._connection: psycopg.AsyncConnection | None = None
        self._sweep_at = 0.0

    @property
    def base_exceptions(self) -> type[Exception]:
        return psycopg.Error

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        fits = await self._ask(HIT.format(key=_number(key), most=limit, seconds=expiry, amount=amount)) is not None
        if time.monotonic() >= self._sweep_at:
            self._sweep_at = time.monotonic() + SWEPT
            await self._ask(SWEEP)
        return fits

    async def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        there, left = await self._ask(WINDOW.format(key=_number(key))) or (0, None)
        return time.time() - expiry + (expiry if left is None else left), there  # its clock may be another

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def _ask(self, statements: str) -> tuple[Any, ...] | None:
        """The first row of the last statement's answer."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._turn.acquire()
        except TimeoutError:
            _too_late()
        try:
            if self._connection is not None:
                try:
                    return await _answer(self._connection, statements)
                except psycopg.Error:
                    if not self._connection.closed:
                        raise
            self._connection = await self._connected()
            return await _answer(self._connection, statements)
        finally:
            self._turn.release()

    async def _connected(self) -> psycopg.AsyncConnection:
        try:
            async with asyncio.timeout(PATIENCE):
                connection = await connected(self._url)
        except TimeoutError:
            _too_late()
        # Sooner than the connection is cut: what waits for a lock would be counted after all.
        await _answer(connection, f"SET statement_timeout = {round(500 * PATIENCE)}")
        return connection

    # What other strategies than a moving window need.

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        raise NotImplementedError

    async def get(self, key: str) -> int:
        raise NotImplementedError

    async def get_expiry(self, key: str) -> float:
        raise NotImplementedError

    async def check(self) -> bool:
        raise NotImplementedError

    async def reset(self) -> int | None:
        raise NotImplementedError

    async def clear(self, key: str) -> None:
        raise NotImplementedError


async def _answer(connection: psycopg.AsyncConnection, statements: str) -> tuple[Any, ...] | None:
    """Cut off when it takes too long. To cancel what was asked would wait for an answer again."""
    late = asyncio.get_running_loop().call_later(PATIENCE, _cut, connection)
    try:
        cursor = await connection.execute(statements.encode(), prepare=False)  # in one go, which only works unprepared
    finally:
        late.cancel()
    while cursor.nextset():
        pass
    return await cursor.fetchone() if cursor.description else None


def _cut(connection: psycopg.AsyncConnection) -> None:
    with socket.socket(fileno=os.dup(connection.fileno())) as ended:
        ended.shutdown(socket.SHUT_RDWR)


def _too_late() -> NoReturn:
    raise psycopg.OperationalError("the database does not answer in time") from None


def _number(key: str) -> int:
    """By which a key is known, and its lock: of any length and characters, and tells nobody's address."""
    return int.from_bytes(blake2b(key.encode(errors="surrogatepass"), digest_size=8).digest(), signed=True)
