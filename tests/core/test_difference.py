import time

from hypothesis import given
from hypothesis import strategies as st

from service.core.difference import Change, difference

TEXT = st.text(alphabet="ab 漢字é.\n", max_size=40)


@given(TEXT, TEXT)
def test_both_texts_are_in_it_whole(old: str, new: str) -> None:
    changes = difference(old, new)
    assert "".join(change.text for change in changes if change.kind != "added") == old
    assert "".join(change.text for change in changes if change.kind != "removed") == new
    assert all(change.text for change in changes)


def test_a_word_is_changed_within_its_sentence() -> None:
    assert difference("The bee is brown.", "The bee is black.") == [
        Change("same", "The bee is "),
        Change("removed", "brown"),
        Change("added", "black"),
        Change("same", "."),
    ]


def test_neighbouring_words_change_together() -> None:
    changes = difference("one two three four", "uno due tre four")
    assert changes == [Change("removed", "one two three"), Change("added", "uno due tre"), Change("same", " four")]


def test_scripts_without_spaces_are_compared_by_character() -> None:
    assert Change("removed", "好") in difference("你好吗", "你们吗")


def test_what_is_very_long_is_compared_by_paragraph() -> None:
    old = "\n".join(["word " * 50] * 100)
    assert [change.kind for change in difference(old, old + "\nmore")] == ["same", "removed", "added"]


def test_texts_of_few_words_are_compared_in_time() -> None:
    old, new = (" ".join(str(n % words) for n in range(1_500)) for words in (7, 5))
    begun = time.monotonic()
    changes = difference(old, new)
    assert time.monotonic() - begun < 3  # with every word looked at everywhere, half a minute
    assert "".join(change.text for change in changes if change.kind != "removed") == new
