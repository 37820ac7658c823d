"""Counts what keys, workspaces and addresses do, and refuses what is too much: here, or for several
processes in PostgreSQL or Redis.

While that can't be reached, each process counts for itself. Imported late, because this loads the limits package.
"""

import asyncio
import ipaddress
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import TYPE_CHECKING, Any

from limits import parse
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError

from service.core.caller import Caller
from service.core.errors import LimitReached, SettingsError
from service.core.rate import Standing

if TYPE_CHECKING:
    from redis.asyncio import ConnectionPool

log = logging.getLogger(__name__)

PATIENCE = 1.0  # seconds for Redis to answer
AWAY = 10.0  # seconds until a database that did not answer is asked again
SWEPT = 60.0  # seconds between looks for what is over
CLOSE_SOME = 10  # seconds until a stream that was one too many is worth another attempt
ADDRESS_BITS = 64  # of IPv6: who has one address has all that begin like it
LONGEST_NAME = 64  # of an address that is none
_item = cache(parse)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """Rates, such as 30/minute, and how many streams a key, or an address with a link, may have open.""" ""

    key: str
    workspace: str
    messages: str
    failed_sign_ins: str
    streams: int


class _Memory(MemoryStorage):
    """Looks for what is over once a minute: MemoryStorage does with every count, in a thread for each name."""

    async def _MemoryStorage__expire_events(self) -> None:
        await asyncio.sleep(SWEPT)
        await super()._MemoryStorage__expire_events()  # ty: ignore[missing-attribute] its private name


class Rates:
    def __init__(self, allowed: Allowed, shared: str = "") -> None:
        """`shared` is the URL of a Redis or PostgreSQL."""
        self._allowed = allowed
        self._here = MovingWindowRateLimiter(_Memory())
        storage, self._close = _shared(shared) if shared else (None, None)
        self._shared = None if storage is None else MovingWindowRateLimiter(storage)
        self._away_until = 0.0
        self._streams: Counter[str] = Counter()

    async def changes(self, caller: Caller) -> list[Standing]:
        """Count a request that changes something."""
        of_key = await self._count("key", caller.rate or self._allowed.key, _who(caller))
        return [of_key, await self._count("workspace", self._allowed.workspace, caller.workspace)]

    async def says(self, caller: Caller) -> None:
        """Count a message over a web socket."""
        await self._count("messages", self._allowed.messages, _who(caller))

    async def fails(self, address: str) -> None:
        """Count a key or session that was not valid."""
        await self._count("sign-ins", self._allowed.failed_sign_ins, _origin(address))

    @contextmanager
    def watches(self, caller: Caller, link: str = "") -> Generator[Standing]:
        """Count a stream or web socket while it is open, in this process, of a key or of an address with a link."""
        whose, most = f"{link} {_origin(caller.address)}" if link else _who(caller), self._allowed.streams
        if self._streams[whose] >= most:
            raise LimitReached(Standing("streams", most, 0), CLOSE_SOME)
        self._streams[whose] += 1
        try:
            yield Standing("streams", most, most - self._streams[whose])
        finally:
            self._streams[whose] -= 1
            if not self._streams[whose]:
                del self._streams[whose]

    async def close(self) -> None:
        if self._close is not None:
            await self._close()

    async def _count(self, name: str, rate: str, whose: str) -> Standing:
        if self._shared is not None and time.monotonic() >= self._away_until:
            try:
                # Shielded, because a connection whose reader was cancelled could hand its answer to the next one.
                return await asyncio.shield(_counted(self._shared, name, rate, whose))
            except StorageError as error:
                if time.monotonic() >= self._away_until:  # and no other request has noticed
                    why = str(error.storage_error).partition("\n")[0]
                    log.warning("limits are counted in this process meanwhile: %s", why)
                self._away_until = time.monotonic() + AWAY
        return await _counted(self._here, name, rate, whose)


async def reach(url: str) -> None:
    """SettingsError unless Redis answers."""
    pool = _pool(url)
    try:
        await _redis(pool).get_moving_window("reached", 1, 1)
    except StorageError as error:
        raise SettingsError("limits_store", said=" ".join(str(error.storage_error).split())) from None
    finally:
        await pool.aclose()


def _shared(url: str) -> tuple[Storage, Callable[[], Awaitable[None]]]:
    """Where to count, and how to close it."""
    if url.startswith("redis"):
        pool = _pool(url)
        return _redis(pool), pool.aclose
    from service.store.counted import Counted  # noqa: PLC0415 it brings psycopg along

    counted = Counted(url)
    return counted, counted.close


def _pool(url: str) -> "ConnectionPool":
    from redis.asyncio import ConnectionPool  # noqa: PLC0415 only who counts there needs it
    from redis.asyncio.retry import Retry  # noqa: PLC0415
    from redis.backoff import NoBackoff  # noqa: PLC0415

    once_more = Retry(NoBackoff(), 1)
    return ConnectionPool.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=once_more)


def _redis(pool: "ConnectionPool") -> RedisStorage:
    options: dict[str, Any] = {"connection_pool": pool}
    return RedisStorage("redis://", wrap_exceptions=True, implementation="redispy", **options)


async def _counted(limiter: MovingWindowRateLimiter, name: str, rate: str, whose: str) -> Standing:
    limit = _item(rate)
    fits = await limiter.hit(limit, name, whose)
    renewed, left = await limiter.get_window_stats(limit, name, whose)
    wait = min(max(1, ceil(renewed - time.time())), limit.get_expiry())
    standing = Standing(name, limit.amount, left if fits else 0, limit.get_expiry(), wait)
    if not fits:
        raise LimitReached(standing, wait)
    return standing


def _who(caller: Caller) -> str:
    return caller.who or caller.name


def _origin(address: str) -> str:
    """An address as it is counted: whoever has one of IPv6 has all that begin like it."""
    try:
        given = ipaddress.ip_address(address)
    except ValueError:
        return address[:LONGEST_NAME]
    if isinstance(given, ipaddress.IPv4Address):
        return str(given)
    return str(given.ipv4_mapped or ipaddress.ip_network((given, ADDRESS_BITS), strict=False))
