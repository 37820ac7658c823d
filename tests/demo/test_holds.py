"""Calls are held at a stage, and go on when they are let go."""

import asyncio

import aiohttp
import pytest

from service.demo import DemoModel, Faults, Pace, serving
from service.demo.answers import answer as canned
from service.demo.asked import read
from tests.demo.calling import FAST, answer, chat, deltas, outline, plain, post, section


async def held(demo: DemoModel, calls: int = 1) -> None:
    async with asyncio.timeout(60):
        while demo.counts.held != calls:
            await asyncio.sleep(0.001)


async def test_a_held_call_waits_after_so_many_tokens_and_then_goes_on():
    async with serving(pace=FAST) as demo:
        demo.hold("section", after=3)
        async with post(demo, section()) as response:
            first = await deltas(response, 4)  # with the role's, which is empty
            await held(demo)
            assert demo.counts.tokens == 3
            demo.release()
            rest = await response.text()
        assert canned(read(section())).startswith("".join(first))
        assert rest.endswith("data: [DONE]\n\n")
        assert demo.counts.held == 0
        assert await answer(demo, section()) == canned(read(section()))  # later calls are not held


async def test_only_what_is_named_is_held():
    async with serving(pace=FAST) as demo:
        demo.hold("section 2")
        for other in (section(1), outline(), chat("hi")):
            assert await answer(demo, other) == canned(read(other))
        calling = asyncio.create_task(answer(demo, section(2)))
        await held(demo)
        demo.release("section")
        assert demo.counts.held == 1
        demo.release("section 2")
        assert await calling == canned(read(section(2)))


async def test_stages_are_released_one_by_one():
    async with serving(pace=FAST) as demo:
        demo.hold("section 1")
        demo.hold("section 2")
        calls = [asyncio.create_task(answer(demo, section(n))) for n in (1, 2)]
        await held(demo, 2)
        demo.release("section 2")
        await calls[1]
        assert demo.counts.held == 1
        demo.release()
        await calls[0]


async def test_an_answer_that_is_not_streamed_is_held_too_and_so_is_a_picture():
    async with serving(pace=FAST) as demo, aiohttp.ClientSession() as session:
        for stage, path, body in (
            ("chat", "chat/completions", plain(chat("hi"))),
            ("image", "images/generations", {"prompt": "tea"}),
        ):
            demo.hold(stage)
            calling = asyncio.create_task(session.post(f"{demo.url}/{path}", json=body))
            await held(demo)
            demo.release(stage)
            async with await calling as answered:
                assert answered.status == 200


async def test_who_leaves_is_held_no_longer():
    async with serving(pace=FAST) as demo:
        demo.hold("chat")
        async with post(demo, chat("hi")):
            await held(demo)
        await held(demo, 0)
        assert demo.counts.outcomes["aborted"] == 1


async def test_what_is_released_goes_on_at_once():
    async with serving(pace=Pace(tokens_per_second=50_000, first_token=600)) as demo:
        demo.hold("chat")
        calling = asyncio.create_task(answer(demo, chat("hi")))
        await held(demo)
        demo.release()
        assert await asyncio.wait_for(calling, 60) == canned(read(chat("hi")))


async def test_a_fault_comes_after_the_hold():
    async with serving(pace=FAST, faults=Faults.script(["cut"])) as demo:
        demo.hold("chat")
        async with post(demo, chat("hi")) as response:
            await held(demo)
            demo.release()
            with pytest.raises(aiohttp.ClientError):
                await response.read()


async def test_another_process_holds_and_releases_over_http():
    async with serving(pace=FAST) as demo, aiohttp.ClientSession(demo.url.removesuffix("v1")) as session:
        async with session.post("hold", json={"stage": "section 1", "after": 2}) as told:
            assert (await told.json())["held"] == 0
        calling = asyncio.create_task(answer(demo, section()))
        await held(demo)
        async with session.get("counts") as told:
            assert (await told.json())["held"] == 1
        async with session.post("release", json={}) as told:
            assert told.status == 200
        assert await calling == canned(read(section()))


@pytest.mark.parametrize("body", ['{"stage": "lunch"}', '{"stage": "section 0"}', "{}", '{"after": 1}', "["])
async def test_what_is_no_stage_is_not_held(body: str):
    async with serving(pace=FAST) as demo, aiohttp.ClientSession(demo.url.removesuffix("v1")) as session:
        async with session.post("hold", data=body) as told:
            assert told.status == 400
