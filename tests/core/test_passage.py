"""A passage is where it is said to be, as JavaScript counts, or it is nowhere."""

import pytest

from service.core.errors import BadInput, NotFound
from service.core.passage import Passage, split

TEXT = "# 🐝 Bees\n\nIntro.\n\n## Hive\n\nWax 🐝 and wood.\n\n## Honey\n\nSweet."


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def at(text: str) -> Passage:
    return Passage(units(TEXT[: TEXT.index(text)]), text)


@pytest.mark.parametrize("passage", ["and", "## Hive\n\nWax 🐝 and wood.", "Sweet.", "🐝 Bees", "Intro."])
def test_it_is_taken_out(passage: str) -> None:
    before, after = split(TEXT, at(passage))
    assert before + passage + after == TEXT


@pytest.mark.parametrize(
    "passage",
    [Passage(0, "Bees"), Passage(10_000, "Wax"), Passage(3, "🐝"), Passage(units(TEXT), "Wax"), Passage(2, "a")],
)
def test_what_is_not_there_is_not_found(passage: Passage) -> None:
    with pytest.raises(NotFound):
        split(TEXT, passage)


@pytest.mark.parametrize("passage", [TEXT, "wood.\n\n## Honey\n\nSweet.", "Intro.\n\n## Hive"])
def test_it_lies_within_one_section(passage: str) -> None:
    with pytest.raises(BadInput):
        split(TEXT, at(passage))
