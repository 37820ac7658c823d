import asyncio
import json
import time
from contextlib import AsyncExitStack

import aiohttp
import pytest
import uvloop
from yarl import URL

from service.demo import Faults, Pace, serving
from service.demo.answers import answer as canned
from service.demo.asked import read
from service.demo.script import pieces
from tests.demo.calling import FAST, answer, body, chat, deltas, post, section, style

SLOW = Pace(tokens_per_second=50, first_token=0.05)


async def until(condition):
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.001)


async def arrivals(response):
    """When each token came, in seconds."""
    began = time.monotonic()
    times = []
    while line := await response.content.readline():
        if b'"content":' in line and b'"role"' not in line:
            times.append(time.monotonic() - began)
    return times


@pytest.mark.alone
async def test_tokens_come_at_their_pace():
    pace = Pace(tokens_per_second=200, first_token=0.3)
    async with serving(pace=pace) as demo, post(demo, section()) as response:
        times = await arrivals(response)
    assert len(times) == len(pieces(canned(read(section()))))
    assert 0.25 < times[0] < 0.45
    assert 0.9 < (times[-1] - times[0]) / (pace.at(len(times) - 1) - pace.at(0)) < 1.4
    assert len({round(at, 3) for at in times}) > len(times) / 2


async def test_a_delay_is_caught_up_with():
    async with (
        serving(pace=Pace(tokens_per_second=100, first_token=0)) as demo,
        post(demo, section()) as response,
    ):
        asyncio.get_running_loop().call_later(0.2, time.sleep, 0.5)
        times = await arrivals(response)
    assert 0.9 < times[-1] < 1.4


async def test_what_is_late_goes_together_but_each_token_is_its_own_chunk():
    messages = section(words=1000)
    told = [piece.text for piece in pieces(canned(read(messages)))]
    async with (
        serving(pace=Pace(tokens_per_second=1e6, first_token=0)) as demo,
        post(demo, messages) as response,
    ):
        received = await deltas(response, 1 + len(told))
    assert received[1:] == told


async def test_a_client_that_leaves_stops_its_stream():
    async with serving(pace=SLOW) as demo:
        async with post(demo, section()) as response:
            await deltas(response, 3)
        await until(lambda: demo.counts.under_way == 0)
        counts = demo.counts
        await asyncio.sleep(0.1)
        assert demo.counts.tokens == counts.tokens < 20
    assert counts.outcomes == {"completed": 0, "aborted": 1}


async def test_a_client_that_leaves_before_the_first_token():
    async with serving(pace=Pace(tokens_per_second=1, first_token=60)) as demo:
        async with post(demo, chat("hi")):
            pass
        await until(lambda: demo.counts.outcomes["aborted"] == 1)
        assert demo.counts.under_way == 0


async def test_cancelling_the_openai_client_stops_its_stream():
    async with serving(pace=SLOW) as demo:
        task = asyncio.create_task(answer(demo, section()))
        await until(lambda: demo.counts.tokens > 3)
        task.cancel()
        await until(lambda: demo.counts.outcomes["aborted"] == 1)
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_client_that_leaves_between_two_writes_is_no_error(caplog):
    request = json.dumps(body(section(words=5000))).encode()
    async with serving(pace=FAST) as demo:
        reader, writer = await asyncio.open_connection("127.0.0.1", URL(demo.url).port)
        writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nHost: demo\r\n")
        writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(request), request))
        await reader.readuntil(b"Section")
        writer.write_eof()
        await until(lambda: demo.counts.under_way == 0)
        assert demo.counts.outcomes["aborted"] == 1
        writer.close()
    assert not caplog.records


async def test_the_others_go_on_when_one_leaves():
    async with serving(pace=SLOW) as demo, post(demo, chat("stays")) as staying:
        async with post(demo, chat("leaves")):
            pass
        assert (await staying.read()).endswith(b"[DONE]\n\n")
        assert demo.counts.outcomes == {"completed": 1, "aborted": 1}


@pytest.mark.alone
async def test_closing_is_quick_with_streams_open():
    faults = Faults.script(["stall", "silent", "comments", *[None] * 30])
    before = asyncio.all_tasks()
    async with serving(pace=SLOW, faults=faults) as demo:
        calls = [asyncio.create_task(answer(demo, section(n))) for n in range(1, 31)]
        await until(lambda: demo.counts.under_way == 30)
        began = time.monotonic()
    assert time.monotonic() - began < 0.3
    assert demo.counts.under_way == 0
    assert demo.counts.outcomes["aborted"] == 0
    await asyncio.wait(calls)
    assert all(call.exception() for call in calls)
    assert asyncio.all_tasks() == before


@pytest.mark.alone
async def test_closing_does_not_wait_for_a_client_that_stopped_reading():
    async with AsyncExitStack() as clients:
        async with serving(pace=Pace(tokens_per_second=1e6, first_token=0)) as demo:
            response = await clients.enter_async_context(post(demo, style("word " * 150_000)))
            await until(lambda: demo.counts.tokens > 1000)
            await asyncio.sleep(0.2)
            assert demo.counts.under_way == 1
            began = time.monotonic()
        assert time.monotonic() - began < 0.3
        assert demo.counts.under_way == 0
        with pytest.raises(aiohttp.ClientError):
            await response.read()


def test_it_works_on_uvloop_too():
    async def calls():
        async with serving(pace=FAST, faults=Faults.script([None, "cut"])) as demo:
            assert await answer(demo, chat("hi")) == canned(read(chat("hi")))
            with pytest.raises(Exception, match="Connection error"):
                await answer(demo, chat("hi"))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(calls())
