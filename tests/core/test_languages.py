import pytest

from service.core import languages

EN = "Bees dance in the dark, and that is how the hive finds what it needs."


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (EN, "en"),
        (f"{EN} 東京 and Москва are named in it.", "en"),
        ("Die Bienen tanzen, und das ist nicht alles.", "de"),
        ("Les abeilles dansent dans la nuit.", "fr"),
        ("Las abejas bailan en la oscuridad y es para las otras.", "es"),
        ("Le api danzano per gli altri e non per sé: perché?", "it"),
        ("As abelhas dançam no escuro para as outras e não dormem.", "pt"),
        ("De bijen dansen in het donker en dat is niet alles.", "nl"),
        ("Bina dansar och det är inte allt.", "sv"),
        ("Pszczoły tańczą w ciemności i nie jest to wszystko.", "pl"),
        ("蜜蜂为什么跳舞", "zh-Hans"),
        ("蜜蜂為什麼跳舞", "zh-Hant"),
        ("蜜蜂", "zh"),
        ("蜜蜂的舞蹈（Karl von Frisch，1973 年）", "zh"),
        ("みつばちはなぜ踊るのか", "ja"),
        ("蜜蜂はなぜ踊るのか", "ja"),
        ("꿀벌은 왜 춤을 추는가", "ko"),
        ("Почему пчёлы танцуют", "ru"),
        ("Бджоли танцюють, і це їхня мова", "uk"),
        ("Пчелите танцуват в тъмното", "bg"),
        ("Зашто пчеле плешу: њихов језик", "sr"),
        ("لماذا يرقص النحل", "ar"),
        ("چرا زنبورها می‌رقصند", "fa"),
        ("שפת הדבורים", "he"),
        ("Γιατί χορεύουν", "el"),
        ("मधुमक्खियाँ", "hi"),
        ("Bees", None),
        ("1, 2, 3", None),
        ("", None),
    ],
)
def test_a_text_tells_its_language(text: str, language: str | None) -> None:
    assert languages.of(text) == language


def test_what_was_asked_for_comes_first_then_the_first_text_that_tells() -> None:
    assert languages.tag("pt-br", EN) == "pt-BR"
    assert languages.tag("ZH-hant-tw") == "zh-Hant-TW"
    assert languages.tag(None, EN, "Warum der Himmel blau ist") == "en"
    assert languages.tag(None, "", "Warum der Himmel blau ist") == "de"
    assert languages.tag(None, "Bees") is None
