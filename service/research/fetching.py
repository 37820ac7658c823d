"""Fetches URLs from users and search results: only from public addresses, and within limits."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.core.addresses import Address, is_public
from service.core.errors import SourceFailed
from service.core.late import loaded
from service.core.urls import WEB_PORTS
from service.research.fetched import Fetched
from service.research.frames import Question
from service.research.readers import Readers

if TYPE_CHECKING:
    from aiohttp.abc import AbstractResolver

HTML = frozenset({"text/html", "application/xhtml+xml"})
TEXT = frozenset({"text/plain", "text/markdown"})


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
class Page:
    """The main text of a page as Markdown. `url` is the final one after redirects."""

    url: str
    title: str
    text: str


class Fetcher:
    """Fetches a URL, following redirects, over a new connection for each request.

    Raises SourceRefused if the URL or a redirect is not on the public web, and SourceFailed if there is no usable
    answer within the limits. Cancelling closes the connection. `allowed`, `ports` and `resolver` are for tests.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        contact: str | None = None,
        allowed: Callable[[Address], bool] = is_public,
        ports: Collection[int] = WEB_PORTS,
        resolver: "AbstractResolver | None" = None,
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
        return Page(url=got.url, title=reading.title or got.url, text=reading.text)

    async def get(self, url: str, *, types: Collection[str], max_bytes: int) -> Fetched:
        """The body at the URL, if its content type is one of those given."""
        async with self._slots:
            await loaded("service.research.guarded")
            from service.research import guarded  # noqa: PLC0415 aiohttp comes along

            return await guarded.fetched(
                url,
                types,
                max_bytes,
                total=self._limits.total,
                connect=self._limits.connect,
                contact=self._contact,
                allowed=self._allowed,
                ports=self._ports,
                resolver=self._resolver,
            )
