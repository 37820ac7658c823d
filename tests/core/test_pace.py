import asyncio
import time
from pathlib import Path

import pytest

from service.core import pace
from service.core.pace import Pace, steady


async def test_frames_grow_while_the_thread_is_busy_and_shrink_when_it_is_not() -> None:
    felt = Pace(0.016, 0.09)
    for _ in range(20):
        felt.feel(1.0)
    assert felt.seconds == pytest.approx(0.09, abs=0.001)
    for _ in range(20):
        felt.feel(0.0)
    assert felt.seconds == pytest.approx(0.016, abs=0.001)


async def test_the_thread_is_measured_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "LOOK", 0.005)
    used = iter(range(0, 1_000_000, 1000))  # much more than the time that passes
    monkeypatch.setattr(pace, "_used", lambda: float(next(used)))
    felt = Pace(0.016, 0.09)
    keeping = asyncio.create_task(felt.keep())
    async with asyncio.timeout(60):
        while felt.seconds < 0.08:
            await asyncio.sleep(0.005)
    keeping.cancel()


def test_without_schedstat_the_thread_clock_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pace._used() > 0

    def missing(_path: Path) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", missing)
    assert pace._used() > 0


async def beats(felt: Pace, wanted: int, happened: list[str]) -> None:
    async with asyncio.timeout(60):
        while len(happened) < wanted:
            await asyncio.sleep(0.001)


async def test_what_was_read_in_a_beat_is_sent_in_it() -> None:
    felt, happened = steady(3600), list[str]()

    def read() -> None:
        happened.append("read")
        felt.send(lambda: happened.append("sent"))

    felt.read(read)
    felt._beat(asyncio.get_running_loop())
    assert happened == ["read", "sent"]


async def test_it_is_sent_once_however_often_that_was_said() -> None:
    felt, happened = steady(0.005), list[str]()

    def send() -> None:
        happened.append("sent")

    for _ in range(3):
        felt.send(send)
    felt.send(lambda: happened.append("end"))
    await beats(felt, 2, happened)
    assert happened == ["sent", "end"]


async def test_one_that_fails_does_not_hold_up_the_others(caplog: pytest.LogCaptureFixture) -> None:
    felt, happened = steady(0.005), list[str]()

    def broken() -> None:
        raise LookupError("broken")

    felt.read(broken)
    felt.read(lambda: happened.append("read"))
    await beats(felt, 2, happened)
    assert "LookupError: broken" in caplog.text


async def test_the_first_frame_after_a_pause_is_a_whole_one() -> None:
    felt, sent = steady(0.05), list[float]()
    now = asyncio.get_running_loop().time
    began = now()
    felt.send(lambda: sent.append(now()))
    async with asyncio.timeout(60):
        while not sent:
            await asyncio.sleep(0.001)
    assert sent[0] - began > 0.04


async def test_nothing_wakes_the_loop_when_nothing_is_read_or_sent() -> None:
    felt, happened = steady(0.001), list[str]()
    felt.send(lambda: happened.append("sent"))
    await beats(felt, 1, happened)
    assert felt._timer is None


async def test_frames_are_shorter_where_much_is_read_and_sent_with_each() -> None:
    """Or else text would be older than it may be: it waits for its frame, then for what comes before it."""
    felt, loop = Pace(0.016, 0.075), asyncio.get_running_loop()
    felt.read(lambda: time.sleep(0.02))
    felt.send(lambda: loop.call_soon(time.sleep, 0.03))  # as viewers send
    felt._beat(loop)
    await asyncio.sleep(0)
    for _ in range(20):
        felt.feel(1.0)
    assert 0.016 <= felt.seconds < 0.09 - 0.05 + 0.001
