"""The transport against servers that say exactly what they are told to, over real sockets."""

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import cast

import httpx2
import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from service.core.pace import steady
from service.models import transport
from service.models.transport import PUSH, PushTransport

OK = b"HTTP/1.1 200 OK\r\n"
BEES = OK + b"Content-Length: 4\r\n\r\nbees"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n4\r\nbees\r\n5\r\n hum.\r\n0\r\n\r\n"


frames: list[float] = []  # how long they last, if bytes are read by them


@pytest.fixture(params=[None, 0.002], ids=["as they come", "by frames"], autouse=True, scope="module")
def bytes_are_read(request: pytest.FixtureRequest) -> None:
    frames[:] = [] if request.param is None else [request.param]


@asynccontextmanager
async def serving(
    *answers: Iterable[bytes | asyncio.Event],
    close: bool = False,
    forgets: bool = False,
    tls: ssl.SSLContext | None = None,
) -> AsyncGenerator[tuple[httpx2.AsyncClient, list[str]]]:
    """A server with one answer for each request, sent piece by piece, and what happened to it. One that forgets closes
    a connection at its second request, without a word."""
    happened: list[str] = []
    left = iter(answers)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        happened.append("connected")
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                happened.append(head.split(b" HTTP/1.1\r\n")[0].decode())
                for piece in next(left):
                    if isinstance(piece, asyncio.Event):
                        await piece.wait()
                    else:
                        writer.write(piece)
                        await writer.drain()
                if close:
                    break
                if forgets:
                    await reader.readuntil(b"\r\n\r\n")
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        happened.append("gone")

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    way = PushTransport(connect_timeout=1, pace=steady(*frames) if frames else None)
    async with httpx2.AsyncClient(transport=way, base_url=url, timeout=None) as client:
        yield client, happened
    server.close()
    async with asyncio.timeout(60):
        while happened.count("gone") < happened.count("connected"):
            await asyncio.sleep(0.005)


async def pushed(client: httpx2.AsyncClient, *, enough: int | None = None) -> bytes:
    """The body of the next answer, as it is pushed, or the first so many pieces of it."""
    pieces: list[bytes] = []
    async with client.stream("GET", "/") as response:
        await response.extensions[PUSH](lambda piece: pieces.append(piece) is not None or len(pieces) == enough)
    return b"".join(pieces)


@given(cuts=st.lists(st.integers(0, len(CHUNKED)), max_size=8))
async def test_a_body_is_whole_however_it_is_cut(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(CHUNKED)]
    pieces = [CHUNKED[a:b] for a, b in pairwise(edges)]
    async with serving(pieces, pieces) as (client, happened):
        assert await pushed(client) == b"bees hum."
        assert (await client.get("/")).content == b"bees hum."
        assert happened.count("connected") == 1


async def test_a_connection_is_used_again_and_two_at_once_are_two() -> None:
    async with serving(*[[BEES]] * 4) as (client, happened):
        for _ in range(2):
            assert await pushed(client) == b"bees"
        assert happened.count("connected") == 1
        assert await asyncio.gather(pushed(client), pushed(client)) == [b"bees", b"bees"]
        assert happened.count("connected") == 2


async def test_interim_answers_are_passed_over() -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"
    async with serving([b"HTTP/1.1 100 Continue\r\n\r\n", early, BEES]) as (client, _):
        response = await client.get("/")
        assert (response.status_code, response.content) == (200, b"bees")
        assert "link" not in response.headers


async def test_a_body_without_a_length_lasts_until_the_connection_ends() -> None:
    async with serving([OK + b"\r\nbees", b" hum."], [BEES], close=True) as (client, happened):
        assert await pushed(client) == b"bees hum."
        assert await pushed(client) == b"bees"
        assert happened.count("connected") == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ([OK + b"Content-Length: 9\r\n\r\nbees"], httpx2.ReadError),
        ([CHUNKED[:-20]], httpx2.ReadError),
        ([], httpx2.ReadError),
        ([b"SSH-2.0-OpenSSH_9.2\r\n"], httpx2.RemoteProtocolError),
        ([OK + b"X: " + b"x" * 10_000 + b"\r\n"] + [b"Y: " + b"y" * 10_000 + b"\r\n"] * 10, httpx2.RemoteProtocolError),
        ([b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: bees\r\nConnection: upgrade\r\n\r\n"], httpx2.TransportError),
    ],
    ids=["short", "cut", "nothing", "not HTTP", "header flood", "upgrade"],
)
async def test_a_broken_answer_is_an_error(answer: list[bytes], error: type[Exception]) -> None:
    async with serving(answer, close=True) as (client, _):
        with pytest.raises(error):
            await pushed(client)


async def test_what_comes_unasked_ends_the_connection() -> None:
    async with serving([BEES + BEES], [BEES]) as (client, happened):
        assert await pushed(client) == b"bees"
        assert await pushed(client) == b"bees"
        assert happened.count("connected") == 2


