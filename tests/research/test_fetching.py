"""Fetching over real sockets: 127.0.0.1 is the internet here, and 127.0.0.2 must never hear of us."""

import asyncio
import gzip
import time
import tracemalloc
import zlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from service.core.errors import SourceFailed, SourceRefused
from service.messages import say
from service.research.fetching import Fetcher, Limits
from tests.research.conftest import LIMITS, MakeFetcher
from tests.research.servers import HERE, INSIDE, Names, Wire, http, site, wire

HTML = {"text/html"}
BIG = 500_000
ARTICLE = (
    "<html><head><title>Bees</title></head><body><nav><a href='/'>Home</a></nav><article><h1>Bees</h1>"
    + "<p>Bees gather nectar from flowers and make honey of it in their hive, all spring and summer long.</p>" * 5
    + "</article></body></html>"
)


async def refused(fetcher: Fetcher, url: str) -> str:
    with pytest.raises(SourceRefused) as caught:
        await fetcher.get(url, types=HTML, max_bytes=BIG)
    return say(caught.value.sentence)


async def failed(fetcher: Fetcher, url: str) -> str:
    with pytest.raises(SourceFailed) as caught:
        await fetcher.get(url, types=HTML, max_bytes=BIG)
    return say(caught.value.sentence)


@pytest.mark.process
async def test_a_page_is_its_title_and_main_text(fetcher: MakeFetcher) -> None:
    async def serve(request: web.BaseRequest) -> web.Response:
        if request.path == "/old":
            raise web.HTTPMovedPermanently("/new?x=1#part")
        return web.Response(text=ARTICLE, content_type="text/html")

    async with site(serve) as url:
        page = await fetcher().fetch(f"{url}/old")
        assert (page.url, page.title) == (f"{url}/new?x=1", "Bees")
        assert page.text.startswith("# Bees")
        assert "make honey of it" in page.text
        assert "Home" not in page.text


@pytest.mark.process
async def test_a_page_without_text_is_a_failure(fetcher: MakeFetcher) -> None:
    async with wire(http() + b"<html><body><script>draw()</script></body></html>") as server:
        with pytest.raises(SourceFailed, match="no_text"):
            await fetcher().fetch(server.url)


async def test_other_types_than_pages_come_as_bytes(fetcher: MakeFetcher) -> None:
    async with wire(http("image/png") + b"\x89PNG\0\xff") as server:
        got = await fetcher().get(f"{server.url}/a.png", types={"image/png", "image/jpeg"}, max_bytes=10)
        assert (got.body, got.content_type) == (b"\x89PNG\0\xff", "image/png")
        assert b"Accept: image/jpeg, image/png\r\n" in server.received
        assert b"User-Agent: Pressroom/" in server.received
        await failed(fetcher(), server.url)


# What must not be reached


NUMBERS = ["127.1", "2130706433", "017700000001", "0177.0.0.1", "0x7f.1", "0x7f000001", "0x7F.0x0.0x0.0x1", "127.0.1"]
LITERALS = [
    "127.0.0.1", "127.0.0.2", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "169.254.169.254",
    "224.0.0.1", "255.255.255.255", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "[::127.0.0.1]",
    "[fe80::1]", "[fe80::1%25eth0]", "[fd00:ec2::254]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001::1]", "[::1%]",
    "[::1.2.3]", "127.0.0.1.", "１２７.0.0.1", "127。0。0。1",
]  # fmt: skip
HOSTILE = [
    *[f"http://{host}/" for host in [*NUMBERS, *LITERALS]],
    *[f"https://{host}:8443/x" for host in ["127.0.0.1", "[::1]", "2130706433"]],
    "http://0/", "http://localhost/", "http://LOCALHOST./", "http://ⓛocalhost/", "http://metadata.google.internal/",
    "http://mapped.test/", "http://scoped.test/", "http://user@example.com/", "http://user:key@example.com/",
    "http://:@example.com/",
    "http://127.0.0.1\\@example.com/", "file:///etc/passwd", "ftp://example.com/", "gopher://x/",
    "data:text/html,x", "javascript:alert(1)", "//example.com/", "/etc/passwd", "http:///x", "http:x", "http://",
    "", "x",
    "http://[::1", "http://example.com:99999/", "http://example.com:x/", "http://xn--a/", "http://a\r\nHost: b/",
]  # fmt: skip


@pytest.mark.parametrize("url", HOSTILE)
async def test_what_is_not_of_the_public_web_is_refused(url: str) -> None:
    names = Names(
        localhost=[["127.0.0.1"]],
        LOCALHOST_=[["127.0.0.1"]],
        localhost_=[["127.0.0.1"]],
        metadata_google_internal=[["169.254.169.254"]],
        mapped_test=[["::ffff:127.0.0.1"]],
        scoped_test=[["fe80::1%lo"]],
        example_com=[["127.0.0.1"]],
    )
    said = await refused(Fetcher(Limits(**LIMITS), resolver=names), url)
    assert not any(part in said for part in ("127.", "169.254", "::", "key"))


