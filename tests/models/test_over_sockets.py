"""The client over its real transport, against the demo model's faults: cuts, deadlines, framing, cancelling."""

import asyncio
import dataclasses
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from service import demo
from service.core.model_errors import ModelError, ModelTimeout, ModelUnreachable
from service.core.work import working
from service.messages import say
from service.models.client import OpenAIModel, connect
from service.models.model import Message
from tests.models.test_client import LIMITS, Heard
from tests.models.test_reading import chunk

SECTION = [Message("user", "Write about 40 words.\n<topic>\nBees\n</topic>\n<section>\nHoney\n</section>")]
PACE = demo.Pace(2_000, 0.0)
SHORT = dataclasses.replace(LIMITS, first_token=0.4, idle=0.4, total=10)


@asynccontextmanager
async def connected(
    *faults: str | None, limits: object = SHORT, pace: demo.Pace = PACE
) -> AsyncGenerator[tuple[OpenAIModel, demo.DemoModel]]:
    async with demo.serving(pace=pace, faults=demo.Faults.script(faults, retry_after=0.05)) as served:
        model = connect(api_key=None, base_url=served.url, name="demo", limits=limits)  # ty: ignore[invalid-argument-type]
        try:
            yield model, served
        finally:
            await model.close()


async def test_what_is_heard_is_what_is_given() -> None:
    async with connected() as (model, _):
        heard = Heard()
        with working("") as work:
            answer = await model.ask(SECTION, heard)
        assert heard.text.strip() == answer.text
        assert len(answer.text.split()) > 30
        assert work.usage.completion_tokens > 30


RETRIED = {
    "rate_limit": "model_rate_limited",
    "server_error": "model_unavailable",
    "stall": "model_timeout",
    "silent": "model_timeout",
    "comments": "model_timeout",
    "cut": "model_stream_broken",
    "bad_chunk": "model_stream_broken",
    "no_finish": "model_stream_broken",
    "empty": "model_empty",
}
FINAL = {"refusal": "model_refused", "content_filter": "model_filtered"}


@pytest.mark.parametrize(("fault", "code"), RETRIED.items())
async def test_a_failed_answer_is_withdrawn_and_asked_for_again(fault: str, code: str) -> None:
    async with connected(fault) as (model, served):
        heard = Heard()
        answer = await model.ask(SECTION, heard)
        assert [(attempt, why) for attempt, why, _ in heard.retries] == [(2, code)]
        assert heard.text.strip() == answer.text
        assert served.counts.calls["section"] == 2


@pytest.mark.parametrize(("fault", "code"), RETRIED.items())
async def test_a_model_that_keeps_failing_is_one_clear_error(fault: str, code: str) -> None:
    async with connected(*[fault] * 3) as (model, _):
        with pytest.raises(ModelError) as caught:
            await model.ask(SECTION)
        assert caught.value.code == code


@pytest.mark.parametrize(("fault", "code"), FINAL.items())
async def test_what_another_try_would_not_mend_is_final(fault: str, code: str) -> None:
    async with connected(fault) as (model, served):
        with pytest.raises(ModelError) as caught:
            await model.ask(SECTION)
        assert (caught.value.code, caught.value.retryable) == (code, False)
        assert served.counts.calls["section"] == 1


async def test_an_answer_cut_at_its_limit_is_one_to_go_on_from() -> None:
    async with connected("length") as (model, served):
        answer = await model.ask(SECTION)
        assert answer.cut
        assert answer.text
        assert not (await model.ask(SECTION)).cut
        assert served.counts.calls["section"] == 2


async def test_tries_and_waits_share_one_deadline() -> None:
    limits = dataclasses.replace(SHORT, total=1, attempts=20)
    async with connected(*["silent"] * 20, limits=limits) as (model, served):
        with pytest.raises(ModelError) as caught:
            await model.ask(SECTION)
        assert caught.value.code == "model_timeout"
        assert served.counts.calls["section"] <= 3  # 0.4 s, 0.4 s, and what is left


async def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    limits = dataclasses.replace(SHORT, total=5, backoff=20)
    async with connected("server_error", limits=limits) as (model, served):
        with pytest.raises(ModelError) as caught:
            await model.ask(SECTION)
        assert caught.value.code == "model_unavailable"
        assert served.counts.calls["section"] == 1


@pytest.mark.parametrize("oddity", ["surrogate", "lone_surrogate", "line_separator", "think"])
async def test_odd_but_fine_answers_are_taken(oddity: str) -> None:
    async with connected(oddity) as (model, _):
        heard = Heard()
        with working("") as work:
            answer = await model.ask(SECTION, heard)
        assert work.attempts == 1
        assert heard.text.strip() == answer.text
        answer.text.encode()  # whole characters only
        assert "<think>" not in answer.text


