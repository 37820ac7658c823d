"""What a model only repeats is noticed soon; what merely looks alike is let be."""

import time
from collections.abc import Iterable

import pytest

from service.models.guard import EVERY, Guard
from service.settings import ROOT

SENTENCE = "Rivers meander because water flows faster along the outside of a bend. "
LINES = ["a hive is made of wax", "bees fly out for nectar", "honey is kept in cells"]


def stopped(text: str) -> tuple[int, int] | None:
    """After how many characters the guard stops an answer, and how many of them it takes for repetition."""
    guard = Guard()
    for at in range(0, len(text), 5):
        if loop := guard.feed(text[at : at + 5]):
            return at + 5, loop
    return None


@pytest.mark.parametrize(
    "text",
    [
        SENTENCE * 30,
        "- title: the other section\n" * 40,
        "".join(f"{n}. The other section says what is left\n" for n in range(1, 99)),
        "ha" * 500,
        "\n" * 1000,
        "河流弯曲是因为水在弯道外侧流得更快。" * 60,
        "\n".join(LINES[n * n % 3] for n in range(100)),
        "\n".join(LINES[n * 7 % 5 % 3] + f" {n}" for n in range(100)),
    ],
)
def test_a_loop_is_noticed_within_a_few_hundred_characters(text: str) -> None:
    found = stopped("This is how it begins, before it all goes round and round.\n" + text)
    assert found is not None
    at, loop = found
    assert at < 1_000
    assert 0 < loop <= at


def test_what_was_said_before_the_loop_is_not_part_of_it() -> None:
    found = stopped("Bees make honey in the summer. " + SENTENCE * 30)
    assert found is not None
    at, loop = found
    assert at - loop >= len("Bees make honey in the summer. " + SENTENCE) - EVERY


@pytest.mark.parametrize(
    "text",
    [
        SENTENCE * 2,
        "|---|---|---|---|\n",
        "-" * 150,
        "".join(f"| {n} | {n * n} | {n * n * n} |\n" for n in range(1, 80)),
        "Bees. " * 5,
    ],
)
def test_what_only_looks_alike_is_let_be(text: str) -> None:
    assert stopped("Once upon a time there was a hive.\n" + text) is None


def texts() -> Iterable[str]:
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "service").rglob("*.py"))]:
        yield path.read_text()


def test_documents_and_programs_are_no_loops() -> None:
    alarms = sum(stopped(text) is not None for text in texts())
    assert alarms <= 2


def test_it_costs_little() -> None:
    words = [" " + word for word in (ROOT / "README.md").read_text().split()] * 2
    guard, begun = Guard(), time.process_time()
    for word in words:
        guard.feed(word)
    assert (time.process_time() - begun) / len(words) < 20e-6
