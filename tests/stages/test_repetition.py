import pytest

from service.stages.repetition import rate, without

FIRST = "Bees dance to tell each other where the flowers are. They do it in the dark of the hive."
OTHER = "A hive has one queen. She lays up to two thousand eggs on a single day in early summer."


def test_texts_of_their_own_repeat_nothing() -> None:
    assert rate([FIRST, OTHER]) == 0
    assert without([FIRST, OTHER]) == [FIRST, OTHER]


def test_the_later_one_of_two_near_duplicates_is_cut() -> None:
    again = "Wax is light. Bees dance to tell each other where the flowers are blooming. It is made by young bees."
    assert rate([FIRST, again]) > 0.1
    assert without([FIRST, again]) == [FIRST, "Wax is light. It is made by young bees."]
    assert rate(without([FIRST, again])) < rate([FIRST, again])


def test_a_whole_repeated_paragraph_leaves_no_gap() -> None:
    again = f"Wax is light.\n\n{FIRST}\n\nIt is made by young bees."
    assert without([FIRST, again])[1] == "Wax is light.\n\nIt is made by young bees."


@pytest.mark.parametrize("texts", [[], [""], ["short", "short"]])
def test_short_texts_repeat_nothing(texts: list[str]) -> None:
    assert rate(texts) == 0
    assert without(texts) == texts


def test_sentences_of_chinese_are_seen() -> None:
    first = "蜜蜂跳舞告诉同伴花在哪里。蜂巢里很暗。"
    assert without([first, "蜂蜡很轻。蜜蜂跳舞告诉同伴花在哪里。它很香。"]) == [first, "蜂蜡很轻。它很香。"]