async def test_an_error_of_the_reader_is_raised_where_it_pushes() -> None:
    def burn(piece: bytes) -> bool:
        raise ArithmeticError(piece)

    async with serving([BEES], [BEES]) as (client, happened):
        with pytest.raises(ArithmeticError):
            async with client.stream("GET", "/") as response:
                await response.extensions[PUSH](burn)
        assert await pushed(client) == b"bees"
        assert happened.count("connected") == 2


async def test_a_reader_that_has_enough_gives_the_connection_back_once_the_rest_has_come() -> None:
    taken = asyncio.Event()
    async with serving([CHUNKED[:-5], taken, CHUNKED[-5:]], [BEES]) as (client, happened):
        assert await pushed(client, enough=1) == b"bees hum."
        taken.set()
        while not any(client._transport._idle.values()):  # ty: ignore[missing-attribute]
            await asyncio.sleep(0.005)
        assert await pushed(client) == b"bees"
        assert happened.count("connected") == 1


async def test_a_rest_that_does_not_come_ends_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "LINGER", 0.05)
    async with serving([CHUNKED[:-5]]) as (client, happened):
        assert await pushed(client, enough=1) == b"bees hum."
        async with asyncio.timeout(60):
            while happened[-1] != "gone":
                await asyncio.sleep(0.01)


async def test_a_kept_connection_that_is_closed_at_the_next_request_is_replaced() -> None:
    async with serving([BEES], [BEES], forgets=True) as (client, happened):
        assert await pushed(client) == b"bees"
        assert await pushed(client) == b"bees"
        assert happened.count("connected") == 2


async def test_a_new_connection_that_is_closed_at_once_is_an_error() -> None:
    async with serving([], close=True) as (client, happened):
        with pytest.raises(httpx2.ReadError):
            await pushed(client)
        assert happened.count("connected") == 1


async def test_a_long_rest_that_nobody_wants_does_not_stop_the_next_request() -> None:
    big = OK + b"Content-Length: 4000000\r\n\r\n" + b"x" * 4_000_000
    async with serving([big], [BEES]) as (client, happened), asyncio.timeout(60):
        assert await pushed(client, enough=1)
        kept = cast(PushTransport, client._transport)._idle
        while not any(kept.values()):  # until the rest was read
            await asyncio.sleep(0.01)
        assert await pushed(client) == b"bees"
        assert happened.count("connected") == 1


async def test_an_idle_connection_is_closed_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "KEEP_ALIVE", 0.05)
    async with serving([BEES], [BEES]) as (client, happened):
        await pushed(client)
        async with asyncio.timeout(60):
            while happened[-1] != "gone":
                await asyncio.sleep(0.01)
        assert await pushed(client) == b"bees"


async def test_a_body_that_nobody_takes_is_not_read_without_bound() -> None:
    size, piece = 64 * 2**20, b"x" * 2**16
    sent = 0

    def flood() -> Iterator[bytes]:
        nonlocal sent
        yield OK + b"Content-Length: %d\r\n\r\n" % size
        while sent < size:
            sent += len(piece)
            yield piece

    async with serving(flood()) as (client, _), client.stream("GET", "/") as response:
        before = -1
        while sent != before:
            before = sent
            await asyncio.sleep(0.2)
        assert sent < size / 2
        assert len(await response.aread()) == size


async def test_cancelling_closes_the_connection_at_once() -> None:
    async with serving([OK + b"Content-Length: 9\r\n\r\n", b"bees"]) as (client, happened):
        pushing = asyncio.create_task(pushed(client))
        while len(happened) < 2:
            await asyncio.sleep(0.01)
        pushing.cancel()
        async with asyncio.timeout(1):
            while happened[-1] != "gone":
                await asyncio.sleep(0.005)
        assert pushing.cancelled()


async def test_a_line_break_in_a_header_is_refused() -> None:
    async with serving([BEES]) as (client, happened):
        with pytest.raises(httpx2.LocalProtocolError):
            await client.get("/", headers={"X-Key": "one\r\nX-Other: two"})
        assert happened == []


async def test_a_server_that_is_not_there_is_an_error() -> None:
    async with httpx2.AsyncClient(transport=PushTransport(connect_timeout=1)) as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get("http://127.0.0.1:1/")


async def test_a_server_that_does_not_accept_in_time_is_an_error() -> None:
    with socket.socket() as full:  # whose backlog holds one, so that the next one waits
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        with socket.create_connection(address):
            async with httpx2.AsyncClient(transport=PushTransport(connect_timeout=0.1)) as client:
                with pytest.raises(httpx2.ConnectTimeout):
                    await client.get(f"http://127.0.0.1:{address[1]}/")


async def test_https_is_checked_against_the_trusted_authorities(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    async with serving([BEES], tls=context) as (client, _):
        with pytest.raises(httpx2.ConnectError):
            await pushed(client)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    async with serving([BEES], [BEES], tls=context) as (client, happened):
        assert await pushed(client) == b"bees"
        assert await pushed(client) == b"bees"
        assert happened.count("connected") == 1
