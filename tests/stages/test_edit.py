from service.core import words
from service.stages.edit import mended

ONE = "Bees dance in the hive to show the way [1]."
TWO = "Honey keeps for very many years in a jar [2]."
DRAFT = f"# Bees\n\n## The dance\n\n{ONE}\n\n## Honey\n\n{TWO}"
IDS = {1, 2}


def test_a_styled_text_that_lost_nothing_stays_as_it_is() -> None:
    styled = DRAFT.replace("Bees dance", "Oh, how bees dance").replace("# Bees", "# Bees, again", 1)
    assert mended(styled, DRAFT, IDS) == (styled, 0)


def test_a_lost_citation_comes_back_with_the_drafts_section() -> None:
    styled = DRAFT.replace(ONE, "Oh, how bees dance and dance to show the way.")
    assert mended(styled, DRAFT, IDS) == (DRAFT, 0)


def test_an_unknown_citation_is_taken_out() -> None:
    assert mended(DRAFT.replace("years", "years [7]"), DRAFT, IDS) == (DRAFT, 1)


def test_a_renamed_heading_is_the_drafts_again_over_the_styled_text() -> None:
    styled = DRAFT.replace("## Honey", "## Sweet honey").replace("Honey keeps", "Golden honey keeps")
    assert mended(styled, DRAFT, IDS)[0] == DRAFT.replace("Honey keeps", "Golden honey keeps")


def test_a_lost_or_shortened_section_comes_back() -> None:
    assert mended(DRAFT[: DRAFT.index("## Honey")], DRAFT, IDS)[0] == DRAFT
    assert mended(DRAFT.replace(TWO, "Keeps [2]."), DRAFT, IDS)[0] == DRAFT


def test_sections_come_back_until_the_text_is_long_enough() -> None:
    styled = DRAFT.replace("in the hive ", "").replace("very many ", "")
    assert mended(styled, DRAFT, IDS)[0] == styled
    assert mended(styled, DRAFT, IDS, min_words=words.count(DRAFT))[0] == DRAFT


def test_without_headings_in_the_draft_the_styled_text_counts() -> None:
    assert mended("Anything.", "A draft.", set()) == ("Anything.", 0)
