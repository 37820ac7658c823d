"""What a server refuses is left out from then on; a refusal of something else is an error."""

import asyncio
import json
from itertools import count
from typing import Any

import httpx
import pytest
import respx

from service.core.events import Usage
from service.core.model_errors import ModelLooped, ModelRejected
from service.core.work import working
from service.models.capabilities import Capabilities
from service.models.client import THOUGHTS, OpenAIModel
from service.models.model import Want
from tests.models.test_client import ASKED, FINE, URL, Heard, model
from tests.models.test_reading import chunk

__all__ = ["model"]

WANT = Want(tokens=100, schema={"type": "object"})
OPTIONAL = {"max_tokens", "max_completion_tokens", "response_format", "stream_options"}


class Picky:
    """A server that refuses some fields, each by name."""

    def __init__(self, *refused: str, status: int = 400) -> None:
        self.refused, self.status = refused, status
        self.bodies: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        self.bodies.append(body)
        for name in self.refused:
            if name in body:
                said = {"error": {"message": f"Unsupported parameter: {name!r} is not known to this model."}}
                return httpx.Response(self.status, json=said)
        return httpx.Response(200, content=FINE)

    @property
    def fields(self) -> set[str]:
        """Of the last request."""
        return self.bodies[-1].keys() & OPTIONAL


@respx.mock
async def test_at_first_all_that_most_servers_take_is_sent(model: OpenAIModel) -> None:
    server = Picky()
    respx.post(URL).mock(side_effect=server)
    await model.ask(ASKED, want=WANT)
    assert server.fields == {"max_tokens", "response_format", "stream_options"}
    assert server.bodies[0]["max_tokens"] == 100
    assert server.bodies[0]["response_format"]["json_schema"]["schema"] == {"type": "object"}
    await model.ask(ASKED)
    assert server.fields == {"stream_options"}


@respx.mock
@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize(
    ("refused", "left"),
    [
        (["max_tokens"], {"max_completion_tokens", "response_format", "stream_options"}),
        (["max_tokens", "max_completion_tokens"], {"response_format", "stream_options"}),
        (["response_format"], {"max_tokens", "stream_options"}),
        (["stream_options"], {"max_tokens", "response_format"}),
        (sorted(OPTIONAL), set()),
    ],
)
async def test_a_refused_field_is_left_out_at_once_and_for_good(
    model: OpenAIModel, refused: list[str], left: set[str], status: int
) -> None:
    server = Picky(*refused, status=status)
    respx.post(URL).mock(side_effect=server)
    heard = Heard()
    with working("") as work:
        answer = await model.ask(ASKED, heard, WANT)
    assert (answer.text, work.attempts, heard.retries) == ("Bees hum.", 1, [])
    assert server.fields == left
    asked = len(server.bodies)
    await model.ask(ASKED, want=WANT)
    assert len(server.bodies) == asked + 1


@respx.mock
async def test_calls_at_the_same_time_learn_from_one_another(model: OpenAIModel) -> None:
    server, both, arrivals = Picky("max_tokens", "response_format"), asyncio.Barrier(2), count()

    async def answered(request: httpx.Request) -> httpx.Response:
        if next(arrivals) < 2:
            await both.wait()
        return server(request)

    respx.post(URL).mock(side_effect=answered)
    async with asyncio.timeout(60):
        with working("") as work:
            await asyncio.gather(*(model.ask(ASKED, want=WANT) for _ in range(2)))
    assert work.attempts == 1


@respx.mock
async def test_another_refusal_is_an_error(model: OpenAIModel) -> None:
    route = respx.post(URL).respond(400, json={"error": {"message": "no such model"}})
    with pytest.raises(ModelRejected):
        await model.ask(ASKED, want=WANT)
    assert route.call_count == 1


@pytest.mark.parametrize("url", ["https://api.openai.com/v1/", "https://mine.openai.azure.com/openai/v1/"])
def test_openai_is_sent_the_new_name(url: str) -> None:
    assert "max_completion_tokens" in Capabilities(url).fields(WANT)


@respx.mock
async def test_a_model_that_reasons_has_room_for_it(model: OpenAIModel) -> None:
    thinking = chunk(reasoning="Hm.") + FINE
    server = respx.post(URL).respond(content=thinking)
    await model.ask(ASKED, want=WANT)
    await model.ask(ASKED, want=WANT)
    assert [json.loads(call.request.content)["max_tokens"] for call in server.calls] == [100, 100 + THOUGHTS]


@respx.mock
async def test_a_server_that_ignores_the_limit_is_stopped(model: OpenAIModel) -> None:
    words = [chunk(f"{chr(97 + n % 26)}{n * n} ") for n in range(2_000)]
    respx.post(URL).respond(content=b"".join(words) + chunk(finish="stop"))
    heard = Heard()
    with working("") as work:
        answer = await model.ask(ASKED, heard, Want(tokens=50))
    assert answer.cut
    assert 390 < len(answer.text) < 420
    assert work.usage == Usage(model.window.tokens(ASKED), heard.text.count(" "))


@respx.mock
async def test_a_loop_is_cut_and_counted(model: OpenAIModel) -> None:
    begins = "Bees make honey from the nectar of flowers. "
    loop = [chunk("They fly. ") for _ in range(500)]
    respx.post(URL).respond(content=chunk(begins) + b"".join(loop) + chunk(finish="stop"))
    heard = Heard()
    with working("") as work:
        answer = await model.ask(ASKED, heard)
    assert answer.cut
    assert answer.text.startswith(begins)
    assert len(answer.text) < 120
    assert work.usage.completion_tokens < 60
    assert len(heard.text) < 500


@respx.mock
async def test_an_answer_that_is_all_loop_is_asked_for_again_and_then_taken(model: OpenAIModel) -> None:
    route = respx.post(URL).respond(content=b"".join([chunk("Hm. ")] * 500))
    heard = Heard()
    answer = await model.ask(ASKED, heard)
    assert (answer.text, answer.cut) == ("Hm.", True)
    assert {code for _, code, _ in heard.retries} == {"model_looped"}
    assert route.call_count == 3


@respx.mock
async def test_thoughts_that_are_all_loop_are_an_error(model: OpenAIModel) -> None:
    respx.post(URL).respond(content=b"".join([chunk(reasoning="Hm. ")] * 500))
    with pytest.raises(ModelLooped), working("") as work:
        await model.ask(ASKED)
    assert work.usage.completion_tokens > 100