@pytest.mark.alone
async def test_the_total_deadline_holds_though_text_keeps_coming() -> None:
    limits = dataclasses.replace(SHORT, total=0.3, attempts=1)
    async with connected(limits=limits, pace=demo.Pace(20, 0)) as (model, _):
        begun = time.monotonic()
        with pytest.raises(ModelTimeout):
            await model.ask(SECTION)
        assert time.monotonic() - begun < 1


async def test_a_server_that_is_not_there_is_unreachable() -> None:
    async with connected() as (_, served):
        url = served.url
    model = connect(api_key=None, base_url=url, name="demo", limits=dataclasses.replace(LIMITS, attempts=1))
    with pytest.raises(ModelError) as caught:
        await model.ask(SECTION)
    assert caught.value.code == "model_unreachable"
    await model.close()


@pytest.mark.alone
async def test_cancelling_closes_the_upstream_within_100_ms() -> None:
    async with connected(pace=demo.Pace(20, 0)) as (model, served):
        heard = Heard()
        asking = asyncio.create_task(model.ask(SECTION, heard))
        while not heard.text:
            await asyncio.sleep(0.01)
        asking.cancel()
        begun = time.monotonic()
        while served.counts.under_way:
            await asyncio.sleep(0.002)
            assert time.monotonic() - begun < 0.1
        assert asking.cancelled()
        assert served.counts.outcomes["aborted"] == 1


async def test_cancelling_while_waiting_frees_the_slot() -> None:
    limits = dataclasses.replace(LIMITS, calls_at_once=1)
    async with connected(limits=limits, pace=demo.Pace(100, 0)) as (model, _):
        first = asyncio.create_task(model.ask(SECTION))
        await asyncio.sleep(0.05)
        second = asyncio.create_task(model.ask(SECTION))
        await asyncio.sleep(0.01)
        second.cancel()
        first.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        async with asyncio.timeout(60):
            assert (await model.ask(SECTION)).text


async def scripted(reply: bytes, *, close: bool) -> tuple[asyncio.Server, str]:
    """A server that sends these bytes to whoever asks, then closes or falls silent."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9999\r\n\r\n" + reply)
        await asyncio.sleep(0.05)
        if close:
            writer.transport.abort()
        else:
            writer.write(b": still here\n\n")
            await reader.read()  # until the client has gone
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


WHOLE = chunk("Bees") + chunk(finish="stop")


@pytest.mark.parametrize(
    ("reply", "close", "expected"),
    [
        (WHOLE, False, "Bees"),
        (WHOLE, True, "Bees"),
        (WHOLE + b"data: [DONE]\n\n", False, "Bees"),
        (chunk("Bees") + chunk("\ud83c") + chunk(finish="stop"), False, "Bees\ufffd"),
    ],
    ids=[
        "falls silent after the finish reason",
        "breaks after it",
        "goes on after the end",
        "ends in half a character",
    ],
)
async def test_an_answer_with_a_finish_reason_is_whole_however_the_connection_ends(
    reply: bytes, close: bool, expected: str
) -> None:
    server, url = await scripted(reply, close=close)
    model = connect(api_key=None, base_url=url, name="demo", limits=dataclasses.replace(SHORT, attempts=1))
    heard = Heard()
    assert (await model.ask(SECTION, heard)).text == expected == heard.text
    await model.close()
    await asyncio.sleep(0.05)
    server.close()


async def test_a_proxy_is_gone_through_where_the_environment_names_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async with demo.serving(pace=PACE, faults=demo.Faults.script(())) as proxy:
        for name, value in {"http_proxy": proxy.url.removesuffix("/v1"), "no_proxy": ""}.items():
            monkeypatch.setenv(name, value)
            monkeypatch.setenv(name.upper(), value)
        model = connect(api_key=None, base_url="http://models.example/v1", name="demo", limits=SHORT)
        assert len((await model.ask(SECTION)).text.split()) > 30
        await model.close()
        assert proxy.counts.calls["section"] == 1


async def test_a_server_that_speaks_no_tls_is_told() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1_000)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(plain, "127.0.0.1", 0) as server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        model = connect(api_key=None, base_url=url, name="demo", limits=LIMITS)
        try:
            with pytest.raises(ModelUnreachable) as caught:
                await model.ask(SECTION)
        finally:
            await model.close()
    assert "no secure connection" in say(caught.value.sentence)
