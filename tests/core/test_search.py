"""What a search finds, and what it shows of it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.core.search import Part, excerpt, spelled, terms

FOUND = [
    ("Der Hauptbahnhof in Köln", "bahnhof"),
    ("Der Hauptbahnhof in Köln", "KOLN"),
    ("Der Hauptbahnhof in Köln", "hof köln"),
    ("Die Straße", "STRASSE"),
    ("Cafe\u0301 au lait", "café"),
    ("Café au lait", "cafe\u0301"),
    ("ＦＵＬＬ width", "full"),
    ("a ﬁne day", "fine"),
    ("my EU news", "eu"),
    ("my EU news", "e"),
    ("Written in C++ and C#", "c++"),
    ("An x-ray.", "x-ray"),
    ("The river bends", '"river bend"'),
    ("我在北京大学学习", "北京"),
    ("我在北京大学学习", "学"),
    ("我在北京大学学习", "北京大学"),
    ("我用AI芯片", "ai芯片"),
    ("ｶﾞﾗｽの城", "ガラス"),
    ("人々の声", "々の"),
    ("한국어로 쓴 글", "국어"),
    ("हिन्दी में", "हिन्दी"),
    ("soft\u00adly spoken", "softly"),
    ("αλφάβητο", "ΑΛΦΑΒΗΤΟ"),
    ('He said "stop"', '"stop'),
]
NOT_FOUND = [
    ("They said it again", "ai"),
    ("a bend in the river", '"river bend"'),
    ("a bend in the river", "river sea"),
    ("北方的京城", "北京"),
    ("Written in C", "c++"),
    ("OpenAI芯片", "ai芯片"),
]


def finds(text: str, query: str) -> bool:
    """As a plain look at the text says."""
    asked = terms(query)
    return bool(asked) and all(term in spelled(text) for term in asked)


def shown(parts: list[Part] | None) -> str:
    return "".join(f"[{part.text}]" if part.found else part.text for part in parts or [])


@pytest.mark.parametrize(("text", "query"), FOUND)
def test_found(text: str, query: str) -> None:
    assert finds(text, query)


@pytest.mark.parametrize(("text", "query"), NOT_FOUND)
def test_not_found(text: str, query: str) -> None:
    assert not finds(text, query)


@pytest.mark.parametrize("query", ["", " ", "%%", '"', '""', "…?!", "*", "\x00", "\ud800", "🐝"])
def test_without_letters_or_digits_there_is_nothing_to_find(query: str) -> None:
    assert terms(query) == []


def test_a_word_that_is_asked_for_twice_is_one() -> None:
    assert terms('Bees bees "BEES"') == ["bees"]


LETTERS = st.text(alphabet="aAbBéß 北京\n大 が ﬁ-+\u0301", max_size=30)


@given(LETTERS, st.sampled_from(["abÉßﬁ", "北京大"]), st.data())
def test_every_piece_of_a_word_with_three_letters_is_found(around: str, letters: str, data: st.DataObject) -> None:
    word = data.draw(st.text(letters, min_size=3, max_size=9))
    begin = data.draw(st.integers(0, len(word) - 3))
    piece = word[begin : data.draw(st.integers(begin + 3, len(word)))]
    assert finds(f"{around}{word}{around}", piece.swapcase())


@example("a a", "a")
@example("ß", "s")
@example("a-  b", "a-b")
@given(LETTERS, LETTERS)
def test_what_is_found_is_shown(text: str, query: str) -> None:
    for term in terms(query):
        parts = excerpt(text, [term])
        assert (parts is not None) == (term in spelled(text))
        for part in parts or []:
            assert not part.found or term in spelled(part.text)


def test_an_excerpt_has_what_is_around_and_marks_each_term() -> None:
    text = f"{'Before it all. ' * 20}\n\n## A bend\n\nThe **river** turns, and the River bends.{' After it all.' * 20}"
    parts = excerpt(text, terms("river bend"))
    assert shown(parts) == (
        "…all. Before it all. Before it all. Before it all. A [bend] The [river] turns, and the [River] [bend]s. "
        "After it all. After it all. After it all. After it all. After it all. After…"
    )


def test_accents_belong_to_what_is_found() -> None:
    assert shown(excerpt("Un cafe\u0301 noir", terms("café"))) == "Un [cafe\u0301] noir"
    assert shown(excerpt("Die Straßen", terms("strasse"))) == "Die [Straße]n"


def test_a_place_far_down_is_found_exactly_also_behind_what_folds_to_more_or_less() -> None:
    text = "ßﬁ e\u0301\u00ad " * 2_000 + "here it is"
    assert shown(excerpt(text, terms("here"))).endswith("[here] it is")


def test_what_is_in_no_text_has_no_excerpt() -> None:
    assert excerpt("Bees", terms("wasps")) is None
