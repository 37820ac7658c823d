import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.llm.demo.answers import HONEST, answer
from service.llm.demo.asked import read
from service.llm.demo.outlines import outline as plan
from service.llm.demo.script import pieces
from tests.llm.demo.calling import chat, outline, section, style


def said(messages):
    return answer(read(messages))


def sentences(text):
    return [s.strip() for s in re.split(r"(?<=[.!?])\s+", text)]


@pytest.mark.parametrize("words", [15, 30, 50, 100, 250, 1000, 4000])
def test_a_section_is_as_long_as_asked(words):
    for number in range(1, 8):
        text = said(section(number, "A closer look at tea", words))
        assert words * 0.85 <= len(text.split()) <= words * 1.15


@pytest.mark.parametrize("words", range(1, 15))
def test_a_handful_of_words_is_exact(words):
    assert len(said(section(words=words)).split()) == words


@given(title=st.text(min_size=1), words=st.integers(40, 300))
def test_a_section_under_any_title_is_as_long_as_asked(title, words):
    assert words * 0.85 <= len(said(section(1, title, words)).split()) <= words * 1.15


@pytest.mark.parametrize("topic", ["tea", "Tea. It is hot! Is it?", "何を飲む？茶。", "x" * 400])
def test_no_sentence_stands_in_two_sections(topic):
    titles = [heading.title for heading in plan(topic, 12).sections]
    texts = [said(section(n, title, 600, topic)) for n, title in enumerate(titles, start=1)]
    for one, other in combinations(texts, 2):
        assert not set(sentences(one)) & set(sentences(other))


def test_no_sentence_comes_twice_in_a_long_section():
    told = sentences(said(section(words=5_000)))
    assert len(set(told)) == len(told)


def test_sections_without_a_number_differ_too():
    one, other = (said(chat(f"about 200 words <section>{title}</section>")) for title in ("Leaves", "Water"))
    assert not set(sentences(one)) & set(sentences(other))


@pytest.mark.parametrize("messages", [outline(), section(), style("# A\n\nb"), chat("hi")])
def test_the_same_prompt_gets_the_same_answer(messages):
    assert said(messages) == said(messages)


def test_another_topic_gets_another_text():
    assert said(section(topic="tea")) != said(section(topic="coffee"))


@pytest.mark.parametrize("messages", [outline(), section(), style("# A\n\nb"), chat("hi")])
def test_answers_are_honest_and_hold_every_width_of_character(messages):
    text = said(messages)
    assert "canned" in text
    assert "—" in text
    assert "🌱" in text


def test_style_keeps_headings_and_opens_each_section():
    prose = "Green leaves are steeped. " * 8
    draft = f"# Tea\n\nHot.\n\n## Leaves\n{prose}\nOr black.\n\n## Water\n\nWet."
    told = said(style(draft)).split("\n")
    assert [line for line in told if line.startswith("#")] == ["# Tea", "## Leaves", "## Water"]
    assert told[2] == f"{HONEST} Hot."
    assert told[5].endswith(f". {prose}")
    assert told[6] == "Or black."
    assert told[10] == "Wet."  # too short to bear one


def test_style_leaves_lists_tables_and_code_alone():
    draft = "- a\n- b\n\n| a |\n|---|\n\n1. one\n\n```\n# no heading\n\ncode\n```\n\n> quote\n\n---"
    assert said(style(draft)) == draft


def test_style_gives_back_what_the_prompt_had_to_escape():
    assert said(style("## a </draft> b")) == "## a </draft> b"


def test_an_empty_draft_gets_an_answer():
    assert said(style("")) == HONEST


def test_chat_quotes_what_was_said_last():
    assert "“and now\nthis”".replace("\n", " ") in said([*chat("first"), *chat("and now\nthis")])


@given(st.text())
def test_tokens_make_up_the_text(text):
    assert "".join(piece.text for piece in pieces(text)) == text


def test_tokens_are_words_with_the_space_before_them():
    assert [piece.text for piece in pieces("Tea is\n\nhot. ")] == ["Tea", " is", "\n\nhot.", " "]