@asynccontextmanager
async def two_worlds(*pieces: bytes) -> AsyncGenerator[tuple[Wire, Wire]]:
    """The same port on both addresses, so that only the address makes the difference."""
    async with wire(*pieces) as outside, wire(http() + b"secret", host=INSIDE, port=outside.port) as inside:
        yield outside, inside
        assert inside.connections == 0


async def test_the_inside_is_not_reached_by_address(fetcher: MakeFetcher) -> None:
    async with two_worlds(http() + b"public") as (outside, _):
        await refused(fetcher(), f"http://{INSIDE}:{outside.port}/")
        await refused(fetcher(), f"http://127.2:{outside.port}/")


@pytest.mark.parametrize("addresses", [[INSIDE], [HERE, INSIDE], [INSIDE, HERE], [HERE, "::1"], ["10.0.0.1", HERE]])
async def test_a_name_with_one_inside_address_is_refused(fetcher: MakeFetcher, addresses: list[str]) -> None:
    async with two_worlds(http() + b"public") as (outside, _):
        await refused(fetcher(Names(both_test=[addresses])), f"http://both.test:{outside.port}/")
        assert outside.connections == 0


async def test_a_name_that_changes_its_mind_is_checked_each_time(fetcher: MakeFetcher) -> None:
    async with two_worlds(http() + b"public") as (outside, _):
        names = Names(rebinding_test=[[HERE], [INSIDE]])
        one, url = fetcher(names), f"http://rebinding.test:{outside.port}/"
        assert (await one.get(url, types=HTML, max_bytes=BIG)).body == b"public"
        assert names.asked == ["rebinding.test"]  # what was checked is what was connected to
        assert f"Host: rebinding.test:{outside.port}\r\n".encode() in outside.received
        await refused(one, url)


@pytest.mark.parametrize(
    "location", ["http://{inside}/", "//{inside}/", "http://inside.test:{port}/", "http://rebinding.test:{port}/again"]
)
async def test_a_redirect_to_the_inside_is_refused(fetcher: MakeFetcher, location: str) -> None:
    redirect = b"HTTP/1.1 302 Found\r\nLocation: %s\r\n\r\n"
    async with wire() as spare:
        port = spare.port
    to = location.format(inside=f"{INSIDE}:{port}", port=port)
    async with wire(redirect % to.encode(), port=port), wire(http() + b"secret", host=INSIDE, port=port) as inside:
        names = Names(rebinding_test=[[HERE], [INSIDE]], inside_test=[[INSIDE]])
        await refused(fetcher(names), f"http://rebinding.test:{port}/")
        assert inside.connections == 0


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "http://user@127.0.0.1/", "http://[", "gopher://127.0.0.1/"]
)
async def test_a_redirect_away_from_the_web_is_refused(fetcher: MakeFetcher, location: str) -> None:
    async with wire(f"HTTP/1.1 301 Moved\r\nLocation: {location}\r\n\r\n".encode()) as server:
        await refused(fetcher(), server.url)


async def test_redirects_come_to_an_end(fetcher: MakeFetcher) -> None:
    async with wire(b"HTTP/1.1 302 Found\r\nLocation: /again\r\n\r\n") as server:
        assert await failed(fetcher(), server.url) == "the source redirects more than 5 times"
        assert server.connections == 6


async def test_nothing_is_kept_from_one_request_to_the_next(fetcher: MakeFetcher) -> None:
    seen: list[str | None] = []

    async def serve(request: web.BaseRequest) -> web.Response:
        seen.append(request.headers.get("Cookie"))
        if request.path == "/":
            raise web.HTTPFound("/next", headers={"Set-Cookie": "who=you; Path=/"})
        return web.Response(text="well", content_type="text/html")

    async with site(serve) as url:
        await fetcher(Names(shop_test=[[HERE]])).get(url.replace(HERE, "shop.test"), types=HTML, max_bytes=BIG)
    assert seen == [None, None]


