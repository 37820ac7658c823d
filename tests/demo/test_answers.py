import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.conversations.prompts import ChatPrompts
from service.conversations.proposals import Subject, parse
from service.core import words
from service.demo.answers import HONEST, answer
from service.demo.asked import read
from service.demo.outlines import outline as plan
from service.demo.script import pieces
from service.settings import ROOT
from tests.demo.calling import chat, outline, section, style


def said(messages):
    return answer(read(messages))


def sentences(text):
    return [s.strip() for s in re.split(r"(?<=[.!?])\s+", text)]


@pytest.mark.parametrize("length", [*range(1, 15), 15, 30, 50, 100, 250, 1000, 4000])
@pytest.mark.parametrize("title", ["A closer look at tea", "何を飲む？茶。", "3.14"])
def test_a_section_has_exactly_as_many_words_as_asked(length, title):
    for number in range(1, 8):
        assert words.count(said(section(number, title, length))) == length


def test_citations_count_too():
    given = [*section(words=200), *chat('<source id="1">Tea</source><source id="2">Water</source>')]
    assert "[1]" in said(given)
    assert words.count(said(given)) == 200


@given(title=st.text(min_size=1), length=st.integers(40, 300))
def test_a_section_under_any_title_is_as_long_as_asked(title, length):
    assert length * 0.95 <= words.count(said(section(1, title, length))) <= length * 1.05


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
def test_answers_are_honest_and_need_no_emoji_font(messages):
    text = said(messages)
    assert "canned" in text
    assert "—" in text
    assert max(text) < "\U00010000"


def test_style_keeps_headings_and_opens_each_section():
    prose = "Green leaves are steeped. " * 80
    draft = f"# Tea\n\nHot.\n\n## Leaves\n{prose}\nOr black.\n\n## Water\n\nWet."
    told = said(style(draft)).split("\n")
    assert [line for line in told if line.startswith("#")] == ["# Tea", "## Leaves", "## Water"]
    assert told[2] == f"{HONEST} Hot."
    assert told[5].endswith(f". {prose}")
    assert told[6] == "Or black."
    assert told[10] != "Wet."
    assert told[10].endswith(". Wet.")


def test_style_adds_no_more_than_a_draft_bears():
    draft = "\n\n".join(f"## {n}\n\n{'Green leaves are steeped. ' * 8}" for n in range(9))
    assert words.count(said(style(draft))) <= words.count(draft) * 8 / 7
    assert said(style("## Tea\n\nHot.\n\n## Water\n\nWet.")).endswith("\n\nWet.")


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


def about(text, said):
    subject = Subject("Tea", text, 1)
    return subject, [ChatPrompts(ROOT / "config" / "prompts").system(subject), *chat(said)]


@pytest.mark.parametrize(
    ("wish", "number"),
    [
        ("Make section two shorter", 2),
        ("Add an example to section 1", 1),
        ("Please simplify it", 1),
        ("Add section 9", 2),
    ],
)
def test_a_wish_about_an_article_gets_a_proposal_in_form(wish, number):
    subject, messages = about("# Tea\n\n## Leaves\n\nGreen.\n\n## Water\n\nHot.", wish)
    visible, _, block = said(messages).partition("```yaml\n")
    made = parse(block.removesuffix("\n```"), subject)
    assert made.section == number
    assert "canned" in visible
    assert "canned" in made.text


def test_a_question_about_an_article_gets_an_answer():
    assert "```" not in said(about("## Leaves\n\nGreen.", "What is tea?")[1])
    assert "```" not in said(about("No sections.", "Make it shorter")[1])


def test_an_unknown_form_is_given_back_as_it_is():
    form = '```yaml\nmood: "a word"\n```'
    assert said(chat(f"How does this read?\n\n<article>\n# Tea\n</article>\n\nAnswer like this:\n\n{form}")) == form


def test_an_unknown_prompt_is_answered_as_a_chat_is():
    assert "demo model" in said(chat("How does this read?\n\n<article>\n# Tea\n</article>"))
