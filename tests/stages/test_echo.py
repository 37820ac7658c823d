"""What a small model copied from its prompt is no part of a text; whatever else it says is."""

import re

import pytest

from service.core.brief import Brief
from service.demo.answers import section
from service.demo.asked import Asked
from service.settings import ROOT
from service.stages.clean import clean
from service.stages.echo import echoes, runs, says_again
from service.stages.place import Place
from service.stages.prompts import FIELDS, Prompts
from tests.stages.test_clean_paper import streamed

PROMPTS = Prompts(ROOT / "config" / "prompts")
BRIEF = Brief(topic="Bees", target_audience="curious readers")
BODY = "Bees live in hives."


def place(name: str, *, more: bool = False) -> Place:
    return Place("The hive", ["Honey"], instructions=PROMPTS.instructions(name, BRIEF), more=more)


@pytest.mark.parametrize(
    ("name", "echo"),
    [
        ("style", "Rewrite this draft in a conversational, engaging style for the audience."),
        (
            "continue",
            "This text is section 2 of an article for <audience>curious readers</audience>, and it is too short. Go on "
            "where it ends, with\nabout 60 words more of plain prose in German. Say something new, repeat nothing.",
        ),
        ("section", "Keep to what it covers, and leave the rest to the other sections."),
    ],
)
def test_what_the_prompt_says_is_withdrawn(name: str, echo: str) -> None:
    told = PROMPTS.instructions(name, Brief(topic="Bees", target_audience="curious readers", tone="conversational"))
    there = Place("The hive", ["Honey"], instructions=told)
    assert clean(f"{echo}\n\n{BODY}\n\n{echo}", there) == BODY
    assert streamed(f"{echo}\n\n{BODY}", there, [3]).value == BODY


def test_a_continuation_that_is_an_echo_adds_nothing() -> None:
    echo = "Say something new, repeat nothing, and give only what is to be added."
    assert clean(echo, place("continue", more=True)) == ""
    assert clean(echo, place("continue")) == echo


def test_a_prompt_without_material_has_none() -> None:
    assert "Bees" not in PROMPTS.instructions("edit", BRIEF).replace("<topic>\nBees\n</topic>", "")
    assert "about  words" in PROMPTS.instructions("section", BRIEF)


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_ordinary_texts_are_no_echo(name: str) -> None:
    told = frozenset(runs(PROMPTS.instructions(name, BRIEF)))
    texts = [path.read_text() for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))]
    texts += [
        section(
            Asked(
                kind="section", topic="Bees", title="The hive", number=n, words=400, sections=3, draft="", passage="",
                sources=(1,), rest="", said="", seed=n,
            )
        )
        for n in range(8)
    ]  # fmt: skip
    paragraphs = [each for text in texts for each in re.split(r"\n\n|\n(?=- )", text)]
    assert len(paragraphs) > 300
    assert not [each for each in paragraphs if echoes(runs(each), told)]


def test_a_paragraph_that_says_again_what_was_said_is_withdrawn() -> None:
    story = "It is a story about what people choose to do, and it is a story about why they choose to do it at all."
    again = "It is a story about why they choose to do it, and it is a story about what people choose to do."
    assert clean(f"{story}\n\n{BODY}\n\n{again}", place("section")) == f"{story}\n\n{BODY}"
    assert streamed(f"{story}\n\n{again}\n\n{BODY}", place("section"), [5]).value == f"{story}\n\n{BODY}"


def test_long_texts_keep_their_paragraphs() -> None:
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")):
        prose = [each for each in re.split(r"\n\n", path.read_text()) if "```" not in each and "|" not in each]
        before: set[tuple[str, ...]] = set()
        for paragraph in prose:
            assert not says_again(runs(paragraph), before), paragraph
            before.update(runs(paragraph))


def test_tags_between_paragraphs_are_taken_off() -> None:
    assert clean("<p>Bees live in hives.</p>\n<p>They hum all day.</p>", place("section")) == (
        "Bees live in hives.\nThey hum all day."
    )
    assert clean("Write `<p>` before it.", place("section")) == "Write `<p>` before it."
