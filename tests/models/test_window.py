"""What does not fit into a model's window is cut or refused, and never sent."""

import asyncio
import json
from typing import Any

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from service.core.events import Usage
from service.core.model_errors import ModelContextExceeded
from service.core.work import working
from service.models.client import SHORTENINGS, OpenAIModel
from service.models.model import Fitting, Message, Want
from service.models.window import Window, overflow
from tests.models.test_client import FINE, URL, Heard, model
from tests.models.test_reading import chunk
from tests.raising import raises

__all__ = ["model"]

LONG = "Bees hum in the meadow. " * 1_000  # about 8,000 tokens by our estimate


def question(material: str = LONG) -> Fitting:
    return Fitting(lambda room: [Message("system", "Be brief."), Message("user", material[:room] + "?")], len(material))


@given(
    size=st.integers(300, 20_000),
    wanted=st.none() | st.integers(1, 30_000),
    material=st.text(alphabet="ab ü蜂", max_size=60).map(lambda text: text * 700),
)
def test_what_is_sent_fits_beside_the_answer(size: int, wanted: int | None, material: str) -> None:
    window = Window(size)
    messages, want = window.fitted(question(material), Want(tokens=wanted))
    prompt = window.tokens(messages)
    assert prompt + (want.tokens or 0) <= size
    assert prompt <= size - min(wanted or size // 4, size // 2)
    if wanted is not None and wanted <= size // 2:
        assert want.tokens == wanted
    if window.tokens(question(material).within(len(material))) <= size - (wanted or size):
        assert messages == question(material).within(len(material))


def test_of_the_material_as_much_is_kept_as_fits() -> None:
    window = Window(2_000)
    messages, _ = window.fitted(question(), Want(tokens=500))
    assert 1_300 < window.tokens(messages) <= 1_500


def test_what_can_not_be_cut_is_refused() -> None:
    whole = [Message("user", LONG)]
    said = "the prompt has about 8008 tokens, too many for the model's context window of 4096"
    with raises(ModelContextExceeded, said):
        Window(4_096).fitted(whole, Want(tokens=100))
    with pytest.raises(ModelContextExceeded):
        Window(4_096).fitted(Fitting(lambda room: whole, 50), Want(tokens=100))
    assert Window().fitted(whole, Want(tokens=100)) == (whole, Want(tokens=100))


def test_the_estimate_follows_what_the_server_counts() -> None:
    window, messages = Window(), [Message("user", LONG)]
    first = window.tokens(messages)
    window.counted(messages, Usage(2 * first, 5), cut=False)
    assert window.tokens(messages) == 2 * first
    window.counted(messages, Usage(first, 5), cut=False)
    assert first < window.tokens(messages) < 2 * first
    window.counted([Message("user", "Hi")], Usage(500, 5), cut=False)  # mostly the model's own template
    assert window.tokens(messages) < 2 * first
    window = Window()
    window.counted(messages, Usage(3, 5), cut=False)  # it still knew the rest
    assert window.tokens(messages) == first


def test_a_total_that_is_a_usual_size_was_the_window() -> None:
    window, messages = Window(), [Message("user", "Bees? " * 1_000)]
    window.counted(messages, Usage(1_500, 2_596), cut=False)
    assert window.size is None
    window.counted(messages, Usage(1_500, 2_596), cut=True)
    assert window.size == 4_096


@pytest.mark.parametrize(
    ("said", "window"),
    [
        ("request (2451 tokens) exceeds the available context size (2048 tokens), try increasing it", 2048),
        ("This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4000 in the "
         "messages, 1000 in the completion).", 4096),
        ("Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context "
         "length of only 4096 tokens, which is not enough", 4096),
        ("prompt is too long: 210000 tokens > 200000 maximum", 200000),
        ("The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).", 1048576),
        ("Prompt contains 40000 tokens, too large for model with 32768 maximum context length", 32768),
        ("max_tokens: the prompt exceeds the context length", None),
        ("{'type': 'exceed_context_size_error', 'n_prompt_tokens': 2451, 'n_ctx': 2048}", 2048),
    ],
)  # fmt: skip
def test_complaints_of_servers(said: str, window: int | None) -> None:
    complaint = overflow(said)
    assert complaint is not None
    assert complaint.params.get("window") == window


@pytest.mark.parametrize("said", ["no such model", "max_tokens is too large: 5000", "unexpected context"])
def test_other_complaints(said: str) -> None:
    assert overflow(said) is None


class Narrow:
    """A server with a window, which counts three characters a token."""

    def __init__(self, window: int, *, says: str = "", silent: bool = False, told: bool = True) -> None:
        self.window, self.says, self.silent, self.told = window, says, silent, told
        self.prompts: list[int] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body: dict[str, Any] = json.loads(request.content)
        read = sum(len(message["content"]) for message in body["messages"]) // 3
        self.prompts.append(read)
        asked = body.get("max_tokens", 0) if self.told else 0
        if read + asked <= self.window:
            return httpx.Response(200, content=FINE)
        if self.silent:
            cut = b'data: {"choices":[],"usage":{"prompt_tokens":%d,"completion_tokens":5}}\n\n' % (self.window // 2)
            return httpx.Response(200, content=chunk("Bees.") + chunk(finish="stop") + cut + b"data: [DONE]\n\n")
        return httpx.Response(400, json={"error": {"message": self.says}})


@respx.mock
@pytest.mark.parametrize("says", ["maximum context length is 2048 tokens", "exceeds the context size", ""])
async def test_a_refused_prompt_is_cut_and_sent_again_at_once(model: OpenAIModel, says: str) -> None:
    server = Narrow(2_048, says=says or "This model's maximum context length is 9999 tokens")
    respx.post(URL).mock(side_effect=server)
    heard = Heard()
    with working("") as work:
        answer = await model.ask(question(), heard, Want(tokens=200))
    assert (answer.text, work.attempts, heard.retries) == ("Bees hum.", 1, [])
    tried = len(server.prompts)
    await model.ask(question(), heard, Want(tokens=200))
    assert len(server.prompts) == tried + 1


@respx.mock
async def test_calls_that_are_refused_together_learn_the_same(model: OpenAIModel) -> None:
    server, arrived = Narrow(2_048, says="the available context size (2048 tokens)"), asyncio.Barrier(2)

    async def together(request: httpx.Request) -> httpx.Response:
        if len(server.prompts) < 2:
            answer = server(request)
            await arrived.wait()
            return answer
        return server(request)

    respx.post(URL).mock(side_effect=together)
    async with asyncio.timeout(60):
        await asyncio.gather(*(model.ask(question(), want=Want(tokens=200)) for _ in range(2)))
    assert min(server.prompts[2:]) > 1_600
    assert len(server.prompts) == 4


@respx.mock
async def test_a_refused_prompt_that_can_not_be_cut_is_an_error(model: OpenAIModel) -> None:
    server = Narrow(2_048, says="the request exceeds the available context size (2048 tokens)")
    respx.post(URL).mock(side_effect=server)
    with pytest.raises(ModelContextExceeded):
        await model.ask([Message("user", LONG)], want=Want(tokens=200))
    assert len(server.prompts) == 1


@respx.mock
async def test_a_server_that_accepts_nothing_is_not_asked_for_ever(model: OpenAIModel) -> None:
    route = respx.post(URL).respond(400, json={"error": {"message": "context length is 8000000 tokens"}})
    with pytest.raises(ModelContextExceeded):
        await model.ask(question(), want=Want(tokens=200))
    assert route.call_count == 1 + SHORTENINGS


@respx.mock
async def test_a_complaint_in_the_stream_counts_too(model: OpenAIModel) -> None:
    said = b'data: {"error":{"message":"the model is loaded with context length of only 2048 tokens"}}\n\n'
    route = respx.post(URL).mock(side_effect=[httpx.Response(200, content=said), httpx.Response(200, content=FINE)])
    with working("") as work:
        await model.ask(question())
    assert work.attempts == 1
    assert len(route.calls.last.request.content) < 2_048 * 3


@respx.mock
async def test_a_prompt_that_was_cut_silently_is_cut_by_us_instead(model: OpenAIModel) -> None:
    server = Narrow(4_096, silent=True)
    respx.post(URL).mock(side_effect=server)
    heard = Heard()
    answer = await model.ask(question(), heard, Want(tokens=200))
    assert (answer.text, heard.text) == ("Bees hum.", "Bees hum. ")
    assert [code for _, code, _ in heard.retries] == ["model_context_exceeded"]
    assert (await model.ask(question(), want=Want(tokens=200))).text == "Bees hum."
    assert len(server.prompts) == 3


@respx.mock
async def test_a_prompt_that_was_cut_silently_and_can_not_be_shorter_is_an_error(model: OpenAIModel) -> None:
    respx.post(URL).mock(side_effect=Narrow(4_096, silent=True))
    with raises(ModelContextExceeded, "context window of 2053; .* OLLAMA_CONTEXT_LENGTH"), working("") as work:
        await model.ask([Message("user", LONG)])
    assert work.usage == Usage(2_048, 5)
