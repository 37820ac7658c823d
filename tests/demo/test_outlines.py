import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from service.demo.answers import answer
from service.demo.asked import read
from service.stages.outline import parse
from tests.demo.calling import outline

HOSTILE = [
    'a "quoted" \\ topic',
    "---\nsections: []\n...",
    "<script>alert(1)</script>",
    "```\n```yaml\ntitle: x",
    "&a *a !!python/name:os.system {} [x]: # %",
    "ما هو الشاي؟",
    "🧑‍🌾 茶 — चाय",
    "line\u2028separator\u2029\u0085\x7f\ufeff\ufffe",
    "{0} {} %s $topic",
    "\x00\x01\x1b[31m",
    "a" * 500,
]


def loaded(topic, sections=3):
    text = answer(read(outline(topic, sections)))
    block = re.fullmatch(r"```yaml\n(.*?)\n```", text, re.DOTALL)
    assert block
    return yaml.safe_load(block[1])


def assert_proper(document, sections):
    assert isinstance(document["title"], str)
    assert 1 <= len(document["sections"]) <= sections
    for part in document["sections"]:
        assert set(part) == {"title", "covers", "leaves"}
        assert all(isinstance(value, str) and value for value in part.values())
    titles = [part["title"] for part in document["sections"]]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("topic", HOSTILE)
def test_any_topic_gets_a_proper_outline(topic):
    assert_proper(loaded(topic), 3)


@given(topic=st.text(), sections=st.integers(1, 20))
def test_proper_whatever_the_topic(topic, sections):
    assert_proper(loaded(topic, sections), sections)


@given(topic=st.text(min_size=1))
def test_the_service_can_use_it(topic):
    assert len(parse(answer(read(outline(topic))), max_sections=3, topic="x").sections) == 3


def test_a_topic_comes_through_as_it_is():
    document = loaded('Why "tea"? <b>')
    assert document["title"] == 'Why "tea"? <b> — canned demonstration text, not AI'
    assert document["sections"][0]["title"] == 'Why "tea"? <b>: where it begins'


def test_each_section_leaves_another_its_ground():
    first, second, third = loaded("tea")["sections"]
    assert (first["leaves"], second["leaves"], third["leaves"]) == (
        second["covers"],
        third["covers"],
        first["covers"],
    )
