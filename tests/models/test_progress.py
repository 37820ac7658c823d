"""Once a second, a listener hears what its call waits for or how far it is."""

import asyncio
import dataclasses
from collections.abc import Callable

import pytest

from service.models import progress
from service.models.progress import Progress
from service.models.reading import Reading
from tests.models.test_client import LIMITS, Heard
from tests.models.test_over_sockets import SECTION, connected
from tests.models.test_reading import chunk


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.005)


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.01)


async def test_what_a_call_waits_for() -> None:
    heard = Heard()
    with Progress(heard) as call:
        await until(lambda: heard.phases)
        assert heard.phases.pop() == ("waiting", "")
        for data, phase, text in (
            (b"", "reading", ""),
            (chunk(reasoning="Hm."), "thinking", ""),
            (chunk("Bees hum."), "writing", "Bees hum."),
        ):
            call.reading = call.reading or Reading(1_000)
            call.reading.feed(data)
            heard.phases.clear()
            await until(lambda: heard.phases)
            assert heard.phases[-1] == (phase, text)
    heard.phases.clear()
    await asyncio.sleep(0.05)
    assert heard.phases == []


async def test_calls_wait_their_turn_and_then_for_the_prompt_to_be_read() -> None:
    one = dataclasses.replace(LIMITS, calls_at_once=1, first_token=60, total=60)
    async with connected(limits=one) as (model, served):
        served.hold("section")
        first, second = Heard(), Heard()
        asking = [asyncio.create_task(model.ask(SECTION, heard)) for heard in (first, second)]
        await until(lambda: first.phases and second.phases)
        assert ("reading", "") in first.phases
        assert set(second.phases) == {("waiting", "")}
        served.release()
        async with asyncio.timeout(60):
            answers = await asyncio.gather(*asking)
        assert first.text.strip() == second.text.strip() == answers[0].text
