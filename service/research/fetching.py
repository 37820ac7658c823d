"""Fetching what users and search results name: from public addresses only, and never more than is allowed."""

import asyncio
import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass
from ipaddress import ip_address

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from service.core.addresses import Address, is_public
from service.core.errors import SourceFailed, SourceRefused
from service.core.urls import WEB_PORTS, checked
from service.research import web
from service.research.frames import Question
from service.research.readers import Readers

MAX_REDIRECTS = 5
REDIRECTS = {301, 302, 303, 307, 308}
HTML = frozenset({"text/html", "application/xhtml+xml"})
TEXT = frozenset({"text/plain", "text/markdown"})
ENCODINGS = {"", "identity", "gzip", "deflate"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    connect: float
    total: float
    max_bytes: int
    max_characters: int
    reading: float
    readings_at_once: int
    fetches_at_once: int = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """The body as it came, decompressed. `content_type` is what the server says."""

    url: str
    content_type: str
    charset: str | None
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The main text of a page, as Markdown. `url` is the one that answered, after all redirects."""

    url: str
    title: str
    text: str
    content_type: str


class Fetcher:
    """Gets one URL at a time, redirects included, each over a connection of its own.

    Raises SourceRefused when the URL or where it leads is not of the public web, SourceFailed when nothing usable
    comes back within the limits. Cancelling closes the connection. `allowed`, `ports` and `resolver` are for tests.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        contact: str | None = None,
        allowed: Callable[[Address], bool] = is_public,
        ports: Collection[int] = WEB_PORTS,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._limits = limits
        self._contact = contact
        self._allowed = allowed
        self._ports = ports
        self._resolver = resolver
        self._slots = asyncio.Semaphore(limits.fetches_at_once)
        self._readers = Readers(at_once=limits.readings_at_once, timeout=limits.reading)

    async def close(self) -> None:
        await self._readers.close()

    async def fetch(self, url: str) -> Page:
        """The text of a page."""
        got = await self.get(url, types=HTML | TEXT, max_bytes=self._limits.max_bytes)
        question = Question(
            body=got.body,
            html=got.content_type in HTML,
            charset=got.charset,
            max_characters=self._limits.max_characters,
        )
        reading = await self._readers.read(question)
        if not reading.text:
            raise SourceFailed("no_text")
        return Page(url=got.url, title=reading.title or got.url, text=reading.text, content_type=got.content_type)

    async def get(self, url: str, *, types: Collection[str], max_bytes: int) -> Fetched:
        """What is at the URL, if it is of one of the content types."""
        with web.translated(SourceFailed):
            async with self._slots, asyncio.timeout(self._limits.total), self._session() as session:
                try:
                    return await self._followed(session, url, types, max_bytes)
                except aiohttp.InvalidURL:  # 127.1 and the like, which never come to the guard
                    raise SourceRefused("no_url") from None

    async def _followed(
        self, session: aiohttp.ClientSession, url: str, types: Collection[str], max_bytes: int
    ) -> Fetched:
        target = checked(url, ports=self._ports)
        headers = {"Accept": ", ".join(sorted(types))}
        for _ in range(MAX_REDIRECTS + 1):
            async with session.get(target, headers=headers, allow_redirects=False) as answer:
                if answer.status not in REDIRECTS or "Location" not in answer.headers:
                    return await _fetched(answer, types, max_bytes)
                target = checked(answer.headers["Location"], base=target, ports=self._ports)
        raise SourceFailed("redirects", most=MAX_REDIRECTS)

    def _session(self) -> aiohttp.ClientSession:
        guard = Guard(self._allowed, self._resolver or aiohttp.ThreadedResolver())
        connector = aiohttp.TCPConnector(
            resolver=guard, socket_factory=guard.socket_for, use_dns_cache=False, force_close=True, ssl=web.tls()
        )
        return web.session(connect=self._limits.connect, contact=self._contact, connector=connector)


class Guard(AbstractResolver):
    """Lets a connector connect to allowed addresses only.

    There is no gap between the check and the connection that DNS could use: aiohttp connects to the very addresses
    that `resolve` returns, and makes its socket for each, also for one that stood in the URL, with `socket_for`.
    """

    def __init__(self, allowed: Callable[[Address], bool], resolver: AbstractResolver) -> None:
        self._allowed = allowed
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """A name with any address that is not allowed is refused whole: no honest one has such."""
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