async def test_the_environment_does_not_send_it_elsewhere(
    fetcher: MakeFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with two_worlds(http() + b"public") as (outside, inside):
        monkeypatch.setenv("http_proxy", f"http://{INSIDE}:{inside.port}")
        assert (await fetcher().get(outside.url, types=HTML, max_bytes=BIG)).body == b"public"


async def test_the_name_goes_into_the_tls_handshake(fetcher: MakeFetcher) -> None:
    async with wire(b"\x15\x03\x01\x00\x02\x02\x28") as server:  # alert: handshake failure
        url = f"https://named.test:{server.port}/"
        said = await failed(fetcher(Names(named_test=[[HERE]])), url)
        assert said == "no secure connection to the source could be made"
        assert b"named.test" in server.received


# What must end early


def bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join([*(packer.compress(bytes(1_000_000)) for _ in range(megabytes)), packer.flush()])


async def test_a_gzip_bomb_ends_at_the_limit(fetcher: MakeFetcher) -> None:
    packed = bomb(60)
    async with wire(http("text/html", "Content-Encoding: gzip"), packed) as server:
        tracemalloc.start()
        try:
            assert await failed(fetcher(), server.url) == "the source is larger than allowed"
            assert tracemalloc.get_traced_memory()[1] < 10_000_000
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress"])
async def test_only_what_was_asked_for_is_decompressed(fetcher: MakeFetcher, encoding: str) -> None:
    async with wire(http("text/html", f"Content-Encoding: {encoding}") + gzip.compress(b"x")) as server:
        await failed(fetcher(), server.url)
        assert b"Accept-Encoding: gzip, deflate\r\n" in server.received


@pytest.mark.parametrize(
    ("encoding", "body"), [("gzip", gzip.compress(b"well", mtime=0)), ("deflate", zlib.compress(b"well"))]
)
async def test_compressed_pages_are_read(fetcher: MakeFetcher, encoding: str, body: bytes) -> None:
    async with wire(http("text/html", f"Content-Encoding: {encoding}") + body) as server:
        assert (await fetcher().get(server.url, types=HTML, max_bytes=BIG)).body == b"well"


async def test_a_page_of_fifty_megabytes_is_not_downloaded(fetcher: MakeFetcher) -> None:
    async with wire(http("text/html", "Content-Length: 50000000"), *[bytes(1_000_000)] * 50) as server:
        assert await failed(fetcher(), server.url) == "the source is larger than allowed"
        await asyncio.wait_for(server.gone.wait(), 5)
        assert server.sent < 25_000_000  # what the kernel's buffers took included


EARLY = b"HTTP/1.1 103 Early Hints\r\n\r\n"
SLOW = {
    "silence": (b"", b""),
    "status": (b"HTTP/1.1 200 ", b"x"),
    "header": (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
    "early hints": (EARLY, EARLY),
    "body": (http(), b"x"),
}


@pytest.mark.parametrize(("head", "drip"), SLOW.values(), ids=SLOW)
async def test_a_slow_server_is_left_at_the_deadline(fetcher: MakeFetcher, head: bytes, drip: bytes) -> None:
    async with wire(head, forever=drip, every=0.01) as server:
        begun = time.monotonic()
        assert await failed(fetcher(total=0.3), server.url) == "the source took too long"
        assert time.monotonic() - begun < 2


@pytest.mark.parametrize("flood", [b"X-Flood: " + b"x" * 1_000 + b"\r\n", b"x" * 4_096], ids=["many", "long"])
async def test_a_flood_of_headers_is_cut_off(fetcher: MakeFetcher, flood: bytes) -> None:
    async with wire(b"HTTP/1.1 200 OK\r\nX: ", forever=flood) as server:
        assert await failed(fetcher(), server.url) == "the source did not send valid HTTP"
        assert server.sent < 25_000_000


async def test_cancelling_closes_the_connection(fetcher: MakeFetcher) -> None:
    async with wire(http(), forever=b"x", every=0.01) as server:
        fetching = asyncio.create_task(fetcher().fetch(server.url))
        while server.sent < 100:
            await asyncio.sleep(0.01)
        fetching.cancel()
        await asyncio.wait_for(server.gone.wait(), 1)
        assert fetching.cancelled()


# What does not come


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (http("application/pdf") + b"%PDF-1.7", "the source is a PDF, which can't be read"),
        (http("application/zip") + b"PK", "this type of source can't be read"),
        (b"HTTP/1.1 200 OK\r\n\r\nwhat is this", "this type of source can't be read"),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "the source answered 404"),
        (b"HTTP/1.1 302 Found\r\n\r\n", "the source answered 302"),
        (b"SSH-2.0-OpenSSH_9.9\r\n", "the source did not send valid HTTP"),
        (b"", "the connection to the source was lost"),
        (http("text/html", "Content-Length: 9") + b"half", "the connection to the source was lost"),
        (http("text/html", "Content-Encoding: gzip") + b"not so", "the connection to the source was lost"),
    ],
)
async def test_each_failure_says_what_it_is(fetcher: MakeFetcher, answer: bytes, said: str) -> None:
    async with wire(answer) as server:
        assert await failed(fetcher(), server.url) == said


async def test_a_server_that_is_not_there_can_not_be_reached(fetcher: MakeFetcher) -> None:
    async with wire() as server:
        url = server.url
    assert await failed(fetcher(), url) == "the source can't be reached"


@pytest.mark.parametrize("host", ["nowhere.test", "a" * 70 + ".test", "a..test"])
async def test_a_name_that_is_not_known_is_a_failure(fetcher: MakeFetcher, host: str) -> None:
    assert await failed(fetcher(), f"http://{host}/") == "the source's host name is unknown"
