"""What servers tell about themselves, over real sockets, and what is made of it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from service.core.model_errors import ModelUnreachable
from service.models.client import Limits, OpenAIModel, connect
from service.models.found import LONGEST, LOOKS, Found
from service.models.model import CALLS, Want
from tests.models.test_client import ASKED, FINE, LIMITS

OPEN = replace(LIMITS, calls_at_once=None)
PATHS = {"models": "/v1/models", "props": "/props", "ps": "/api/ps", "studio": "/api/v0/models"}
LLAMA = {
    "models": {"data": [{"id": "any.gguf", "owned_by": "llamacpp", "meta": {"n_params": 134_515_008}}]},
    "props": {"total_slots": 4, "default_generation_settings": {"n_ctx": 2048}},
}
LOADED = {
    "models": [
        {"name": "llama3.2:latest", "context_length": 4096, "details": {"parameter_size": "3.2B"}},
        {"name": "qwen3:8b", "context_length": 8192, "details": {"parameter_size": "8.2B"}},
    ]
}
OLLAMA = {"models": {"data": [{"id": "llama3.2:latest"}, {"id": "qwen3:8b"}]}, "ps": LOADED}
TWO = "llama3.2:latest", "qwen3:8b"
STUDIO = {"models": {"data": [{"id": "name"}]}, "studio": {"data": [{"id": "name", "loaded_context_length": 4096}, 7]}}


class Server:
    """Answers at the paths what is given for them, and questions with FINE."""

    def __init__(self, url: str, answers: dict[str, Any]) -> None:
        self.url, self.answers = url, answers
        self.looks = self.under_way = self.most_under_way = 0
        self.keys: set[str | None] = set()
        self.bodies: list[dict[str, Any]] = []

    async def told(self, request: web.Request) -> web.Response:
        self.looks += request.path == PATHS["ps"]
        self.keys.add(request.headers.get("Authorization"))
        answer = self.answers.get(next(name for name, path in PATHS.items() if path == request.path))
        if isinstance(answer, ConnectionError) and request.transport is not None:
            request.transport.abort()
        if isinstance(answer, bytes):
            return web.Response(body=answer)
        return web.json_response(answer or {"error": "no"}, status=200 if answer else 404)

    async def asked(self, request: web.Request) -> web.StreamResponse:
        self.bodies.append(await request.json())
        return await self.completed(request)

    async def completed(self, request: web.Request) -> web.Response:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0.01)
        self.under_way -= 1
        return web.Response(body=FINE, content_type="text/event-stream")


@asynccontextmanager
async def serving(port: int = 0, /, **answers: Any) -> AsyncGenerator[Server]:
    app, made = web.Application(), Server("", answers)
    for path in PATHS.values():
        app.router.add_get(path, made.told)
    app.router.add_post("/v1/chat/completions", made.asked)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield made
    finally:
        await runner.cleanup()


@asynccontextmanager
async def connected(
    server: Server, name: str = "name", limits: Limits = OPEN, *, asked: int = 1
) -> AsyncGenerator[OpenAIModel]:
    model = connect(api_key="sk-1", base_url=server.url, name=name, limits=limits, looks=2)
    try:
        for _ in range(asked):
            await model.ask(ASKED)
        yield model
    finally:
        await model.close()


@pytest.mark.parametrize(
    ("answers", "name", "found"),
    [
        (LLAMA, "whatever",
         Found(server="llama.cpp", window=2048, slots=4, parameters=134_515_008, models=("any.gguf",))),
        (OLLAMA, "llama3.2",
         Found(server="Ollama", window=4096, slots=1, parameters=3_200_000_000, models=TWO)),
        (OLLAMA, "qwen3:8b",
         Found(server="Ollama", window=8192, slots=1, parameters=8_200_000_000, models=TWO)),
        (OLLAMA | {"ps": {"models": []}}, "qwen3:8b",
         Found(server="Ollama", slots=1, models=TWO, pending=True)),
        (STUDIO, "name", Found(server="LM Studio", window=4096, slots=1, models=("name",))),
        (STUDIO | {"studio": {"data": [{"id": "name"}]}}, "name",
         Found(server="LM Studio", slots=1, models=("name",), pending=True)),
        ({"models": {"data": [{"id": "name", "owned_by": "vllm", "max_model_len": 32768}]}}, "name",
         Found(server="vLLM", window=32768, models=("name",))),
        ({"models": {"data": [{"id": "a/b", "context_length": 131072}, {"id": "c"}]}}, "a/b",
         Found(window=131072, models=("a/b", "c"))),
        ({"models": {"data": [{"id": "a"}, {"id": "b"}]}}, "name", Found(models=("a", "b"))),
        ({}, "name", Found()),
        (dict.fromkeys(PATHS, b"<html>Hello</html>"), "name", Found()),
        (dict.fromkeys(PATHS, b"[" * 100000), "name", Found()),
        (dict.fromkeys(PATHS, b'"' + b"x" * LONGEST + b'"'), "name", Found()),
        (dict.fromkeys(PATHS, b"[]"), "name", Found()),
        ({"models": {"data": 7}, "props": {"total_slots": True, "default_generation_settings": []}}, "name",
         Found(server="llama.cpp")),
        ({"ps": {"models": [{"name": "name", "context_length": -1, "details": {"parameter_size": "many"}}]}}, "name",
         Found(server="Ollama", slots=1)),
        ({"ps": {"models": [{"name": "name", "details": {"parameter_size": "360M"}}]}}, "name",
         Found(server="Ollama", slots=1, parameters=360_000_000)),
    ],
)  # fmt: skip
async def test_what_a_server_tells(answers: dict[str, Any], name: str, found: Found) -> None:
    async with serving(**answers) as server, connected(server, name) as model:
        assert model.server.found == found
        assert model.window.size == found.window
        assert model.calls_at_once == (found.slots or CALLS)
        assert server.keys == {"Bearer sk-1"}


async def test_it_is_asked_once() -> None:
    async with serving(**LLAMA) as server, connected(server, asked=3):
        assert server.looks == 1


async def test_it_is_asked_again_until_the_model_is_loaded() -> None:
    async with serving(**OLLAMA | {"ps": {"models": []}}) as server, connected(server, "qwen3:8b") as model:
        assert model.window.size is None
        server.answers["ps"] = LOADED
        for _ in range(3):
            await model.ask(ASKED)
        assert (model.window.size, server.looks) == (8192, 2)


async def test_it_is_not_asked_for_ever() -> None:
    async with serving(**OLLAMA | {"ps": {"models": []}}) as server, connected(server, asked=LOOKS + 3):
        assert server.looks == LOOKS


async def test_as_many_calls_at_once_as_it_has_slots() -> None:
    async with serving(**OLLAMA) as server, connected(server) as model:
        await asyncio.gather(*(model.ask(ASKED) for _ in range(5)))
        assert server.most_under_way == 1


async def test_what_is_set_counts_more() -> None:
    limits = replace(OPEN, calls_at_once=3, window=1_500)
    async with serving(**LLAMA) as server, connected(server, limits=limits) as model:
        assert (model.calls_at_once, model.window.size) == (3, 1_500)


async def test_a_server_that_is_not_there_yet_is_asked_once_it_is() -> None:
    async with serving() as server:
        port = int(server.url.split(":")[2].split("/")[0])
    model = connect(api_key=None, base_url=server.url, name="name", limits=OPEN, looks=2)
    with pytest.raises(ModelUnreachable):
        await model.ask(ASKED)
    async with serving(port, **LLAMA):
        await model.ask(ASKED)
        assert model.server.found.server == "llama.cpp"
        await model.close()


async def test_a_server_that_answers_but_tells_nothing_is_asked_once() -> None:
    async with serving(**{name: ConnectionError() for name in PATHS}) as server, connected(server, asked=3) as model:
        assert (model.server.found, server.looks) == (Found(), 1)


async def test_calls_at_the_same_time_ask_it_once() -> None:
    async with serving(**LLAMA) as server, connected(server, asked=0) as model:
        await asyncio.gather(*(model.ask(ASKED) for _ in range(3)))
        assert server.looks == 1


@pytest.mark.parametrize(("parameters", "small"), [(None, False), (360_000_000, True), (8_000_000_000, False)])
def test_what_is_small(parameters: int | None, small: bool) -> None:
    assert Found(parameters=parameters).small is small


async def test_a_small_model_has_less_room_to_ramble() -> None:
    async with serving(**LLAMA) as server, connected(server, asked=0) as model:
        assert await model.small()
        await model.ask(ASKED, want=Want(tokens=100))
        assert server.bodies[-1]["max_tokens"] == 50
