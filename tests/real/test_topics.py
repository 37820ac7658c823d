"""Twelve topics by a real small model: nearly all become whole articles, whatever the model gets wrong on the way."""

from pathlib import Path

import pytest

from tests.real.writing import TOPICS, faults, written
from tests.server import serving
from tests.weights import weights

pytestmark = [pytest.mark.process, pytest.mark.long]

WORDS = 600


async def test_all_are_whole_in_the_quick_flow(tmp_path: Path) -> None:
    async with serving(tmp_path, PRESSROOM_LOCAL_MODEL=str(weights())) as server:
        wrong = {topic: faults(await written(server, topic, within=1_800), tokens=1_500) for topic in TOPICS}
    assert not {topic: said for topic, said in wrong.items() if said}


async def test_most_are_whole_and_long_enough_in_the_full_flow(tmp_path: Path) -> None:
    wrong: dict[str, list[str]] = {}
    async with serving(tmp_path, PRESSROOM_LOCAL_MODEL=str(weights())) as server:
        for topic in TOPICS:
            report = await written(server, topic, within=1_800, min_words=WORDS, seo_optimize=True)
            wrong[topic] = faults(report, tokens=3_500, words=WORDS)
    assert sum(not said for said in wrong.values()) >= 10, wrong
