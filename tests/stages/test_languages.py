import pytest

from service.core.brief import Brief
from service.stages import languages


@pytest.mark.parametrize(
    ("topic", "language", "name", "counted", "hundred"),
    [
        ("Bees", None, "the language of the topic", False, 264),
        ("Bees", "en-GB", "English", False, 264),
        ("Bees", "de-AT", "German", False, 314),
        ("Bienen für Anfänger", None, "German", False, 314),
        ("Warum der Himmel blau ist", None, "German", False, 314),
        ("Die Zukunft der Bahn in Deutschland", None, "German", False, 314),
        ("The history of the bicycle", None, "English", False, 264),
        ("Pourquoi le ciel est bleu", None, "French", False, 314),
        ("IM or email", None, "the language of the topic", False, 264),
        ("Les abeilles d'été", None, "the language of the topic", False, 314),
        ("Bees", "ru", "Russian", False, 664),
        ("Пчёлы", None, "Russian", False, 664),
        ("蜜蜂", None, "Chinese", True, 314),
        ("みつばち", None, "Japanese", True, 314),
        ("꿀벌", None, "Korean", False, 314),
        ("Bees", "xx", "the language with the code xx", False, 314),
    ],
)
def test_a_language_has_a_name_and_a_length(
    topic: str, language: str | None, name: str, counted: bool, hundred: int
) -> None:
    brief = Brief(topic=topic, language=language)
    assert languages.name(brief) == name
    assert bool(languages.counting(brief)) == counted
    assert languages.tokens(100, brief) == hundred
