"""Servers on this machine are taken for what they say they are, and cost a start nothing."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from service.models.local import finding
from service.models.local.finding import Running, find
from tests.server import free_port

LLAMA = {"/v1/models": {"data": [{"id": "mistral", "owned_by": "llamacpp"}]}}


def ollama(*models: Mapping[str, Any], running: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "/": "Ollama is running",
        "/api/tags": {"models": models},
        "/api/ps": {"models": [{"name": name} for name in running]},
    }


@asynccontextmanager
async def serving(pages: Mapping[str, Any], head: str = "") -> AsyncGenerator[int]:
    """Answers each path with its text or JSON, after a head of its own if there is one."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        page = pages.get(path)
        body = (page if isinstance(page, str) else json.dumps(page)).encode()
        status = "404 Not Running" if page is None else "200 OK"
        writer.write((head or f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def found(**ports: int) -> Running | None:
    """Who is found if these servers are at these ports."""
    names = {name.lower().replace(".", "_").replace(" ", "_"): name for name, _, _ in finding.SERVERS}
    at = {names[name]: port for name, port in ports.items()}
    return await find([(name, at[name], look) for name, _, look in finding.SERVERS if name in at])


async def test_ollamas_latest_model_that_can_write_is_used() -> None:
    models = (
        {"name": "nomic-embed-text:latest", "details": {"family": "nomic-bert"}},
        {"name": "all-minilm:latest", "details": {"family": "bert"}},
        {"name": "gpt-oss:120b-cloud", "remote_host": "https://models.example"},
        {"name": "llama3.2:latest", "details": {"family": "llama"}},
        {"name": "gemma3:4b", "details": None},
    )
    async with serving(ollama(*models)) as port:
        url = f"http://127.0.0.1:{port}/v1"
        assert await found(ollama=port) == Running(server="Ollama", url=url, model="llama3.2:latest", loaded=False)
    async with serving(ollama(*models, running=("nomic-embed-text:latest", "gemma3:4b"))) as port:
        seen = await found(ollama=port)
        assert seen is not None
        assert (seen.model, seen.loaded) == ("gemma3:4b", True)


async def test_lm_studios_loaded_language_model_is_used() -> None:
    models = [
        {"id": "nomic", "type": "embeddings", "state": "loaded"},
        {"id": "first", "type": "llm", "state": "not-loaded"},
        {"id": "second", "type": "vlm", "state": "loaded"},
    ]
    async with serving({"/api/v0/models": {"data": models}}) as port:
        seen = await found(lm_studio=port)
        assert seen is not None
        assert (seen.server, seen.model, seen.loaded) == ("LM Studio", "second", True)


async def test_a_loaded_model_goes_before_one_that_is_not() -> None:
    async with serving(ollama({"name": "llama3.2"})) as first, serving(LLAMA) as second:
        seen = await found(ollama=first, llama_cpp=second)
        assert seen is not None
        assert (seen.server, seen.model) == ("llama.cpp", "mistral")


@pytest.mark.parametrize(
    ("server", "pages"),
    [
        ("ollama", {**ollama({"name": "llama3.2"}), "/": "Welcome"}),
        ("ollama", ollama()),
        ("ollama", ollama({"name": "bge-m3", "details": {"family": "bert"}})),
        ("ollama", {"/": "Ollama is running"}),
        ("lm_studio", {"/api/v0/models": {"data": [{"id": "nomic", "type": "embeddings"}]}}),
        ("lm_studio", {"/api/v0/models": {"data": 7}}),
        ("llama_cpp", {"/v1/models": {"data": [{"id": "a-shop", "owned_by": "somebody"}]}}),
        ("llama_cpp", {"/v1/models": {"data": [{"id": "bge-reranker", "owned_by": "llamacpp"}]}}),
        ("llama_cpp", {"/v1/models": "<html>Hello</html>"}),
        ("llama_cpp", {"/v1/models": "[" * 100_000}),
        ("llama_cpp", {"/v1/models": LLAMA["/v1/models"] | {"more": "x" * finding.LONGEST}}),
    ],
)
async def test_what_is_no_such_server_or_can_not_write_is_left_alone(server: str, pages: dict[str, Any]) -> None:
    async with serving(pages) as port:
        assert await found(**{server: port}) is None


async def test_an_answer_may_come_in_chunks() -> None:
    body = json.dumps(LLAMA["/v1/models"])
    chunked = f"{len(body):x}\r\n{body}\r\n0\r\n\r\n"
    async with serving({"/v1/models": chunked}, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") as port:
        assert await found(llama_cpp=port) is not None


@pytest.mark.parametrize("head", ["220 mail.example ESMTP\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"])
async def test_what_is_not_http_or_breaks_off_is_left_alone(head: str) -> None:
    async with serving(LLAMA, head) as port:
        assert await found(llama_cpp=port) is None


async def test_no_redirect_is_followed_and_no_proxy_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(LLAMA) as port:
        redirect = f"HTTP/1.1 302 Running\r\nLocation: http://127.0.0.1:{port}/v1/models\r\nContent-Length: 4\r\n\r\n"
        async with serving({}, redirect) as other:
            assert await found(llama_cpp=other) is None
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
        assert await found(llama_cpp=port) is not None


async def test_nobody_is_waited_for_long() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server, serving(LLAMA) as port:
        mute = server.sockets[0].getsockname()[1]
        began = time.monotonic()
        seen = await found(ollama=mute, lm_studio=mute, llama_cpp=port)
        took = time.monotonic() - began
        assert seen is not None
        assert seen.server == "llama.cpp"
        assert took >= finding.WITHIN
        assert took < 3 * finding.WITHIN + 1
    assert await found(ollama=free_port(), lm_studio=free_port(), llama_cpp=free_port()) is None
