"""What a client may send, how long it may take, and how many there may be. On real sockets."""

import asyncio
import contextlib
import resource
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from service import connections
from tests.server import Server, serving

pytestmark = pytest.mark.process

HEAD = b"POST /start-job HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@asynccontextmanager
async def connected(server: Server) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def all_of(reader: asyncio.StreamReader) -> bytes:
    """What comes until the server closes, also if it then resets the connection."""
    read = b""
    async with asyncio.timeout(60):
        try:
            while part := await reader.read(65536):
                read += part
        except ConnectionError:
            # It came before the reset, and asyncio would keep it to itself.
            read += bytes(reader._buffer)  # ty: ignore[missing-attribute]
    return read


def memory(server: Server) -> int:
    pages = Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]
    return int(pages) * resource.getpagesize()


async def flooded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, piece: bytes, times: int) -> bytes:
    async def flood() -> None:
        with contextlib.suppress(ConnectionError):
            for _ in range(times):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)  # a drain that need not wait would let nobody read the answer

    answer, _ = await asyncio.gather(all_of(reader), flood())
    return answer


async def test_what_is_too_much_is_refused_and_the_connection_closed(tmp_path: Path) -> None:
    async with serving(tmp_path, PRESSROOM_MAX_BODY_BYTES="1000") as server:
        before = memory(server)
        for field in (b"X-Trailer: " + b"x" * 1000 + b"\r\n", b"x" * 10_000):
            async with connected(server) as (reader, writer):
                writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n")
                answer = await flooded(reader, writer, field, 200_000_000 // len(field))
                assert answer.startswith(b"HTTP/1.1 431 ")
        assert memory(server) - before < 50_000_000
        async with connected(server) as (reader, writer):
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 100_000 + b"\r\n\r\n")
            assert (await all_of(reader)).startswith(b"HTTP/1.1 431 ")
        async with connected(server) as (reader, writer):
            writer.write(HEAD + b"Content-Length: 100000\r\n\r\n")
            answer = await flooded(reader, writer, b"x" * 1000, 100)
            assert answer.startswith(b"HTTP/1.1 413 ")
        async with connected(server) as (reader, writer):
            writer.write(HEAD + b"Origin: http://evil.example\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")
            assert (await all_of(reader)).startswith(b"HTTP/1.1 403 ")
        async with connected(server) as (reader, writer):
            writer.write(b"nonsense\r\n\r\n")
            assert (await all_of(reader)).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("also", [b"", b"Connection: close\r\n"])
async def test_what_is_answered_before_its_body_came_says_that_the_connection_ends(tmp_path: Path, also: bytes) -> None:
    async with serving(tmp_path) as server, connected(server) as (reader, writer):
        writer.write(HEAD + also + b"Content-Length: 1000000000\r\n\r\n")

        async def send_on() -> float:
            began = time.monotonic()
            with contextlib.suppress(ConnectionError):
                while True:
                    writer.write(b"x" * 10_000)
                    await writer.drain()
                    await asyncio.sleep(0.01)
            return time.monotonic() - began

        async with asyncio.timeout(30), asyncio.TaskGroup() as both:
            sending = both.create_task(send_on())
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 413 ")
            assert head.count(b"\r\nconnection: close\r\n") == 1
            assert b"body_too_large" in await reader.read()  # to its end, not to a reset
            assert not sending.done()
        assert connections.LINGER_SECONDS - 1 < sending.result() < connections.LINGER_SECONDS + 5


