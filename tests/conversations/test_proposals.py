import time

import pytest

from service.conversations.proposals import Proposal, Subject, applied, as_block, is_meant, parse
from service.core.model_errors import ModelNonsense
from service.core.sections import sections
from tests.raising import raises

CONTENT = (
    "# Bees\n\nAbout bees.\n\n## Hive\n\nIt is made of wax.\n\n```\n## no heading\n```\n\n## Honey\nIt is sweet.\n"
)
SUBJECT = Subject("Bees", CONTENT, 3)


def proposal(text: str, section: object = 1) -> Proposal:
    lines = "\n".join(f"  {line}" for line in text.split("\n"))
    return parse(f"section: {section}\ntext: |\n{lines}\n", SUBJECT)


def test_sections_are_what_stands_under_second_level_headings() -> None:
    assert [s.title for s in sections(CONTENT)] == ["Hive", "Honey"]
    assert [s.text for s in sections(CONTENT)] == [
        "## Hive\n\nIt is made of wax.\n\n```\n## no heading\n```",
        "## Honey\nIt is sweet.",
    ]
    assert [s.title for s in sections("##Tight\n## A ##\n### Sub\n   ## B\n    ## code\n~~~\n## c\n```\n## d")] == [
        "A",
        "B",
    ]
    assert sections("no headings") == []


@pytest.mark.parametrize("number", [1, 2])
def test_only_the_section_changes(number: int) -> None:
    made = proposal("All new.", number)
    after = applied(made, CONTENT)
    assert after == CONTENT.replace(sections(CONTENT)[number - 1].text, made.text)
    assert sections(after)[number - 1].text.endswith("All new.")
    assert len(sections(after)) == 2


def test_the_heading_is_kept_unless_another_comes_along() -> None:
    assert proposal("All new.").text == "## Hive\n\nAll new."
    assert proposal("## Home\n\nAll new.").text == "## Home\n\nAll new."
    assert proposal("### Sub\n\nAll new.").text == "## Hive\n\n### Sub\n\nAll new."


def test_it_knows_what_it_is_made_from_and_what_it_changes() -> None:
    made = proposal("It is made of wax and wood.")
    assert (made.base, made.section) == (3, 1)
    assert "".join(c.text for c in made.difference if c.kind != "added") == sections(CONTENT)[0].text
    assert "".join(c.text for c in made.difference if c.kind != "removed") == made.text
    assert proposal("a").id != proposal("a").id


@pytest.mark.parametrize(
    "text", ["One.\n\n- a\n- b: c", "漢字 🐝 'q' \"q\" # no", "```py\nx = {}\n```", "a\n  indented"]
)
def test_it_can_be_said_again_as_it_was_said(text: str) -> None:
    made = proposal(text)
    said = as_block(made).removeprefix("```yaml\n").removesuffix("\n```")
    assert parse(said, SUBJECT).text == made.text


@pytest.mark.parametrize("mark", ["|", ">-", ""])
@pytest.mark.parametrize("text", ["All new.", "All new: wax.\n\n- and *wood*\n  - oak"])
def test_a_text_that_is_not_indented_is_read_too(text: str, mark: str) -> None:
    made = parse(f"section: 1\ntext: {mark}\n{text}\n", SUBJECT)
    assert made.text == f"## Hive\n\n{text}"


@pytest.mark.parametrize(
    ("block", "mistake"),
    [
        ("section: 3\ntext: a", "a number from 1 to 2"),
        ("section: 0\ntext: a", "a number from 1 to 2"),
        ("section: Hive\ntext: a", "a number from 1 to 2"),
        ("section: [1]\ntext: a", "a number from 1 to 2"),
        ("text: a", "a number from 1 to 2"),
        ("section: 1", "no text"),
        ("section: 1\ntext: ''", "no text"),
        ("section: 1\ntext: [a]", "no text"),
        ("- 1", "no `section`"),
        ("just words", "no `section`"),
        ("section: [1", "not valid"),
        ("section: &a 1\ntext: *a", "anchors"),
        ("section: 1\ntext: !!python/object/apply:os.system [a]", "tags"),
        ("section: 1\ntext: " + "[" * 10, "nested"),
        ("section: 1\ntext: " + "x" * 60_001, "too long"),
    ],
)
def test_what_can_not_be_used_is_said_so(block: str, mistake: str) -> None:
    with raises(ModelNonsense, mistake):
        parse(block, SUBJECT)


def test_a_block_of_another_kind_is_part_of_what_is_said() -> None:
    assert is_meant("section: 1\ntext: a")
    assert is_meant("text: a\nsection : 1")
    assert not is_meant("title: a\nsections: []")


def test_long_sections_are_compared_in_no_time() -> None:
    words = " ".join(f"word{n % 500} and the" for n in range(3_000))
    subject = Subject("Long", f"## One\n\n{words}", 1)
    begun = time.monotonic()
    parse("section: 1\ntext: |\n  " + words[5_000:] + words[:5_000], subject)
    assert time.monotonic() - begun < 1
