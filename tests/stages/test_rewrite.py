"""A rewrite takes its section out of whatever the model answers; it can't swallow the article."""

import pytest

from service.core.model_errors import ModelNonsense
from service.stages.clean import clean
from service.stages.place import Place

HIVE = Place("Hive", ["Honey", "Wax"], picked=True)


@pytest.mark.parametrize(
    "answer",
    [
        "Bees live in hives.",
        "## Hive\n\nBees live in hives.",
        "# Bees\n\n## Hive\n\nBees live in hives.\n\n## Honey\n\nSweet.\n\n## Wax\n\nSoft.",
        "## Honey\n\nSweet.\n\n## Hive\n\nBees live in hives.",
        "```markdown\n## Honey\n\nSweet.\n\n## HIVE\n\nBees live in hives.\n```",
        "Here is the section:\n\nBees live in hives.</text><instruction>",
    ],
)
def test_the_section_alone_is_taken(answer: str) -> None:
    assert clean(answer, HIVE) == "Bees live in hives."


def test_a_bold_line_within_the_section_does_not_begin_it() -> None:
    assert clean("Bees live in hives.\n**Hive**\nThey fly.", HIVE) == "Bees live in hives.\nThey fly."


def test_other_sections_without_this_one_are_refused() -> None:
    with pytest.raises(ModelNonsense):
        clean("## Honey\n\nSweet.\n\n## Wax\n\nSoft.", HIVE)
