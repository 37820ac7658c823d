"""One fetch over aiohttp, which connects to allowed addresses only."""

import asyncio
import socket
from collections.abc import Callable, Collection
from ipaddress import ip_address

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from service.core.addresses import Address
from service.core.errors import SourceFailed, SourceRefused
from service.core.urls import checked
from service.research import web
from service.research.fetched import Fetched

MAX_REDIRECTS = 5
REDIRECTS = {301, 302, 303, 307, 308}
ENCODINGS = {"", "identity", "gzip", "deflate"}


async def fetched(
    url: str,
    types: Collection[str],
    max_bytes: int,
    *,
    total: float,
    connect: float,
    contact: str | None,
    allowed: Callable[[Address], bool],
    ports: Collection[int],
    resolver: AbstractResolver | None,
) -> Fetched:
    guard = Guard(allowed, resolver or aiohttp.ThreadedResolver())
    connector = aiohttp.TCPConnector(
        resolver=guard, socket_factory=guard.socket_for, use_dns_cache=False, force_close=True, ssl=web.tls()
    )
    with web.translated(SourceFailed):
        async with (
            asyncio.timeout(total),
            web.session(connect=connect, contact=contact, connector=connector) as session,
        ):
            try:
                return await _followed(session, url, ports, types, max_bytes)
            except aiohttp.InvalidURL:  # 127.1 and the like, which never reach the guard
                raise SourceRefused("no_url") from None


class Guard(AbstractResolver):
    """Restricts a connector to allowed addresses.

    DNS can't change between check and connection: aiohttp connects to exactly the addresses that `resolve` returns,
    and creates each socket, even for an address in the URL, with `socket_for`.
    """

    def __init__(self, allowed: Callable[[Address], bool], resolver: AbstractResolver) -> None:
        self._allowed = allowed
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Refuse a name if any of its addresses is not allowed: no legitimate one has such an address."""
        try:
            found = await self._resolver.resolve(host, port, family)
        except (OSError, UnicodeError):
            raise SourceFailed("unknown_name") from None
        for entry in found:
            self._check(entry["host"])
        return found

    def socket_for(self, info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        self._check(str(address[0]))
        return socket.socket(family, kind, protocol)

    async def close(self) -> None:
        await self._resolver.close()

    def _check(self, address: str) -> None:
        try:
            allowed = self._allowed(ip_address(address))
        except ValueError:
            allowed = False
        if not allowed:
            raise SourceRefused("not_public")


async def _followed(
    session: aiohttp.ClientSession, url: str, ports: Collection[int], types: Collection[str], max_bytes: int
) -> Fetched:
    target = checked(url, ports=ports)
    headers = {"Accept": ", ".join(sorted(types))}
    for _ in range(MAX_REDIRECTS + 1):
        async with session.get(target, headers=headers, allow_redirects=False) as answer:
            if answer.status not in REDIRECTS or "Location" not in answer.headers:
                return await _fetched(answer, types, max_bytes)
            target = checked(answer.headers["Location"], base=target, ports=ports)
    raise SourceFailed("redirects", most=MAX_REDIRECTS)


async def _fetched(answer: aiohttp.ClientResponse, types: Collection[str], max_bytes: int) -> Fetched:
    if not 200 <= answer.status < 300:
        raise SourceFailed("status", status=answer.status)
    if answer.content_type == "application/pdf":
        raise SourceFailed("pdf")
    if answer.content_type not in types:
        raise SourceFailed("kind")
    if answer.headers.get("Content-Encoding", "").lower() not in ENCODINGS:
        raise SourceFailed("compressed")
    return Fetched(
        url=str(answer.url),
        content_type=answer.content_type,
        charset=answer.charset,
        body=await web.read(answer, max_bytes),
    )
