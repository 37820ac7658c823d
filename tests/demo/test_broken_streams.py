import asyncio
import json
from contextlib import suppress

import aiohttp
import openai
import pytest

from service.demo import Faults, serving
from service.demo.answers import answer as canned
from service.demo.asked import read
from tests.demo.calling import (
    FAST,
    answer,
    chat,
    chunks,
    content,
    deltas,
    finish_reason,
    openai_client,
    outline,
    plain,
    post,
    section,
    style,
)

EVERY_KIND = [outline(), section(), style("# A\n\nb"), chat("hi")]


def serving_fault(name, **more):
    return serving(pace=FAST, faults=Faults.script([name], **more))


async def rest(response, seconds=0.3):
    """What else comes within a while, from a stream that stays open."""
    received = b""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not response.content.at_eof():
                received += await response.content.readany()
    assert not response.content.at_eof()
    return received


async def test_rate_limit():
    async with serving_fault("rate_limit") as demo:
        with pytest.raises(openai.RateLimitError) as caught:
            await answer(demo, chat("hi"))
        assert caught.value.response.headers["Retry-After"] == "1"
        assert caught.value.code == "rate_limit_exceeded"
        assert await answer(demo, chat("hi"))
        assert demo.counts.outcomes == {"rate_limit": 1, "completed": 1, "aborted": 0}


async def test_the_wait_of_a_rate_limit_can_be_chosen():
    async with serving_fault("rate_limit", retry_after=0.25) as demo:
        with pytest.raises(openai.RateLimitError) as caught:
            await answer(demo, chat("hi"))
    assert caught.value.response.headers["Retry-After"] == "0.25"


async def test_server_error():
    async with serving_fault("server_error") as demo:
        with pytest.raises(openai.InternalServerError):
            await answer(demo, chat("hi"))


async def test_stall():
    async with serving_fault("stall") as demo, post(demo, section()) as response:
        said = "".join(await deltas(response, 10))
        assert canned(read(section())).startswith(said)
        await rest(response)
        assert demo.counts.under_way == 1
        assert await rest(response) == b""


async def test_silent():
    async with serving_fault("silent") as demo, post(demo, section()) as response:
        assert response.status == 200
        assert await deltas(response, 1) == [""]
        assert await rest(response) == b""


async def test_comments():
    async with serving_fault("comments") as demo, post(demo, section()) as response:
        assert "".join(await deltas(response, 10))
        await rest(response)
        later = await rest(response, 0.5)
        assert later.count(b": keep-alive\n\n") >= 2
        assert b"data:" not in later


async def test_cut():
    async with serving_fault("cut") as demo:
        async with post(demo, section()) as response:
            assert "".join(await deltas(response, 10))
            with pytest.raises(aiohttp.ClientError):
                await response.read()
        assert demo.counts.outcomes == {"cut": 1, "completed": 0, "aborted": 0}
        assert demo.counts.under_way == 0


async def test_bad_chunk():
    async with serving_fault("bad_chunk") as demo, post(demo, section()) as response:
        lines = (await response.read()).split(b"\n\n")
    bad = [n for n, line in enumerate(lines) if line.startswith(b"data: {") and not _is_json(line[6:])]
    assert len(bad) == 1
    assert 10 < bad[0] < len(lines) - 10
    assert lines[-2:] == [b"data: [DONE]", b""]


@pytest.mark.parametrize("messages", EVERY_KIND)
async def test_surrogate(messages):
    async with serving_fault("surrogate") as demo, post(demo, messages) as response:
        raw = await response.read()
    assert raw.count(b'\\ud83c"') == raw.count(b'"\\udf31') == canned(read(messages)).count("—") > 0
    joined = _content(raw).encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    assert joined == canned(read(messages)).replace("—", "—🌱")


@pytest.mark.parametrize("messages", EVERY_KIND)
async def test_lone_surrogate(messages):
    async with serving_fault("lone_surrogate") as demo, post(demo, messages) as response:
        raw = await response.read()
    assert _content(raw) == canned(read(messages)).replace("—", "—\ud83c")
    assert b"\\udf31" not in raw


@pytest.mark.parametrize("messages", EVERY_KIND)
async def test_line_separator(messages):
    async with serving_fault("line_separator") as demo, post(demo, messages) as response:
        raw = await response.read()
    assert "🌱\u2028\u0085".encode() in raw
    assert _content(raw).replace("🌱\u2028\u0085", "") == canned(read(messages))
    assert raw.endswith(b"[DONE]\n\n")


@pytest.mark.parametrize("fault", ["stall", "silent", "comments"])
async def test_a_plain_completion_hangs_where_a_stream_would(fault):
    async with serving_fault(fault) as demo, aiohttp.ClientSession() as session:
        with pytest.raises(TimeoutError):
            async with (
                asyncio.timeout(0.3),
                session.post(f"{demo.url}/chat/completions", json=plain(chat("hi"))),
            ):
                pass


async def test_a_plain_completion_is_cut_too():
    async with serving_fault("cut") as demo, openai_client(demo) as client:
        with pytest.raises(openai.APIConnectionError):
            await client.chat.completions.create(**plain(chat("hi")))
        assert demo.counts.under_way == 0


async def test_only_calls_that_the_script_names_go_wrong():
    async with serving(pace=FAST, faults=Faults.script([None, "no_finish"])) as demo:
        reasons = [finish_reason(await chunks(demo, chat("hi"))) for _ in range(3)]
    assert reasons == ["stop", None, "stop"]


async def test_the_openai_client_reads_the_harmless_faults_as_a_whole_answer():
    async with serving(pace=FAST, faults=Faults.script(["line_separator"])) as demo:
        assert content(await chunks(demo, section())).replace("🌱\u2028\u0085", "") == canned(read(section()))


def _is_json(data):
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


def _content(raw):
    lines = [line[6:] for line in raw.split(b"\n") if line.startswith(b"data: {")]
    return "".join(json.loads(line)["choices"][0]["delta"].get("content", "") for line in lines)
