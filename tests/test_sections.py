import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.sections import sections

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


@pytest.mark.parametrize("heading", ["C#", "C# and F#", "C# #", "C#\t##  "])
def test_a_sign_that_belongs_to_a_title_stays(heading: str) -> None:
    assert sections(f"## {heading}\n\nSharp.")[0].title == heading.rstrip("# \t") + "#"


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
