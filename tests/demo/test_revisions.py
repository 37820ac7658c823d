"""What the demo model makes of a passage shows what was asked for."""

import random

import pytest

from service.demo.answers import answer
from service.demo.asked import read
from service.demo.revisions import revised
from service.models.model import Message

TWO = "Bees fly far. They come back."
LIST = "- Bees fly far and wide, they say.\n\n- Wasps do not."


def made(passage: str, task: str) -> str:
    return revised(passage, task, random.Random(1))


@pytest.mark.parametrize(
    ("passage", "shorter"),
    [
        (TWO, "Bees fly far."),
        (LIST, "- Bees fly far.\n\n- Wasps do not."),
        ("bees fly far, and", "bees fly far"),
        ("蜜蜂飞。它们回来。", "蜜蜂飞。"),
    ],
)
def test_less(passage: str, shorter: str) -> None:
    assert made(passage, "Shorten it.") == shorter


def test_more() -> None:
    assert made(TWO, "Expand it.").startswith(TWO + " ")
    assert made(LIST, "Expand it.").endswith("\n\n- Wasps do not.")


def test_other_words_and_another_tone() -> None:
    assert made(TWO, "Rewrite it in other words.") == "In other words, canned ones, bees fly far. They come back."
    toned = made(f"\n## Hive\n{TWO}", "Rewrite it in a friendly tone.")
    assert toned.startswith("\n## ")
    assert toned.endswith(f" Hive\n{TWO}")


def test_mistakes() -> None:
    assert made("i recieve teh  bees , and fly .", "Correct all mistakes.") == "I receive the bees, and fly."
    assert made(TWO, "Correct all mistakes.") == TWO


def test_the_prompt_is_known_by_its_passage() -> None:
    prompt = f"<topic>\nBees\n</topic>\n<before>\nx\n</before>\n<passage>\n{TWO}\n</passage>\nShorten it."
    asked = read([Message("user", prompt)])
    assert (asked.kind, asked.passage) == ("revision", TWO)
    assert answer(asked) == "Bees fly far."
