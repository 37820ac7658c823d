"""What does not belong to a text is never seen, in whatever pieces the text arrives."""

import time
from itertools import accumulate, pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.stages.clean import CleanPaper, clean
from service.stages.cleaning import Cleaning
from service.stages.place import Place
from tests.fakes import Paper

HIVE = Place("The hive", ["Honey", "Wax and combs"])
PLACES = [HIVE, Place("The hive", ["Honey"], "About hives"), Place(), Place("The hive", ["Honey"], picked=True)]
PROSE = "Bees live in hives, 2 < 3 of them say. They fly out for nectar every day"
PIECES = [
    "Sure, here is the section:", "Here's a rewritten version:", "好的，以下是正文：", "Okay, ", "Here is why: ",
    "```markdown\n", "```\n", "```sh\n# a comment", "``", "`", "`<topic>`", "<topic>", "</text>", "<sec",
    '<source id="1">', "< 3",
    "## The hive", "# About hives", "**The hive**", "__Honey__:", "## Honey", "### Why", "## 2. Wax and combs ##",
    "###", "**Bees**", "***", "* item", "_so_", '"', "“", "”", "'", ":", "\n", "\n\n", "\n \n", " ", "    ",
    "<headline>", "2. Honey", "About hives",
    "Let me know what you think!", "I made the following changes.", "This revised section is short.",
    f"{PROSE}.", PROSE, "蜜蜂住在蜂巢里。", "x" * 130, "<topic>" * 40, "a", "#",
]  # fmt: skip
texts = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
cuts = st.lists(st.integers(1, 12), min_size=1, max_size=8)


