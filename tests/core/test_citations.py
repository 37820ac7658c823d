import time

import pytest

from service.core.citations import cited, known_only


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bees dance [2].", {2}),
        ("Bees dance[2]: yes.", {2}),
        ("Bees [1][3] dance [1, 4].", {1, 3, 4}),
        ("A [2](https://example.org) link, an index `a[1]`, [^1], [x] and [0].", set()),
        ("```\nx = a[1]\n```\nBees [3]", {3}),
        ("[1]: https://example.org", set()),
        ("Bees [1][2](https://example.org) and [3][x]", set()),
    ],
)
def test_what_is_cited(text: str, expected: set[int]) -> None:
    assert cited(text) == expected


@pytest.mark.parametrize(
    ("text", "expected", "dropped"),
    [
        ("Bees dance [2].", "Bees dance [2].", 0),
        ("Bees dance [9].", "Bees dance.", 1),
        ("Bees \t dance \t [9] [1].", "Bees \t dance [1].", 1),
        ("Bees [1, 9] dance [9][2].", "Bees [1] dance [2].", 2),
        ("Code `a[9]` stays [9]", "Code `a[9]` stays", 1),
        ("```\na[9]\n``` [7]", "```\na[9]\n```", 1),
    ],
)
def test_unknown_citations_are_taken_out_and_counted(text: str, expected: str, dropped: int) -> None:
    assert known_only(text, {1, 2}) == (expected, dropped)


@pytest.mark.parametrize("text", [" " * 100_000, "[1]" * 30_000 + "(", "[1, " * 30_000, "`" * 100_000, "`a\n" * 30_000])
def test_a_hostile_text_takes_no_time(text: str) -> None:
    began = time.process_time()
    known_only(text, ())
    cited(text)
    assert time.process_time() - began < 1
