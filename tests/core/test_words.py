import pytest

from service.core import words


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("Bees make honey.", 3),
        ("don't stop-gap 3.14", 3),
        ("# Title\n\n- *one* two", 3),
        ("蜜蜂製造蜂蜜", 6),
        ("ミツバチ and 蜜", 6),
        ("naïve café", 2),
        ("— … !", 0),
        ("🐝 bee", 1),
    ],
)
def test_words_are_counted(text: str, count: int) -> None:
    assert words.count(text) == count


@pytest.mark.parametrize(
    ("text", "minutes"), [("", 1), ("word " * 690, 3), ("蜂" * 1_200, 3), ("蜂" * 400 + " a" * 230, 2)]
)
def test_reading_takes_minutes(text: str, minutes: int) -> None:
    assert words.minutes(text) == minutes