class Seen(Paper):
    """Keeps all that was to be seen."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.replaced = 0

    def append(self, delta: str) -> None:
        super().append(delta)
        self.seen.append(self.value)

    def replace(self, value: str) -> None:
        super().replace(value)
        self.seen.append(value)
        self.replaced += 1


def cut(text: str, lengths: list[int]) -> list[str]:
    """The text in pieces with these lengths, over and over."""
    ends = accumulate(lengths[n % len(lengths)] for n in range(len(text)))
    points = [0, *(end for end in ends if end < len(text)), len(text)]
    return [text[start:end] for start, end in pairwise(points)]


def streamed(text: str, place: Place, lengths: list[int], after: str = "") -> Seen:
    paper = Seen()
    paper.value = after
    writer = CleanPaper(paper, place, after)
    for delta in cut(text, lengths):
        writer.append(delta)
    return paper


@given(texts, st.sampled_from(PLACES), cuts)
@example(f"Bees\n{'<topic>' * 40}\nfly.", HIVE, [4])
@example("”<topic>## The hive", HIVE, [1])
def test_the_pieces_make_no_difference(text: str, place: Place, lengths: list[int]) -> None:
    whole, cleaning = Cleaning(place), Cleaning(place)
    whole.feed(text)
    for delta in cut(text, lengths):
        cleaning.feed(delta)
    assert cleaning.finished() == whole.finished()


@given(texts, st.sampled_from(PLACES), cuts)
@example(f"Bees\n{'<topic>' * 40}fly", HIVE, [1])
def test_what_is_shown_is_what_is_stored_but_for_what_is_known_only_at_the_end(
    text: str, place: Place, lengths: list[int]
) -> None:
    cleaning = Cleaning(place)
    for delta in cut(text, lengths):
        cleaning.feed(delta)
    shown = streamed(text, place, lengths).value
    assert shown == "".join(cleaning.kept)
    cleaning.withdrawn = False
    stored, remarks = cleaning.finished(), ("Let me", "I made", "This revised")
    late = cleaning.withdrawn or (any(each in text for each in remarks) and shown.startswith(stored))
    assert late or stored.startswith(shown.rstrip())


@given(texts, cuts)
@example(f"## The hive\n{'<topic>' * 40}fly", [1])
def test_a_continuation_leaves_what_was_there(text: str, lengths: list[int]) -> None:
    alone, paper = streamed(text, HIVE, lengths), streamed(text, HIVE, lengths, after="Before.")
    assert all(value.startswith("Before.") for value in paper.seen)
    assert paper.value == "\n\n".join(filter(None, ["Before.", alone.value]))


def test_a_continuation_does_not_say_again_what_was_there() -> None:
    before, new = f"{PROSE}.\n\nWinter is long.", "In spring they swarm, and a new queen stays in the old hive."
    again = f"{PROSE}.\n\n{new}"
    assert clean(again, HIVE, after=before) == new
    assert streamed(again, HIVE, [3], after=before).value == f"{before}\n\n{new}"


@given(
    st.lists(
        st.sampled_from(
            [
                "Bees live.",
                "“Hives,” they say.",
                "2 < 3",
                "- one",
                "**Wax** is soft",
                "`<topic>` is a tag",
                "x\n\n```html\n<text>\n# hum\n\n\n- b\n```",
            ]
        ),
        min_size=1,
        unique=True,
    ).map("\n\n".join),
    st.sampled_from([HIVE, Place()]),
    cuts,
)
def test_an_ordinary_text_only_grows(text: str, place: Place, lengths: list[int]) -> None:
    paper = streamed(text, place, lengths)
    assert not paper.replaced
    assert text.startswith(paper.value)
    assert clean(text, place) == text


@pytest.mark.parametrize(
    "text", ["Bees live in hives.", "Other bees do not.", "Iron is heavy.", "42 bees", "蜜蜂住在蜂巢里。"]
)
def test_an_ordinary_text_is_shown_at_once(text: str) -> None:
    paper = streamed(text, HIVE, [1])
    assert len(paper.seen[0]) <= 4
    assert paper.value == text


NEVER = ["Sure", "Here's", "```", "The hive", "HIVE", "About", "Honey", "<", "section", "“", '"']
TEXT = f"Bees live in hives.\n\nThey fly{', and fly' * 40}."
AROUND = [
    f"Sure, here is the section:\n\n{TEXT}",
    f"Here's a rewritten version:\n```markdown\n\n{TEXT}\n```\n\nThis revised section is short.",
    f"```\n{TEXT}\n```",
    f"```markdown\n{TEXT}",
    f"<text>\n{TEXT}\n</text>\n<section>",
    f"“{TEXT}”",
    f'Okay, here it is:\n\n"{TEXT}"\n\nI made the following changes to this section: none.',
]
BETWEEN = [
    f'<source id="1"> **THE HIVE:**\n{TEXT}',
    f"# About hives\n\n## 1. The hive\n{TEXT}",
    f"```markdown\n## The hive\n\n{TEXT}\n```",
    f"### The hive ###\n\n{TEXT}\n\n__Honey__\n\nHoney is sweet.",
    f"{TEXT}\n\n## Honey\n\nHoney is sweet.",
]


@pytest.mark.parametrize(
    ("answer", "place"),
    [*((answer, place) for answer in AROUND for place in PLACES), *((answer, HIVE) for answer in BETWEEN)],
)
@pytest.mark.parametrize("length", [1, 3, 1000])
def test_what_does_not_belong_is_never_seen(answer: str, place: Place, length: int) -> None:
    paper = streamed(answer, place, [length])
    assert (paper.value, clean(answer, place), paper.replaced) == (TEXT, TEXT, 0)
    assert not any(each in value for value in paper.seen for each in NEVER)


def test_what_only_looked_as_if_it_was_around_is_shown() -> None:
    code = "```\nx = 1\n```\n\nThis is all that it takes to set a value."
    assert streamed(code, HIVE, [1]).value == code
    code = "```\nx = 2\n```\n\nI changed the value.\n\nNow it is two."
    assert streamed(code, HIVE, [1]).value == code
    quoted = streamed('"Hive" is a word.', HIVE, [1])
    assert (quoted.seen[0], quoted.replaced) == ('"Hive" i', 0)


def test_a_paragraph_that_says_it_again_is_withdrawn_when_it_ends() -> None:
    paper = streamed(f"{PROSE}.\n\nHoney is sweet.\n\n{PROSE}.\n\nSo it goes", HIVE, [7])
    assert paper.value == f"{PROSE}.\n\nHoney is sweet.\n\nSo it goes"
    assert paper.replaced == 1


def test_a_rewrite_shows_nothing_of_the_other_sections() -> None:
    place = Place("The hive", ["Honey"], picked=True)
    paper = streamed("# Bees\n\n## Honey\n\nSweet.\n\n## The hive\n\nBees live.\n\n## Honey\n\nSweet.", place, [5])
    assert (paper.value, paper.replaced) == ("Bees live.", 0)
    paper = streamed("This is it.\n\n## The hive\n\nBees live.", place, [5])
    assert (paper.value, paper.replaced) == ("Bees live.", 1)


def test_what_was_withdrawn_is_written_anew() -> None:
    paper = Seen()
    writer = CleanPaper(paper, HIVE, after="Before.")
    writer.append("```sh\nA wrong")
    writer.withdraw()
    assert paper.value == "Before."
    writer.append("## The hive\n\nBees")
    assert paper.value == "Before.\n\nBees"


WORST = [
    "<", "#", "`", "*", '"', "\n", " ", "a\n", "# a\n", "**a\n", "<topic>", "a `<text ", "- a\n\n", "```\n", "Sure, ",
    f"{PROSE}.\n\n",
]  # fmt: skip


@pytest.mark.parametrize("place", [HIVE, Place()])
@pytest.mark.parametrize("text", WORST)
def test_any_text_is_cleaned_in_no_time(text: str, place: Place) -> None:
    text *= 50_000 // len(text)
    begun = time.process_time()
    paper = Paper()
    writer = CleanPaper(paper, place)
    for delta in cut(text, [4]):
        writer.append(delta)
    clean(text, place)
    assert time.process_time() - begun < 3  # a third of a second, and more where coverage is measured
