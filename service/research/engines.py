"""Search engines. The operator chooses one, or none."""

import asyncio
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol, TypeVar

import msgspec

from service.core.errors import SearchFailed, SettingsError
from service.core.late import loaded

T = TypeVar("T")

TAVILY = "https://api.tavily.com/search"
WIKIPEDIA = "https://{language}.wikipedia.org/w/api.php"
MAX_ANSWER = 2_000_000
MAX_QUERY = 300  # Wikipedia's limit, the lowest
MAX_URL = 2_000
MAX_TITLE = 300
CONTROLS = dict.fromkeys([*range(32), *range(127, 160)], " ")


@dataclass(frozen=True, slots=True)
class Hit:
    """One result. Its URL is a web address that has not been checked further."""

    title: str
    url: str


class SearchEngine(Protocol):
    async def search(self, query: str, *, limit: int, language: str = "en") -> list[Hit]:
        """At most `limit` hits, best first; empty if nothing was found.

        `language` is a BCP 47 tag, used as far as the engine supports it. Raises SearchFailed if the engine is
        unreachable, too slow, refuses, or sends an unreadable answer. Cancelling closes the connection.
        """
        ...


class Found(msgspec.Struct):
    url: str
    title: str | None = None


class Results(msgspec.Struct):
    results: list[Found]


class Article(msgspec.Struct):
    title: str
    fullurl: str
    index: int


class Articles(msgspec.Struct):
    pages: list[Article]


class Wiki(msgspec.Struct):
    batchcomplete: bool = False
    query: Articles | None = None  # missing if nothing was found


@dataclass(frozen=True, slots=True)
class Caller:
    """Sends a request to an engine: once, with a timeout, for an answer of a known type."""

    timeout: float
    contact: str | None

    async def call(self, method: str, url: str, shape: type[T], **request: Any) -> T:
        await loaded("service.research.web")
        from service.research import web  # noqa: PLC0415 aiohttp comes along

        with web.translated(SearchFailed):
            async with (
                asyncio.timeout(self.timeout),
                web.session(connect=self.timeout, contact=self.contact) as session,
                session.request(method, url, allow_redirects=False, **request) as answer,
            ):
                if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
                    raise SearchFailed("rate_limited")
                if answer.status != HTTPStatus.OK:
                    raise SearchFailed("status", status=answer.status)
                body = await web.read(answer, MAX_ANSWER)
        try:
            return msgspec.json.decode(body, type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise SearchFailed("unreadable") from None


@dataclass(frozen=True, slots=True)
class Access:
    """What the settings say of an engine."""

    caller: Caller
    url: str | None
    key: str | None


class SearXNG:
    """A SearXNG instance whose settings allow the format `json`."""

    def __init__(self, caller: Caller, url: str) -> None:
        self._caller = caller
        self._url = url.rstrip("/") + "/search"

    async def search(self, query: str, *, limit: int, language: str = "en") -> list[Hit]:
        asked = {"q": query[:MAX_QUERY], "format": "json", "language": _primary(language)}
        answer = await self._caller.call("GET", self._url, Results, params=asked)
        return _hits((found.title, found.url) for found in answer.results)[:limit]


class Tavily:
    """Tavily. It takes no language: the query's decides."""

    def __init__(self, caller: Caller, key: str, url: str = TAVILY) -> None:
        self._caller = caller
        self._key = key.strip()
        self._url = url

    async def search(self, query: str, *, limit: int, language: str = "en") -> list[Hit]:
        asked = {"query": query[:MAX_QUERY], "max_results": min(limit, 20)}
        headers = {"Authorization": f"Bearer {self._key}"}
        answer = await self._caller.call("POST", self._url, Results, json=asked, headers=headers)
        return _hits((found.title, found.url) for found in answer.results)[:limit]


class Wikipedia:
    """Wikipedia in the requested language."""

    def __init__(self, caller: Caller, url: str = WIKIPEDIA) -> None:
        self._caller = caller
        self._url = url

    async def search(self, query: str, *, limit: int, language: str = "en") -> list[Hit]:
        asked = {
            "action": "query", "format": "json", "formatversion": 2, "generator": "search",
            "gsrsearch": query[:MAX_QUERY], "gsrlimit": min(limit, 20),
            "prop": "info", "inprop": "url",
        }  # fmt: skip
        wiki = {"nb": "no"}.get(_primary(language), _primary(language))
        answer = await self._caller.call("GET", self._url.format(language=wiki), Wiki, params=asked)
        if answer.query is None and not answer.batchcomplete:
            raise SearchFailed("unreadable")
        best_first = sorted(answer.query.pages if answer.query else [], key=lambda article: article.index)
        return _hits((article.title, article.fullurl) for article in best_first)[:limit]


def _searxng(access: Access) -> SearchEngine:
    if not access.url:
        raise SettingsError("search_url")
    return SearXNG(access.caller, access.url)


def _tavily(access: Access) -> SearchEngine:
    if not access.key:
        raise SettingsError("search_key")
    return Tavily(access.caller, access.key)


ENGINES: dict[str, Callable[[Access], SearchEngine]] = {
    "searxng": _searxng,
    "tavily": _tavily,
    "wikipedia": lambda access: Wikipedia(access.caller),
}


def engine(
    name: str, *, timeout: float, url: str | None = None, key: str | None = None, contact: str | None = None
) -> SearchEngine | None:
    """The engine of that name. SettingsError if a setting is missing."""
    if name == "none":
        return None
    if (opened := ENGINES.get(name)) is None:
        raise SettingsError("search_engine", names=", ".join(["none", *ENGINES]))
    return opened(Access(Caller(timeout, contact), url, key))


def _hits(found: Iterable[tuple[str | None, str]]) -> list[Hit]:
    return [
        Hit(_line(title, MAX_TITLE) or url, url)
        for title, url in found
        if url.startswith(("http://", "https://"))
        and len(url) <= MAX_URL  # meta search also finds magnet links and the like
    ]


def _line(text: str | None, longest: int) -> str:
    return " ".join((text or "").translate(CONTROLS).split())[:longest]


def _primary(language: str) -> str:
    """The language without script and region, which SearXNG and Wikipedia don't distinguish."""
    first = language.partition("-")[0].lower()
    return first if re.fullmatch("[a-z]{2,3}", first) else "en"