async def test_a_client_that_leaves_in_the_middle_of_its_body_leaves_no_error_in_the_log(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        for path in (b"/start-job", b"/articles/create", b"/articles/1/cancel"):
            async with connected(server) as (_, writer):
                words = b"Host: localhost\r\nContent-Type: application/json\r\nContent-Length: 100"
                writer.write(b"POST " + path + b" HTTP/1.1\r\n" + words + b"\r\n\r\n{}")
        async with asyncio.timeout(30):
            while (log := (tmp_path / "log.txt").read_text()).count("method=POST") < 3:
                await asyncio.sleep(0.02)
        assert "ERROR" not in log
        assert "Traceback" not in log


async def test_a_client_that_uses_its_connections_again_is_never_cut(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        for _ in range(50):
            too_large = await server.client.post("/start-job", content=b"x" * 2_000_000)
            assert too_large.status_code == 413
            assert (await server.client.get("/healthz")).status_code == 200


async def test_a_body_with_trailers_is_taken_and_the_connection_goes_on(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, connected(server) as (reader, writer):
        for _ in range(2):
            body = b'{"topic": "Bees"}'
            writer.write(
                HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\nX-Sum: 1\r\n\r\n" % (len(body), body)
            )
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
            assert head.startswith(b"HTTP/1.1 200 ")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)


async def test_headers_have_to_come_in_time_but_a_stream_may_last(tmp_path: Path) -> None:
    async with serving(tmp_path, PRESSROOM_DEMO_TOKENS_PER_SECOND="2") as server:
        job_id = await server.start_job()
        async with connected(server) as (watched, watching), connected(server) as (slow, dribble):
            watching.write(f"GET /progress/{job_id} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            async with connected(server) as (silent, _), connected(server) as (served, lines):
                lines.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                began = time.monotonic()
                dribbling = asyncio.create_task(drip(dribble, b"GET / HTTP/1.1\r\nX: "))
                empty = asyncio.create_task(drip(lines, b""))
                answers = await asyncio.gather(all_of(slow), all_of(silent), all_of(served))
                assert connections.HEADER_SECONDS - 1 < time.monotonic() - began < connections.HEADER_SECONDS + 5
            for task in (dribbling, empty):
                task.cancel()
            assert answers[0].startswith(b"HTTP/1.1 408 ")
            assert answers[1] == b""
            assert answers[2].count(b"HTTP/1.1 ") == 1
            assert watched.at_eof() is False
            assert b"event: stage" in await watched.read(65536)


async def drip(writer: asyncio.StreamWriter, first: bytes) -> None:
    writer.write(first)
    with contextlib.suppress(ConnectionError):
        while True:
            writer.write(b"x" if first else b"\r\n")
            await writer.drain()
            await asyncio.sleep(0.5)


async def test_there_are_no_more_connections_than_may_be(tmp_path: Path) -> None:
    async with serving(tmp_path, PRESSROOM_CONNECTIONS_AT_ONCE="5") as server:
        async with contextlib.AsyncExitStack() as stack:
            opened = [await stack.enter_async_context(connected(server)) for _ in range(12)]
            async with asyncio.timeout(30):
                while sum(reader.at_eof() or reader.exception() is not None for reader, _ in opened) < 7:
                    await asyncio.sleep(0.01)
        assert await eventually_healthy(server)
    log = (tmp_path / "log.txt").read_text()
    assert log.count("5 connections are open, which is the limit") == 1


async def eventually_healthy(server: Server) -> bool:
    async with asyncio.timeout(30):
        while True:
            with contextlib.suppress(Exception):
                return (await server.client.get("/healthz")).status_code == 200
            await asyncio.sleep(0.05)


def test_model_calls_and_files_keep_their_share_of_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    limits, raised = (1024, 4096), []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _, both: raised.append(both))
    assert connections.most(model_calls=400) == 4096 - 400 - connections.RESERVED
    assert raised == [(4096, 4096)]
    limits = (256, 256)
    assert connections.most(model_calls=400) == 128
    limits = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    assert connections.most(model_calls=400) == connections.MOST


def test_a_lack_of_descriptors_is_named_once(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(connections, "_exhausted", connections._Seldom())
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        for _ in range(3):
            connections.look_for_descriptors()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    (line,) = caplog.records
    assert "all 3 file descriptors are in use" in line.getMessage()
