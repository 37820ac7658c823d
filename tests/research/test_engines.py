"""Each search engine over a real socket, against a server that plays it."""

import json
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web

from service.core.errors import SearchFailed, SettingsError
from service.messages import say
from service.research.engines import Caller, Hit, SearchEngine, SearXNG, Tavily, Wikipedia, engine
from tests.raising import raises
from tests.research.servers import http, site, wire

KEY = "tvly-secret"
CALLER = Caller(timeout=5, contact="ops@example.org")
FOUND = [
    {"title": " Bees \n&\0 honey ", "url": "https://example.org/bees", "content": "Bees  make\nhoney.", "score": 2},
    {"title": None, "url": "http://example.net/", "content": None, "engine": "x"},
    {"title": "A torrent", "url": "magnet:?xt=urn:btih:1", "content": ""},
    {"title": "Endless", "url": "https://example.org/?" + "x" * 2_000},
    {"title": "Third", "url": "https://example.com/", "content": "x" * 5_000},
    {"title": "Fourth", "url": "https://example.com/4"},
]
HITS = [
    Hit("Bees & honey", "https://example.org/bees"),
    Hit("http://example.net/", "http://example.net/"),
    Hit("Third", "https://example.com/"),
]
WIKI = {
    "batchcomplete": True,
    "query": {
        "pages": [
            {
                "pageid": 2,
                "title": "Honey",
                "index": 2,
                "fullurl": "https://x.test/Honey",
            },
            {"pageid": 1, "title": "Bee", "index": 1, "fullurl": "https://x.test/Bee"},
            {"pageid": 3, "title": "Wax", "index": 3, "fullurl": "https://x.test/Wax"},
        ]
    },
}


@dataclass
class Played:
    """How an engine is made, what it answers when it finds something and when not, and what that means."""

    make: Callable[[str, Caller], SearchEngine]
    found: Any
    hits: list[Hit]
    nothing: Any


ENGINES = {
    "searxng": Played(
        lambda url, caller: SearXNG(caller, url), {"query": "q", "results": FOUND}, HITS, {"results": []}
    ),
    "tavily": Played(
        lambda url, caller: Tavily(caller, f"{KEY}\n", url), {"answer": None, "results": FOUND}, HITS, {"results": []}
    ),
    "wikipedia": Played(
        lambda url, caller: Wikipedia(caller, url + "/{language}/api.php"),
        WIKI,
        [
            Hit("Bee", "https://x.test/Bee"),
            Hit("Honey", "https://x.test/Honey"),
            Hit("Wax", "https://x.test/Wax"),
        ],
        {"batchcomplete": True},
    ),
}
every_engine = pytest.mark.parametrize("played", ENGINES.values(), ids=ENGINES)


async def asked(
    played: Played, answer: Any, *, limit: int = 3, language: str = "en"
) -> tuple[list[Hit], web.BaseRequest, Any]:
    """What the engine makes of the answer, and what it had asked."""
    requests: list[tuple[web.BaseRequest, bytes]] = []

    async def serve(request: web.BaseRequest) -> web.Response:
        requests.append((request, await request.read()))
        return web.json_response(answer)

    async with site(serve) as url:
        hits = await played.make(url, CALLER).search("bees & honey", limit=limit, language=language)
    ((request, body),) = requests
    return hits, request, json.loads(body or "null")


@every_engine
async def test_hits_come_best_first_and_clean(played: Played) -> None:
    hits, request, _ = await asked(played, played.found)
    assert hits == played.hits
    assert request.headers["User-Agent"].startswith("Pressroom/0.2.0 (ops@example.org) ")


@every_engine
async def test_no_more_hits_come_than_wanted(played: Played) -> None:
    hits, _, _ = await asked(played, played.found, limit=1)
    assert hits == played.hits[:1]


@every_engine
async def test_nothing_found_is_no_failure(played: Played) -> None:
    assert (await asked(played, played.nothing))[0] == []


async def test_searxng_is_asked_for_json() -> None:
    _, request, _ = await asked(ENGINES["searxng"], {"results": []}, language="pt-BR")
    assert (request.method, request.path) == ("GET", "/search")
    assert dict(request.query) == {"q": "bees & honey", "format": "json", "language": "pt"}


async def test_searxng_may_live_under_a_path() -> None:
    async def serve(request: web.BaseRequest) -> web.Response:
        return web.json_response({"results": []}, status=200 if request.path == "/deep/search" else 404)

    async with site(serve) as url:
        assert await SearXNG(CALLER, f"{url}/deep/").search("bees", limit=3) == []


