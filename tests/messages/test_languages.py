"""Every language says all that English says, with the same parameters, in a style of its own."""

import re
from string import Formatter

import pytest
from babel import Locale

from service import messages
from service.settings import ROOT
from service.stages.flows import stages

OTHERS = sorted(set(messages.LANGUAGES) - {"en"})
PLURAL = re.compile(r"(page\..+)\.(zero|one|two|few|many|other)")


def own(language: str) -> dict[str, str]:
    """What a language itself says, without the English that stands in for it."""
    stages()
    english = messages.catalog("en") if language == "en" else messages._read(language)
    return english | messages._page(language)


def codes(language: str) -> set[str]:
    return {found[1] if (found := PLURAL.fullmatch(code)) else code for code in own(language)}


def fields(template: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(template) if field}


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_lacks_no_code_and_has_none_of_its_own(language: str) -> None:
    assert codes(language) == codes("en")


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_what_is_counted_has_a_sentence_for_each_plural_form(language: str) -> None:
    forms = {"other", *Locale(language).plural_form.tags}
    counted: dict[str, set[str]] = {}
    for found in filter(None, map(PLURAL.fullmatch, own(language))):
        counted.setdefault(found[1], set()).add(found[2])
    assert len(counted) > 5
    assert [code for code, there in counted.items() if there != forms] == []


@pytest.mark.parametrize("language", OTHERS)
def test_its_sentences_name_the_same_parameters(language: str) -> None:
    english = own("en")
    wrong = [
        code
        for code, sentence in own(language).items()
        if fields(sentence) != fields(english[code if code in english else PLURAL.sub(r"\1.other", code)])
    ]
    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_it_is_not_english(language: str) -> None:
    english, said = own("en"), own(language)
    same = {code for code in said if said[code] == english.get(code) and re.search(r"[a-z]{3} [a-z]{3}", said[code])}
    assert same == set()
    assert {"page.name", "page.masthead.library"} <= {code for code in said if said[code] != english[code]}


def test_german_speaks_to_nobody_and_chinese_has_its_own_punctuation() -> None:
    german = re.compile(r"\b([Dd]u|[Dd]ein\w*|[Dd]ich|[Dd]ir|Sie|Ihnen|Ihre?[nmrs]?)\b")
    assert [sentence for sentence in own("de").values() if german.search(sentence)] == []
    half = re.compile(r"[\u4e00-\u9fff][,;:?!]|[,;:?!][\u4e00-\u9fff]")
    assert [sentence for sentence in own("zh").values() if half.search(sentence)] == []


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_sentences_of_the_server_end_without_a_full_stop(language: str) -> None:
    assert [said for said in messages.catalog(language).values() if said.endswith((".", "。"))] == []


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_there_are_enough_topics_to_choose_from(language: str) -> None:
    topics = messages.page(language)["page.compose.topics"].split("\n")
    assert len(set(topics)) == len(topics) >= 20


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_every_field_of_the_pages_forms_has_a_name(language: str) -> None:
    forms = "".join(path.read_text() for path in (ROOT / "static").glob("[!e]*.html"))
    not_typed = {"brief_name", "by", "role", "sort", "research", "review_outline", "seo_optimize", "include_image"}
    fields = set(re.findall(r'<(?:input|textarea)[^>]* name="(\w+)"', forms)) - not_typed
    assert len(fields) > 10
    catalog = messages.catalog(language)
    assert [field for field in fields | {"sources", "text", "url"} if f"value.field.{field}" not in catalog] == []
