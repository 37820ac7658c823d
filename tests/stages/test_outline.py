import contextlib
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core.model_errors import ModelNonsense
from service.core.outline import Heading, Outline
from service.messages import say
from service.stages.outline import parse
from tests.raising import raises


def outline(answer: str, max_sections: int = 3) -> Outline:
    return parse(answer, max_sections=max_sections, topic="the topic")


def titles(answer: str) -> list[str]:
    return [section.title for section in outline(answer).sections]


def test_title_and_ground_of_each_section() -> None:
    yaml = "title: Bees\nsections:\n  - title: Hive\n    covers: wax\n    leaves: honey\n"
    answer = f"Here you are:\n```yaml\n{yaml}```\nDone!"
    assert outline(answer) == Outline(title="Bees", sections=[Heading(title="Hive", covers="wax", leaves="honey")])


@pytest.mark.parametrize(
    ("yaml", "expected"),
    [
        ("sections: [Hive, Honey]", ["Hive", "Honey"]),
        ("sections:\n- Bees: a history\n- Wax", ["Bees: a history", "Wax"]),
        ("sections:\n- 1984\n- yes\n- 2026-01-01", ["1984", "yes", "2026-01-01"]),
        ("sections:\n- title: '## Hive'", ["Hive"]),
        ("sections:\n- title: Hive\n  surprise: {a: 1}", ["Hive"]),
        ("sections:\n- |\n  two\n  lines", ["two lines"]),
        ("sections:\n- '漢字 <b>x</b> --- \"q\" 🐝'", ['漢字 <b>x</b> --- "q" 🐝']),
    ],
)
def test_titles_are_taken_as_they_are_written(yaml: str, expected: list[str]) -> None:
    assert titles(f"```yaml\n{yaml}\n```") == expected
    assert titles(yaml) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("sections: [Hive, hive, Honey]", ["Hive", "Honey"]),
        ("sections: [a, b, c, d]", ["a", "b", "c"]),
        ("sections: [Title of the section, Hive, Section 2]", ["Hive"]),
        ('{"title": "Bees", "sections": [{"title": "Hive", "covers": "", "leaves": ""}]}', ["Hive"]),
        (
            '{"title": "Bees", "sections": [{"title": "Hive", "covers": "wax"}, {"title": "Honey", "cov',
            ["Hive", "Honey"],
        ),
        (
            "```yaml\ntitle: Bees\nsections:\n  - title: Hive\n  - title: Honey: sweet: sticky\n",
            ["Hive", "Honey: sweet: sticky"],
        ),
        ("1. Hive\n2. Honey", ["Hive", "Honey"]),
        ('Sure!\n\n1) "Hive"\n2) **Honey**\n\nDone.', ["Hive", "Honey"]),
        ("- Hive\n* Honey\n• Wax", ["Hive", "Honey", "Wax"]),
        (f"1. Hive: {'long ' * 20}\n2. Honey - {'long ' * 20}", ["Hive", "Honey"]),
        ("1. Title: Hive\n2. **“Honey” – what it is made of**", ["Hive", "Honey"]),
    ],
)
def test_what_can_be_used_of_an_answer_is_used(answer: str, expected: list[str]) -> None:
    assert titles(answer) == expected


def test_without_a_title_the_topic_is_it() -> None:
    assert outline("sections: [Hive]").title == "the topic"


LEVELS = zip("abcdefgh", "bcdefghi", strict=True)
BOMB = "a: &a [x,x,x,x]\n" + "".join(f"{b}: &{b} [*{a},*{a},*{a},*{a}]\n" for a, b in LEVELS)


@pytest.mark.parametrize(
    ("answer", "mistake"),
    [
        ("I'd rather not.", "no fenced"),
        ("", "no fenced"),
        ("sections: []", "no sections"),
        ("sections: Hive", "no list under"),
        ("```yaml\nsections: [unclosed\n```", "not valid"),
        ("sections:\n- covers: wax", "no sections"),
        ("sections:\n- ''", "no sections"),
        ("sections:\n- [a, b]", "no sections"),
        ("sections: [Title of the section, the other section, Section 3, '...']", "no sections"),
        ("sections: [!!python/object/apply:os.system ['true']]", "tags"),
        ("sections: [!mine x]", "tags"),
        (BOMB + "sections: [*i]", "aliases"),
        ("sections: " + "[" * 1000, "nested"),
        ("sections: [" + "x" * 30_000 + "]", "too long"),
        ("? [a, b]\n: c", "not valid"),
        ("--- a\n--- b", "not valid"),
        ("sections: [\x00]", "not valid"),
    ],
)
def test_what_can_not_be_an_outline_is_said_so(answer: str, mistake: str) -> None:
    begun = time.process_time()
    with raises(ModelNonsense, mistake):
        outline(answer)
    assert time.process_time() - begun < 0.5


@given(st.text(max_size=300))
def test_any_text_is_an_outline_or_nonsense(answer: str) -> None:
    with contextlib.suppress(ModelNonsense):
        outline(answer)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=80))
def test_any_title_arrives_as_one_line_of_text(title: str) -> None:
    try:
        (section,) = outline(f"sections:\n- title: {json.dumps(title, ensure_ascii=False)}\n").sections
    except ModelNonsense as error:
        assert "no sections" in say(error.sentence) or not title.isprintable()  # noqa: PT017
        return
    assert section.title == " ".join(section.title.split())
    assert "\n" not in section.title