async def test_tavily_gets_its_key_in_a_header() -> None:
    _, request, body = await asked(ENGINES["tavily"], {"results": []}, limit=50)
    assert request.method == "POST"
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert body == {"query": "bees & honey", "max_results": 20}


@pytest.mark.parametrize(
    ("language", "wiki"),
    [
        ("de", "de"),
        ("zh-Hant-TW", "zh"),
        ("EN-gb", "en"),
        ("nb", "no"),
        ("", "en"),
        ("evil.com/", "en"),
        ("x-klingon", "en"),
    ],
)
async def test_wikipedia_is_the_one_of_the_language(language: str, wiki: str) -> None:
    _, request, _ = await asked(ENGINES["wikipedia"], WIKI, language=language)
    assert request.path == f"/{wiki}/api.php"
    assert request.query["gsrsearch"] == "bees & honey"
    assert request.query["gsrlimit"] == "3"
    assert request.query["format"] == "json"


async def failing(engine: SearchEngine) -> str:
    with pytest.raises(SearchFailed) as caught:
        await engine.search("bees", limit=3)
    assert caught.value.retryable
    assert KEY not in "".join(traceback.format_exception(caught.value)) + repr(engine)
    return say(caught.value.sentence)


def head(status: str) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n".encode()


UNREADABLE = "the search engine's answer can't be read"
FAILURES = [
    (head("429 Too Many Requests"), "the search engine's rate limit was reached"),
    (head("500 Oops"), "the search engine answered 500"),
    (head("401 Unauthorized") + KEY.encode(), "the search engine answered 401"),
    (head("302 Found\r\nLocation: http://127.0.0.2/"), "the search engine answered 302"),
    (http() + b"<html>Log in first</html>", UNREADABLE),
    (head("200 OK"), UNREADABLE),
    (head("200 OK") + b'{"results": [{"title": "half', UNREADABLE),
    (head("200 OK") + b'{"results": "none", "query": []}', UNREADABLE),
    (head("200 OK") + b'{"results": [{"url": 3}], "query": {"pages": [{}]}}', UNREADABLE),
    (head("200 OK") + b'{"error": {"code": "badvalue", "info": "no"}}', UNREADABLE),
    (head("200 OK") + b"[]", UNREADABLE),
    (head("200 OK") + b"\xff\xfe", UNREADABLE),
    (head("200 OK") + b'{"results": [{"url": "\xff"}], "query": {"pages": [{"title": "\xff"}]}}', UNREADABLE),
    (head("200 OK") + b'{"x": ' + b"[" * 100_000, UNREADABLE),
    (b"SSH-2.0-OpenSSH_9.9\r\n", "the search engine did not send valid HTTP"),
    (b"", "the connection to the search engine was lost"),
    (head("200 OK\r\nContent-Length: 999") + b"{", "the connection to the search engine was lost"),
]


@every_engine
@pytest.mark.parametrize(("answer", "said"), FAILURES)
async def test_each_failure_says_what_it_is(played: Played, answer: bytes, said: str) -> None:
    async with wire(answer) as server:
        assert await failing(played.make(server.url, CALLER)) == said


@every_engine
async def test_an_engine_that_is_down_can_not_be_reached(played: Played) -> None:
    async with wire() as server:
        url = server.url
    assert await failing(played.make(url, CALLER)) == "the search engine can't be reached"


@every_engine
@pytest.mark.parametrize("sent", [b"", head("200 OK")])
async def test_a_slow_engine_is_left_at_the_deadline(played: Played, sent: bytes) -> None:
    async with wire(sent, forever=b" " if sent else b"", every=0.01) as server:
        begun = time.monotonic()
        assert await failing(played.make(server.url, Caller(0.3, None))) == "the search engine took too long"
        assert time.monotonic() - begun < 2


@every_engine
async def test_a_huge_answer_is_not_taken(played: Played) -> None:
    async with wire(head("200 OK"), forever=b" " * 65_536) as server:
        assert await failing(played.make(server.url, CALLER)) == "the search engine's answer is larger than allowed"
        assert server.sent < 25_000_000


def test_the_operator_chooses_the_engine() -> None:
    assert engine("none", timeout=1) is None
    assert isinstance(engine("wikipedia", timeout=1), Wikipedia)
    assert isinstance(engine("searxng", timeout=1, url="http://10.0.0.5:8080"), SearXNG)
    assert isinstance(engine("tavily", timeout=1, key=KEY), Tavily)
    with pytest.raises(SettingsError, match="search_url"):
        engine("searxng", timeout=1)
    with pytest.raises(SettingsError, match="search_key"):
        engine("tavily", timeout=1)
    with raises(SettingsError, "must be one of none, searxng, tavily, wikipedia"):
        engine("altavista", timeout=1)
