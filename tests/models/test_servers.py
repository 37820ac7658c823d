"""Each kind of server, as it is known to treat fields and long prompts, played by a script over real sockets."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pytest
from aiohttp import web

from service.core.model_errors import ModelContextExceeded
from service.core.work import working
from service.models.capabilities import NEW, OLD
from service.models.client import OpenAIModel, connect
from service.models.model import Fitting, Message, Want
from tests.models.test_client import LIMITS, Heard
from tests.models.test_found import LLAMA, OLLAMA, PATHS, STUDIO
from tests.models.test_reading import chunk

SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}}}
WANT = Want(tokens=200, schema=SCHEMA)
LONG = "Bees hum in the meadow. " * 1_000
WINDOW = 2_048
Overflow = Literal["refused", "silent", "in the stream"]


@dataclass
class Script:
    """What a server does."""

    told: dict[str, Any] = field(default_factory=dict)
    lengths: tuple[str, ...] = (OLD, NEW)  # fields that it takes
    forms: tuple[str, ...] = ("json_schema", "json_object", "text")
    usage: bool = True  # whether it takes stream_options
    unknown: str = ""  # how it refuses a field that it doesn't take; otherwise it ignores it
    status: int = 400
    overflow: Overflow = "refused"
    says: str = ""  # when a prompt is too long
    bodies: list[dict[str, Any]] = field(default_factory=list)

    async def completed(self, request: web.Request) -> web.Response:
        body = json.loads(await request.read())
        self.bodies.append(body)
        if self.unknown and (refused := self._refused(body)):
            return web.json_response({"error": {"message": self.unknown.format(refused)}}, status=self.status)
        read = sum(len(message["content"]) for message in body["messages"]) // 4
        if read + (body.get(OLD) or body.get(NEW) or 0) <= WINDOW:
            return _answer(chunk("Bees hum.") + chunk(finish="stop"), read)
        if self.overflow == "silent":
            return _answer(chunk("Hum.") + chunk(finish="stop"), WINDOW // 2)
        said = self.says.format(read=read, window=WINDOW)
        if self.overflow == "in the stream":
            return _answer(b"data: " + json.dumps({"error": {"message": said}}).encode() + b"\n\n", 0)
        return web.json_response({"error": {"message": said, "code": 400}}, status=400)

    def _refused(self, body: dict[str, Any]) -> str:
        for name in {OLD, NEW} - set(self.lengths):
            if name in body:
                return name
        if "stream_options" in body and not self.usage:
            return "stream_options"
        form = body.get("response_format", {}).get("type", "text")
        return "" if form in self.forms else f"response_format.{form}"


def _answer(stream: bytes, read: int) -> web.Response:
    counted = b'data: {"choices":[],"usage":{"prompt_tokens":%d,"completion_tokens":5}}\n\n' % read
    return web.Response(body=stream + counted + b"data: [DONE]\n\n", content_type="text/event-stream")


@asynccontextmanager
async def playing(script: Script) -> AsyncGenerator[OpenAIModel]:
    app = web.Application()

    async def told(request: web.Request) -> web.Response:
        answer = script.told.get(next(name for name, path in PATHS.items() if path == request.path))
        return web.json_response(answer or {"error": "no"}, status=200 if answer else 404)

    for path in PATHS.values():
        app.router.add_get(path, told)
    app.router.add_post("/v1/chat/completions", script.completed)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    model = connect(api_key=None, base_url=url, name="qwen3:8b", limits=replace(LIMITS, calls_at_once=None), looks=2)
    try:
        yield model
    finally:
        await model.close()
        await runner.cleanup()


SERVERS = {
    "llama.cpp": lambda: Script(
        LLAMA, says="request ({read} tokens) exceeds the available context size ({window} tokens), try increasing it"
    ),
    "llama.cpp, old, without the newer name": lambda: Script(LLAMA, (OLD,)),
    "Ollama": lambda: Script(OLLAMA, (OLD,), overflow="silent"),
    "Ollama, not loaded yet": lambda: Script(OLLAMA | {"ps": {"models": []}}, (OLD,), overflow="silent"),
    "Ollama behind a proxy": lambda: Script({}, (OLD,), overflow="silent"),
    "vLLM": lambda: Script(
        says="This model's maximum context length is {window} tokens. However, you requested {read} tokens "
        "({read} in the messages, 200 in the completion)."
    ),
    "LM Studio": lambda: Script(
        STUDIO, forms=("json_schema", "text"), unknown="'{}' must be 'json_schema' or 'text'", overflow="in the stream",
        says="The model is loaded with context length of only {window} tokens, which is not enough",
    ),
    "OpenAI, a model that reasons": lambda: Script(
        lengths=(NEW,), unknown="Unsupported parameter: '{}' is not supported with this model.",
        says="This model's maximum context length is {window} tokens. However, you sent {read} tokens.",
    ),
    "Gemini": lambda: Script(
        usage=False, unknown='Invalid JSON payload received. Unknown name "{}": Cannot find field.',
        says="The input token count ({read}) exceeds the maximum number of tokens allowed ({window}).",
    ),
    "Anthropic": lambda: Script(says="prompt is too long: {read} tokens > {window} maximum"),
    "a strict one": lambda: Script(
        lengths=(), forms=("text",), usage=False, unknown="extra_forbidden: {}", status=422,
        says="context length exceeded",
    ),
    "only JSON objects": lambda: Script(
        forms=("json_object", "text"), unknown="{} is not supported", says="too many tokens"
    ),
}  # fmt: skip
LEARNT = {
    "OpenAI, a model that reasons": (NEW, "json_schema", True),
    "Gemini": (OLD, "json_schema", False),
    "a strict one": (None, None, False),
    "only JSON objects": (OLD, "json_object", True),
}


@pytest.mark.parametrize("name", SERVERS)
async def test_what_it_refuses_is_learnt_by_the_first_call(name: str) -> None:
    script = SERVERS[name]()
    async with playing(script) as model:
        with working("") as work:
            await model.ask([Message("user", "Bees?")], want=WANT)
        assert work.attempts == 1
        can = model.capabilities
        assert (can.length, can.form, can.usage) == LEARNT.get(name, (OLD, "json_schema", True))
        asked = len(script.bodies)
        with working("") as work:
            await model.ask([Message("user", "Bees?")], want=WANT)
        assert work.attempts == 1
        assert len(script.bodies) == asked + 1


@pytest.mark.parametrize("name", SERVERS)
async def test_a_long_prompt_is_cut_until_it_fits(name: str) -> None:
    script = SERVERS[name]()
    async with playing(script) as model:
        heard = Heard()
        asked = Fitting(lambda room: [Message("user", LONG[:room])], len(LONG))
        answer = await model.ask(asked, heard, Want(tokens=200))
        assert (answer.text, heard.text) == ("Bees hum.", "Bees hum.")
        tried = len(script.bodies)
        assert (await model.ask(asked, heard, Want(tokens=200))).text == "Bees hum."
        assert len(script.bodies) <= tried + 1 + (script.overflow == "silent")


@pytest.mark.parametrize("name", SERVERS)
async def test_a_long_prompt_that_can_not_be_cut_is_one_clear_error(name: str) -> None:
    async with playing(SERVERS[name]()) as model:
        with pytest.raises(ModelContextExceeded):
            await model.ask([Message("user", LONG)], want=Want(tokens=200))
