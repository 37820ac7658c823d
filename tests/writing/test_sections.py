from hypothesis import given
from hypothesis import strategies as st

from service.writing.sections import split, unfenced

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
    one, two = split(TEXT)
    assert (one.title, two.title, two.body) == ("One", "Two", "Second.")
    assert one.body.startswith("First.")
    assert "### Deeper" in one.body
    assert "## not a heading" in one.body
    assert TEXT[one.start : one.end].startswith("## One #")
    assert TEXT[two.start : two.end] == "## Two\nSecond.\n"


@given(
    st.lists(st.sampled_from(["## A", "# B", "```", "~~~~", "text", "", "#### C", "  ## D", "    ## E"])).map("\n".join)
)
def test_sections_follow_one_another_to_the_end(text: str) -> None:
    found = split(text)
    assert [section.end for section in found[:-1]] == [section.start for section in found[1:]]
    assert not found or found[-1].end == len(text)
    assert all(text[s.start : s.end].lstrip().startswith("##") for s in found)


def test_a_fence_around_the_whole_answer_is_taken_off() -> None:
    assert unfenced("```markdown\n# Bees\n\nHum.\n```") == "# Bees\n\nHum."
    assert unfenced("# Bees\n\n```\nhum\n```") == "# Bees\n\n```\nhum\n```"
