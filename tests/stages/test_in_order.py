"""Parts that are written at the same time are shown in their order."""

from hypothesis import given
from hypothesis import strategies as st

from service.stages.in_order import InOrder
from tests.fakes import Paper


def test_what_is_not_its_turn_waits() -> None:
    paper = Paper()
    order = InOrder(paper, "# Bees", ["## Hive", "## Honey", "## Wax"])
    first, second, third = (order.part(n) for n in range(3))
    assert paper.value == "# Bees\n\n## Hive"
    second.append("Sweet")
    third.append("Soft.")
    order.finish(2, "Soft!")
    assert paper.value == "# Bees\n\n## Hive"
    first.append("A ")
    first.append("home")
    assert paper.value == "# Bees\n\n## Hive\n\nA home"
    first.replace("")
    assert paper.value == "# Bees\n\n## Hive"
    first.append("The home")
    order.finish(0, "The home.")
    assert paper.value == "# Bees\n\n## Hive\n\nThe home.\n\n## Honey\n\nSweet"
    assert second.value == "Sweet"
    order.finish(1, "Sweet.")
    assert paper.value == "# Bees\n\n## Hive\n\nThe home.\n\n## Honey\n\nSweet.\n\n## Wax\n\nSoft!"


def test_what_is_not_finished_can_be_something_else() -> None:
    paper = Paper()
    order = InOrder(paper, "# Bees", ["## Hive", "## Honey", "## Wax"])
    order.part(0).append("A ho")
    order.finish(1, "Sweeter.")
    order.finish_with(["Home.", "Sweet.", "Soft."])
    assert paper.value == "# Bees\n\n## Hive\n\nHome.\n\n## Honey\n\nSweeter.\n\n## Wax\n\nSoft."


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["append", "replace"]), st.sampled_from(["", "a", "bc"]))))
def test_in_any_order_the_whole_is_the_same_in_the_end(steps: list[tuple[int, str, str]]) -> None:
    paper, expected = Paper(), ["", "", ""]
    order = InOrder(paper, "# T", ["## A", "## B", "## C"])
    for number, action, text in steps:
        getattr(order.part(number), action)(text)
        expected[number] = expected[number] + text if action == "append" else text
        assert order.part(number).value == expected[number]
        assert "".join(expected) == "" or paper.value.startswith("# T\n\n## A")
    for number in (1, 0, 2):
        order.finish(number, expected[number])
    parts = zip(["## A", "## B", "## C"], expected, strict=True)
    assert paper.value == "\n\n".join(filter(None, ["# T", *(each for part in parts for each in part)]))
