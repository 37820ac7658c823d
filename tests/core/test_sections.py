import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core.sections import sections

TEXT = """# Bees

Before.

## One #

First.

### Deeper

More.

```
## not a heading
```

## Two
Second.
"""


def test_sections_stand_under_headings_of_level_two() -> None:
    one, two = sections(TEXT)
    assert (one.title, two.title, two.body) == ("One", "Two", "Second.")
    assert one.body.startswith("First.")
    assert "### Deeper" in one.body
    assert "## not a heading" in one.body
    assert TEXT[one.start : one.end].startswith("## One #")
    assert TEXT[two.start : two.end] == "## Two\nSecond."


@pytest.mark.parametrize(
    ("line", "titles"),
    [
        ("## C#", ["C#"]),
        ("##\tA ##  ", ["A"]),
        ("## # A", ["# A"]),
        ("## ##", [""]),
        ("##A", []),
        ("## A # B #", ["A # B"]),
    ],
)
def test_only_hashes_that_stand_apart_close_a_heading(line: str, titles: list[str]) -> None:
    assert [section.title for section in sections(line)] == titles


@pytest.mark.parametrize(
    "line", ["## " + " " * 100_000 + "x", "## " + "#" * 100_000 + "x", "## " + "# " * 50_000 + "x"]
)
def test_a_hostile_line_takes_no_time(line: str) -> None:
    began = time.process_time()
    assert len(sections(line)) == 1
    assert time.process_time() - began < 1


@given(
    st.lists(st.sampled_from(["## A", "# B", "```", "~~~~", "text", "", "#### C", "  ## D", "    ## E"])).map("\n".join)
)
def test_sections_follow_one_another_to_the_end(text: str) -> None:
    found = sections(text)
    ends = [*(section.start for section in found[1:]), len(text)]
    assert all(
        text[s.start : end].rstrip() == s.text == text[s.start : s.end] for s, end in zip(found, ends, strict=False)
    )
    assert all(s.text.lstrip().startswith("## ") and s.body in s.text for s in found)
