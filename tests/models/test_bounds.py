"""What an endpoint may answer, over real sockets: how much, in which form, and what is said of the rest."""

import asyncio
import dataclasses
import gc
import gzip
import json
import os
import resource
import socket
from collections.abc import AsyncGenerator, Generator, Iterable
from contextlib import asynccontextmanager, contextmanager, nullcontext

import pytest

from service.core.errors import ImageFailed
from service.core.model_errors import ModelError
from service.messages import say
from service.models import bounds
from service.models.client import OpenAIModel, connect
from service.models.images import OpenAIPainter
from tests.models.test_client import ASKED, LIMITS
from tests.models.test_reading import chunk

ONCE = dataclasses.replace(LIMITS, attempts=1)
WHOLE = chunk("Bees hum.") + chunk(finish="stop") + b"data: [DONE]\n\n"


class Server:
    """Answers each request with the same pieces, and counts the bytes that went out and the requests that came in."""

    def __init__(self) -> None:
        self.url = ""
        self.sent = 0
        self.requests = 0


@asynccontextmanager
async def answering(head: str, pieces: Iterable[bytes] = ()) -> AsyncGenerator[Server]:
    server = Server()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            server.requests += 1
            writer.write(f"HTTP/1.1 {head}\r\nConnection: close\r\n\r\n".encode())
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                server.sent += len(piece)
        except ConnectionError:
            pass
        writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    async with listening:
        yield server


@asynccontextmanager
async def asking(url: str, key: str | None = None) -> AsyncGenerator[OpenAIModel]:
    model = connect(api_key=key, base_url=url, name="some-model", limits=ONCE)
    yield model
    await model.close()


async def failing(url: str, key: str | None = None) -> ModelError:
    async with asking(url, key) as model:
        with pytest.raises(ModelError) as caught:
            await model.ask(ASKED)
    return caught.value


async def said(head: str, body: bytes, key: str | None = None) -> str:
    async with answering(head, [body]) as server:
        return say((await failing(server.url, key)).sentence)


async def test_of_an_error_only_the_head_is_read() -> None:
    async with answering("503 Sorry\r\nRetry-After: 7", [b"x" * 65_536] * 1_000) as server:
        failure = await failing(server.url)
        assert (failure.code, failure.retry_after) == ("model_unavailable", 7)
        assert server.sent < 20_000_000  # what sockets hold


async def test_an_error_that_is_compressed_is_not_decompressed() -> None:
    bomb = gzip.compress(json.dumps({"error": {"message": "bees"}}).encode())
    assert await said("400 No\r\nContent-Encoding: gzip", bomb) == "the provider answered 400"


async def test_an_answer_that_is_compressed_is_refused() -> None:
    async with answering("200 OK\r\nContent-Encoding: gzip", [gzip.compress(WHOLE)]) as server:
        failure = await failing(server.url)
        assert (failure.code, failure.params["reason"]) == ("model_stream_broken", "compressed")
        async with asking(server.url) as model:
            with pytest.raises(ImageFailed) as caught:
                await OpenAIPainter(model.client, "painter", timeout=5).paint("Bees")
        assert "compressed" in say(caught.value.sentence)


async def test_bounds_hold_behind_a_proxy_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MAX_ERROR", 1_000)
    async with answering("400 No", [b"bees" * 300]) as proxy:
        for name, value in {"http_proxy": proxy.url.removesuffix("/v1"), "no_proxy": ""}.items():
            monkeypatch.setenv(name, value)
            monkeypatch.setenv(name.upper(), value)
        assert (await failing("http://models.example/v1")).params["said"] == "bees" * 50


async def test_a_redirect_is_told_and_not_followed() -> None:
    async with answering("200 OK", [WHOLE]) as elsewhere:
        told = await said(f"307 Moved\r\nLocation: {elsewhere.url}/chat/completions", b"")
        assert told.startswith(f"the provider answered 307: it redirects to {elsewhere.url}")
        assert elsewhere.requests == 0


PAGE = b"<!doctype html><html><head><style>p { }</style><title>\n No such  page</title></head><body>x</body></html>"
ERRORS = [
    (b'{"error":{"message":"no such model"}}', "no such model"),
    (b'{"error":"model not found"}', "model not found"),
    (b'{"detail":"Not Found"}', "Not Found"),
    (b'{"message":"bad\\u001b[31m\\u0007 \\ud83c request"}', "bad [31m ? request"),
    (PAGE, "No such page"),
    (b"<h1>Bad request</h1>", "Bad request"),
    (b"<title>" * 9_000, ""),
    (b"Use HTTPS, please.\n", "Use HTTPS, please."),
    (b"", ""),
    (b"x" * 70_000, "x" * 200),
]


@pytest.mark.parametrize(("body", "words"), ERRORS)
async def test_the_words_of_an_error_are_told_in_one_line(body: bytes, words: str) -> None:
    told = f"the provider answered 400: {words}" if words else "the provider answered 400"
    assert await said("400 Bad Request", body) == told


async def test_a_key_is_masked_and_a_word_is_not() -> None:
    assert (await said("400 No", b"none of the keys: sk-secret", "sk-secret")).endswith("none of the keys: ***")
    assert (await said("400 No", b"none of the keys")).endswith("none of the keys")


@contextmanager
def no_descriptors() -> Generator[None]:
    """This process can open nothing more."""
    gc.collect()  # what earlier tests have left open may close at any moment
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.open(os.devnull, os.O_RDONLY)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def load(model: OpenAIModel) -> None:
    """What Python loads at the first call is read from files."""
    with pytest.raises(ModelError):
        await model.ask(ASKED)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_lack_of_file_descriptors_is_named_and_logged_once(host: str, caplog: pytest.LogCaptureFixture) -> None:
    async with asking(f"http://{host}:9/v1") as model:
        await load(model)
        for _ in range(3):
            with no_descriptors(), pytest.raises(ModelError) as caught:
                await model.ask(ASKED)
            assert (caught.value.code, caught.value.params) == ("model_unreachable", {"reason": "no_descriptors"})
    assert [record.getMessage().split(",")[0] for record in caplog.records] == ["No file descriptors are left"]


async def test_a_name_that_can_not_be_looked_up_for_lack_of_descriptors_is_not_called_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown(*_: object, **__: object) -> None:  # as the system says it in both cases
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    async with asking("http://localhost:9/v1") as model:
        await load(model)
        for params, lack in (({"reason": "no_descriptors"}, no_descriptors()), ({}, nullcontext())):
            with lack, pytest.raises(ModelError) as caught:
                await model.ask(ASKED)
            assert (caught.value.code, caught.value.params) == ("model_unreachable", params)
