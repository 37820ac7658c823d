import asyncio
from pathlib import Path

import pytest

from service.core import pace
from service.core.pace import Pace


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
