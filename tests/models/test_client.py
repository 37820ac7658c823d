"""The client's contract with its provider, by respx."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import httpx2
import openai
import pytest
import respx

from service.core.events import Usage
from service.core.model_errors import ModelError, ModelRateLimited, ModelRejected
from service.core.work import working
from service.messages import say
from service.models.client import Limits, OpenAIModel
from service.models.model import Message, Phase
from tests.models.test_reading import chunk

URL = "https://models.example/v1/chat/completions"
KEY = "sk-very-secret"
ASKED = [Message("system", "Be brief."), Message("user", "Bees?")]
USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":5}}\n\n'
FINE = chunk("Bees ") + chunk("hum. ") + chunk(finish="stop") + USAGE + b"data: [DONE]\n\n"
LIMITS = Limits(
    calls_at_once=2,
    attempts=3,
    backoff=0.001,
    connect=1,
    first_token=1,
    idle=1,
    total=5,
    max_characters=10_000,
)


class Heard:
    def __init__(self) -> None:
        self.text = ""
        self.retries: list[tuple[int, str, float]] = []
        self.phases: list[tuple[Phase, str]] = []

    def append(self, delta: str) -> None:
        self.text += delta

    def retrying(self, attempt: int, error: ModelError, delay: float) -> None:
        self.text = ""
        self.retries.append((attempt, error.code, delay))

    def running(self, phase: Phase, text: str) -> None:
        self.phases.append((phase, text))


@pytest.fixture
async def model() -> AsyncGenerator[OpenAIModel]:
    http = httpx2.AsyncClient(verify=False)  # nothing leaves the process, and certificates take 40 ms to load
    client = openai.AsyncOpenAI(api_key=KEY, base_url="https://models.example/v1", max_retries=0, http_client=http)
    yield OpenAIModel(client, http, "some-model", LIMITS)
    await client.close()


@respx.mock
async def test_an_answer_is_heard_as_it_comes_and_given_whole(model: OpenAIModel) -> None:
    route = respx.post(URL).respond(content=FINE)
    heard = Heard()
    with working("") as work:
        answer = await model.ask(ASKED, heard)
    assert (answer.text, work.usage, work.attempts) == ("Bees hum.", Usage(3, 5), 1)
    assert heard.text == "Bees hum. "
    request = route.calls.last.request
    assert json.loads(request.content) == {
        "model": "some-model",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Bees?"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["accept-encoding"] == "identity"


@respx.mock
@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503])
async def test_a_passing_failure_is_tried_again_with_the_text_so_far_void(model: OpenAIModel, status: int) -> None:
    respx.post(URL).mock(side_effect=[httpx.Response(status), httpx.Response(200, content=FINE)])
    heard = Heard()
    with working("") as work:
        answer = await model.ask(ASKED, heard)
    assert (answer.text, work.attempts, len(heard.retries)) == ("Bees hum.", 2, 1)


@respx.mock
async def test_text_of_a_cut_answer_is_withdrawn_and_its_usage_counted(model: OpenAIModel) -> None:
    respx.post(URL).mock(
        side_effect=[httpx.Response(200, content=chunk("Wasps ") + USAGE), httpx.Response(200, content=FINE)]
    )
    heard = Heard()
    with working("") as work:
        await model.ask(ASKED, heard)
    assert heard.text == "Bees hum. "
    assert [(attempt, code) for attempt, code, _ in heard.retries] == [(2, "model_stream_broken")]
    assert work.usage == Usage(6, 10)


@respx.mock
@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
async def test_a_rejection_is_final_and_the_key_is_in_no_error(model: OpenAIModel, status: int) -> None:
    said = {"error": {"message": f"Incorrect key {KEY}\nprovided"}}
    route = respx.post(URL).respond(status, json=said)
    with pytest.raises(ModelRejected) as caught:
        await model.ask(ASKED)
    assert route.call_count == 1
    assert KEY not in repr(caught.value) + say(caught.value.sentence)
    assert "\n" not in say(caught.value.sentence)
    assert caught.value.__cause__ is None


@respx.mock
async def test_tries_end(model: OpenAIModel) -> None:
    route = respx.post(URL).respond(503)
    with pytest.raises(ModelError) as caught:
        await model.ask(ASKED)
    assert (caught.value.code, route.call_count) == ("model_unavailable", 3)


@respx.mock
async def test_no_connection_is_said_plainly(model: OpenAIModel) -> None:
    respx.post(URL).mock(side_effect=httpx2.ConnectError("no route"))
    with pytest.raises(ModelError) as caught:
        await model.ask(ASKED)
    assert caught.value.code == "model_unreachable"


@respx.mock
async def test_retry_after_is_obeyed(model: OpenAIModel) -> None:
    respx.post(URL).mock(
        side_effect=[httpx.Response(429, headers={"retry-after": "0.2"}), httpx.Response(200, content=FINE)]
    )
    heard = Heard()
    begun = time.monotonic()
    await model.ask(ASKED, heard)
    assert time.monotonic() - begun >= 0.2
    assert heard.retries == [(2, "model_rate_limited", 0.2)]


@respx.mock
@pytest.mark.parametrize("value", ["soon", "", "nan"])
async def test_a_nonsensical_retry_after_counts_as_none(model: OpenAIModel, value: str) -> None:
    respx.post(URL).mock(
        side_effect=[httpx.Response(429, headers={"retry-after": value}), httpx.Response(200, content=FINE)]
    )
    with working("") as work:
        await model.ask(ASKED)
    assert work.attempts == 2


@respx.mock
async def test_a_provider_that_wants_too_long_a_wait_is_not_waited_for(model: OpenAIModel) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    route = respx.post(URL).respond(429, headers={"retry-after": later})
    with pytest.raises(ModelRateLimited) as caught:
        await model.ask(ASKED)
    assert route.call_count == 1
    assert caught.value.retry_after == pytest.approx(3600, abs=5)


@respx.mock
async def test_calls_under_way_are_limited(model: OpenAIModel) -> None:
    under_way, most = 0, 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1
        return httpx.Response(200, content=FINE)

    respx.post(URL).mock(side_effect=answer)
    await asyncio.gather(*(model.ask(ASKED) for _ in range(6)))
    assert most == 2
