"""Raw answers of a real small model (by tests/real/record.py): what is made of them is never what they show."""

import json
import random
import re
from dataclasses import dataclass
from typing import Any

import pytest

from service.core.model_errors import ModelNonsense
from service.models.reading import Reading
from service.settings import ROOT
from service.stages import patterns, seo
from service.stages.clean import clean, whole_sentences
from service.stages.outline import MAX_TITLE, parse
from service.stages.place import Place
from tests.models.test_reading import chunk
from tests.stages.test_clean_paper import streamed

FILE = ROOT / "tests" / "data" / "answers" / "smollm2-135m.jsonl"
MOST = 3  # sections
BY_HAND = {  # the titles that a person would find in an outline, by the answer's number; others have none
    11: ["The History of the Bicycle", "The History of the Bike"],
    18: ["Bees Make Honey"],
}
# Answers that end in nothing but a few lines or signs, again and again.
LOOPS = {0, 6, 7, 15, 16, 20, 22, 23, 24, 25, 29, 31, 36}
NOTHING = {12, 15}  # numbers of answers that only repeat titles


@dataclass(frozen=True)
class Recorded:
    number: int
    topic: str
    prompt: str
    title: str
    wanted: int
    finish: str
    text: str

    @property
    def place(self) -> Place:
        others = {each.title for each in ANSWERS if each.topic == self.topic and each.title} - {self.title}
        return Place(self.title or None, sorted(others), self.topic, more=True)

    def read(self) -> Reading:
        """Through the reader, in pieces as a server sends them."""
        reading, pieces = Reading(200_000), random.Random(self.number)
        text = self.text
        while text and not reading.done:
            size = pieces.randint(1, 6)
            reading.feed(chunk(text[:size]))
            text = text[size:]
        if not reading.done:
            reading.feed(chunk(finish=self.finish))
        reading.rest()
        return reading


def _recorded() -> list[Recorded]:
    lines: list[dict[str, Any]] = [json.loads(line) for line in FILE.read_text().splitlines()]
    return [Recorded(number, **line) for number, line in enumerate(lines)]


ANSWERS: list[Recorded] = _recorded()
OUTLINES = [each for each in ANSWERS if "sections:" in each.prompt or "numbered list" in each.prompt]
FIELDS = [each for each in ANSWERS if "seo_title" in each.prompt]
TEXTS = [each for each in ANSWERS if each.title]


def test_every_answer_is_of_some_kind() -> None:
    assert len(OUTLINES) + len(FIELDS) + len(TEXTS) >= 35


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: str(answer.number))
def test_loops_are_noticed_and_nothing_else_is(answer: Recorded) -> None:
    reading = answer.read()
    assert (len(reading.text) < len(answer.text.strip())) == (answer.number in LOOPS)


@pytest.mark.parametrize("answer", OUTLINES, ids=lambda answer: str(answer.number))
def test_outlines(answer: Recorded) -> None:
    expected = BY_HAND.get(answer.number)
    if expected is None:
        with pytest.raises(ModelNonsense):
            parse(answer.text, max_sections=MOST, topic=answer.topic)
        return
    outline = parse(answer.text, max_sections=MOST, topic=answer.topic)
    assert [section.title for section in outline.sections] == expected
    assert all(0 < len(section.title) <= MAX_TITLE for section in outline.sections)


@pytest.mark.parametrize("answer", FIELDS, ids=lambda answer: str(answer.number))
def test_search_fields(answer: Recorded) -> None:
    fields = seo.parse(answer.text, repair=True)
    assert 0 < len(fields.title) <= seo.MAX_TITLE
    assert 0 < len(fields.meta_description) <= seo.MAX_DESCRIPTION
    assert re.fullmatch(r"[\w]+(-[\w]+)*", fields.slug)
    assert len(set(fields.keywords)) == len(fields.keywords)


@pytest.mark.parametrize("answer", TEXTS, ids=lambda answer: str(answer.number))
def test_texts(answer: Recorded) -> None:
    reading = answer.read()
    kept = whole_sentences(reading.text) if reading.cut else reading.text
    text = clean(kept, answer.place)
    assert bool(text) == (answer.number not in NOTHING)
    shown = streamed(kept, answer.place, [7]).value
    assert shown.startswith(text)
    assert "\n\n" not in shown[len(text) :].strip()  # only of the last paragraph is known at the end that it goes
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    assert patterns.plain(answer.title) not in map(patterns.plain, lines)
    assert not [line for line in lines if re.fullmatch(r"#{1,2} .*", line)]
    assert patterns.untagged(text) == text
    assert not patterns.opener(text)
    paragraphs = [each for each in text.split("\n\n") if len(each) > 80]
    assert len(set(paragraphs)) == len(paragraphs)
