"""A section's text stands alone, whatever a model puts around it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.stages.clean import clean, whole_sentences
from service.stages.place import Place

SAID = "Bees live in hives that are made of wax. They fly out for nectar every day."
HIVE = Place("The hive", ["Honey", "Wax and combs"])


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("Bees live in hives.", "Bees live in hives."),
        ("## The hive\n\nBees live in hives.", "Bees live in hives."),
        ("**The hive**\n\nBees live in hives.", "Bees live in hives."),
        ("# About hives\n\nBees live in hives.", "Bees live in hives."),
        ("```markdown\n## The hive\nBees live in hives.\n```", "Bees live in hives."),
        ("Sure, here is the section:\n\nBees live in hives.", "Bees live in hives."),
        ("Here's a rewritten version:\n\nBees live in hives.", "Bees live in hives."),
        ("以下是正文：\n蜜蜂住在蜂巢里。", "蜜蜂住在蜂巢里。"),
        ('"Bees live in hives."', "Bees live in hives."),
        ("<text>\nBees live in hives.\n</text><instruction>", "Bees live in hives."),
        ("Bees live in hives.\n\nI made the following changes: none.", "Bees live in hives."),
        ("Bees live in hives.\n\nLet me know what you think!", "Bees live in hives."),
        ("Bees live in hives.\n\n## Honey\n\nHoney is sweet.", "Bees live in hives."),
        ("## The hive\n\nBees.\n\n**Wax and combs**\n\nWax.", "Bees."),
        ("Bees.\n\n## More of it\n\nWax.", "Bees.\n\n### More of it\n\nWax."),
        ("Bees.\n\n### Why\n\nWax.", "Bees.\n\n### Why\n\nWax."),
        ("Bees.\n\n```sh\n# a comment\n```", "Bees.\n\n```sh\n# a comment\n```"),
        ("Here is why: bees need a home.", "Here is why: bees need a home."),
        ('"Hive" is a word, so is "comb"', '"Hive" is a word, so is "comb"'),
        ("I hope that spring comes.", "I hope that spring comes."),
        ("**Bees**\n\nlive in hives.", "**Bees**\n\nlive in hives."),
        ("Bees.\n\n## The hive\n\nBees again.", "Bees."),
        ("Use `<article>` for it. <text>", "Use `<article>` for it."),
        ("```html\n<section>\n```\n\nis HTML.", "```html\n<section>\n```\n\nis HTML."),
        ("Bees.\n\n```html\nx <section>\n```", "Bees.\n\n```html\nx <section>\n```"),
        ("```\nIt was cut after `x`", "It was cut after `x`"),
        ("Okay, here it is:\nHere is why:\n\nBees live in hives.", "Here is why:\n\nBees live in hives."),
        ("Okapis are no bees:\nthey eat leaves.", "Okapis are no bees:\nthey eat leaves."),
        ("## The hive", "The hive"),
        ("", ""),
    ],
)
def test_what_does_not_belong_is_taken_off(answer: str, text: str) -> None:
    assert clean(answer, HIVE) == text


def test_what_was_said_is_not_said_again() -> None:
    assert clean(f"{SAID}\n\nHoney is sweet.\n\n{SAID} So it goes.\n\n- wax\n\n- wax", HIVE) == (
        f"{SAID}\n\nHoney is sweet.\n\n- wax\n\n- wax"
    )


def test_a_whole_article_keeps_its_headings_and_what_it_says_twice() -> None:
    article = f"# Bees\n\n## The hive\n\n{SAID}\n\n## Honey\n\n{SAID}\n\n**Honey**\n\nLet me know."
    assert clean(f"<draft>\n{article}\n</draft>", Place()) == article


@given(st.text(max_size=300))
def test_any_answer_has_a_text(answer: str) -> None:
    text = clean(answer, HIVE)
    assert len(text) <= len(answer) + 6 * answer.count("#")
    assert text or not any(each.isalnum() for each in answer)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Bees fly. They make", "Bees fly."),
        ("Bees fly.", "Bees fly."),
        ("“Bees fly.” They", "“Bees fly.”"),
        ("Bees fly 2.5 miles a", "Bees fly 2.5 miles a"),
        ("蜜蜂会飞。它们", "蜜蜂会飞。"),
        ("- one\n- two\n\n- thr", "- one\n- two"),
        ("no end", "no end"),
    ],
)
def test_a_cut_text_ends_with_its_last_whole_sentence(text: str, whole: str) -> None:
    assert whole_sentences(text) == whole


@pytest.mark.parametrize("line", ["Honey", "2. honey", "About bees", "<headline>", "</p>"])
def test_other_titles_the_topic_and_tags_on_a_line_alone_are_taken_off(line: str) -> None:
    place = Place("The hive", ["Honey"], "About bees")
    assert clean(f"{line}\nBees live in it.\n\n- Honey\n- `<p>`\n\n{line}\n\nIt hums.", place) == (
        "Bees live in it.\n\n- Honey\n- `<p>`\n\nIt hums."
    )


def test_what_is_said_twice_on_lines_alone_is_said_once() -> None:
    hum, table = (
        "They hum,\nthey hum,\nThey hum,\nand fly.",
        "| a bee | a bee |\n|---|---|\n| a bee | 1 |\n| a bee | 1 |",
    )
    text = f"{hum}\n\nThe Future\n\n{table}\n\nthe future:\n\nThe Future\n\n```\nhum, hum\nhum, hum\n```"
    assert clean(text, HIVE) == f"They hum,\nand fly.\n\nThe Future\n\n{table}\n\n```\nhum, hum\nhum, hum\n```"


@pytest.mark.parametrize("line", ["The hive", "the Hive:", "<<The hive>>", "1. The hive", "<p>The hive</p>"])
def test_its_own_title_on_a_line_alone_is_taken_off(line: str) -> None:
    place = Place("The hive", ["Honey"])
    assert clean(f"{line}\n\nThe hive is made of wax.\n\n{line}\n\nIt hums.", place) == (
        "The hive is made of wax.\n\nIt hums."
    )
