from io import BytesIO

import aiohttp
import pytest

from service.demo import Faults, Pace, serving
from service.demo.answers import answer as canned
from service.demo.asked import read
from service.demo.ledger import KEPT_CALLS, Call, Ledger
from tests.demo.calling import (
    FAST,
    answer,
    chat,
    chunks,
    content,
    finish_reason,
    openai_client,
    outline,
    plain,
    post,
    section,
    style,
)


async def fetch(url, method="GET", headers=None, **kwargs):
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, url, **kwargs) as response,
    ):
        return response.status, await response.json()


@pytest.mark.parametrize("messages", [outline(), section(), style("# A\n\nb"), chat("hi")])
async def test_the_openai_client_streams_the_whole_answer(messages):
    async with serving(pace=FAST) as demo:
        received = await chunks(demo, messages)
    assert content(received) == canned(read(messages))
    assert finish_reason(received) == "stop"
    assert received[0].choices[0].delta.role == "assistant"
    assert {chunk.model for chunk in received} == {"pressroom-demo"}


async def test_usage_comes_last_when_asked_for():
    async with serving(pace=FAST) as demo:
        *others, last = await chunks(demo, chat("one two"), stream_options={"include_usage": True})
        without = await chunks(demo, chat("one two"))
    assert last.choices == []
    assert last.usage
    assert (last.usage.prompt_tokens, last.usage.completion_tokens) == (2, len(others) - 2)
    assert all(chunk.usage is None and chunk.choices for chunk in [*others, *without])


async def test_a_stream_ends_with_done():
    async with serving(pace=FAST) as demo, post(demo, chat("hi")) as response:
        assert response.content_type == "text/event-stream"
        assert (await response.read()).endswith(b"data: [DONE]\n\n")


async def test_a_plain_completion():
    async with serving(pace=FAST) as demo, openai_client(demo) as client:
        completion = await client.chat.completions.create(**plain(section()))
    assert completion.choices[0].message.content == canned(read(section()))
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage.completion_tokens == len(canned(read(section())).split())


async def test_the_model_is_listed():
    async with serving(pace=FAST) as demo, openai_client(demo) as client:
        assert [model.id async for model in client.models.list()] == ["pressroom-demo"]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer whatever"}])
async def test_any_key_will_do(headers):
    async with serving(pace=FAST) as demo:
        status, _ = await fetch(f"{demo.url}/chat/completions", "POST", headers, json=plain(chat("hi")))
    assert status == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/nothing", 404), ("POST", "/", 404), ("GET", "/v1/chat/completions", 405)],
)
async def test_an_unknown_route_is_an_openai_error(method, path, status):
    async with serving(pace=FAST) as demo:
        found, answered = await fetch(demo.url.removesuffix("/v1") + path, method)
    assert found == status
    assert path in answered["error"]["message"]
    assert set(answered["error"]) == {"message", "type", "param", "code"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no json",
        b"\xff",
        b"[]",
        b'{"model":"m"}',
        b'{"messages":[{"role":"user","content":"hi"}]}',
        b'{"model":"m","messages":[]}',
        b'{"model":"m","messages":[{"role":"user"}]}',
        b'{"model":"m","messages":[{"role":"king","content":"hi"}]}',
        b'{"model":"m","messages":[{"role":"user","content":"\\ud83c"}]}',
    ],
)
async def test_a_malformed_request_is_an_openai_error(data):
    async with serving(pace=FAST) as demo:
        status, answered = await fetch(f"{demo.url}/chat/completions", "POST", data=data)
        assert not demo.calls
    assert status == 400
    assert answered["error"]["type"] == "invalid_request_error"


async def test_too_large_a_request_is_an_openai_error():
    async with serving(pace=FAST) as demo:
        status, answered = await fetch(f"{demo.url}/chat/completions", "POST", data=BytesIO(b" " * (17 * 1024 * 1024)))
    assert status == 413
    assert answered["error"]["message"]


async def test_calls_are_counted_and_remembered():
    faults = Faults.script([None, None, "short", None])
    async with serving(pace=FAST, faults=faults) as demo:
        for messages in (outline(), section(), section(2), style("a")):
            await answer(demo, messages)
        status, over_http = await fetch(demo.url.removesuffix("/v1") + "/counts")
        counts = demo.counts
        assert [call.kind for call in demo.calls] == ["outline", "section", "section", "style"]
        assert demo.calls[1].messages == section()
    assert {kind: n for kind, n in counts.calls.items() if n} == {"outline": 1, "section": 2, "style": 1}
    assert counts.outcomes == {"completed": 3, "aborted": 0, "short": 1}
    assert counts.tokens > 100
    assert (counts.under_way, counts.most_under_way) == (0, 1)
    assert status == 200
    assert (over_http["calls"], over_http["outcomes"]) == (counts.calls, counts.outcomes)


async def test_calls_under_way_are_counted():
    async with serving(pace=Pace(tokens_per_second=10, first_token=10)) as demo:
        async with post(demo, chat("a")), post(demo, chat("b")):
            assert demo.counts.under_way == 2
        assert demo.counts.most_under_way == 2


async def test_a_free_port_or_the_one_asked_for():
    async with serving(pace=FAST) as demo:
        port = int(demo.url.rsplit(":", 1)[1].removesuffix("/v1"))
    async with serving(pace=FAST, port=port) as again:
        assert again.url == demo.url
        assert await answer(again, chat("hi"))


def test_memory_of_calls_is_bounded():
    ledger = Ledger()
    for n in range(KEPT_CALLS + 5):
        with ledger.entry(Call("chat", chat(str(n))), None):
            pass
    assert len(ledger.calls) == KEPT_CALLS
    assert ledger.calls[0].messages == chat("5")
