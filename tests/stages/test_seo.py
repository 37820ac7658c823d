import pytest

from service.core.model_errors import ModelNonsense
from service.stages.seo import MAX_DESCRIPTION, MAX_TITLE, Seo, from_text, parse, shortened, slug
from tests.raising import raises


def answer(title: str = "Bees", description: str = "All about bees.", keywords: str = '["bees", "honey"]') -> str:
    fields = f'seo_title: "{title}"\nmeta_description: "{description}"\nkeywords: {keywords}'
    return f'```yaml\n{fields}\nslug: "Bees & Honey!"\n```'


def test_the_fields_are_read() -> None:
    seo = parse(answer(), repair=False)
    assert (seo.title, seo.meta_description, seo.keywords, seo.slug) == (
        "Bees", "All about bees.", ["bees", "honey"], "bees-honey",
    )  # fmt: skip


def test_what_is_too_long_is_a_mistake_and_then_shortened_between_words() -> None:
    long = "bees and honey " * 20
    with raises(ModelNonsense, "seo_title"):
        parse(answer(title=long), repair=False)
    with raises(ModelNonsense, "meta_description"):
        parse(answer(description=long), repair=False)
    seo = parse(answer(title=long, description=long), repair=True)
    assert len(seo.title) <= MAX_TITLE
    assert len(seo.meta_description) <= MAX_DESCRIPTION
    assert seo.title.rstrip("…").split()[-1] in ("bees", "and", "honey")


@pytest.mark.parametrize("broken", ["no yaml", "```yaml\n- a list\n```", "```yaml\nseo_title: only\n```"])
def test_nonsense_is_named(broken: str) -> None:
    with pytest.raises(ModelNonsense):
        parse(broken, repair=True)


def test_keywords_may_be_one_line_and_no_more_than_eight() -> None:
    assert parse(answer(keywords='"a, b, a, c"'), repair=False).keywords == ["a", "b", "c"]
    assert len(parse(answer(keywords=str(list("abcdefghijkl"))), repair=False).keywords) == 8
    assert parse(answer(keywords=f"[bees, {'honey ' * 20}]"), repair=False).keywords == ["bees"]  # none in part


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("Bees hum", 8, "Bees hum"),
        ("Bees hum loud", 9, "Bees hum…"),
        ("Beeshumloud", 5, "Bees…"),
        ("Bees, hum", 6, "Bees…"),
    ],
)
def test_shortened(text: str, limit: int, expected: str) -> None:
    assert shortened(text, limit) == expected


def test_slugs_keep_their_script() -> None:
    assert slug("Über Bienen: ein Tanz!") == "über-bienen-ein-tanz"
    assert slug("蜜蜂 舞蹈") == "蜜蜂-舞蹈"
    assert len(slug("word " * 50)) <= 80
    assert not slug("word " * 50).endswith("-")


def test_an_article_gives_its_fields_itself() -> None:
    article = "# On **bees**\n\n## The hive\n\nBees *dance* [1][2, 3], `always`.\nThey hum.\n\n## Honey\n\n- Sweet."
    assert from_text("On bees", article) == Seo(
        title="On bees",
        meta_description="Bees dance, always. They hum.",
        keywords=["The hive", "Honey"],
        slug="on-bees",
    )
    assert from_text("On bees", "# On bees").meta_description == "On bees"
    assert from_text("On bees", f"{'Long ' * 90}\n\nEnd.").meta_description.endswith("Long…")
