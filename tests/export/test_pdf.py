"""The PDF as a book designer and its readers look at it."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from service.export.document import Document
from service.export.pdf import to_pdf
from tests.export.paper import Letter, Page, Paper

PROSE = (
    "The hive hums before the sun is up, and by the time the first light reaches the meadow a few hundred foragers are "
    "already on their way. Nobody told them to go. A returning scout has danced the direction and the distance. "
)
ZH = "蜜蜂在日出之前就开始嗡嗡作响。当第一缕阳光照到草地时，已经有几百只采集蜂在路上了。没有人命令它们出发。"
ARTICLE = f"""# How bees decide

{PROSE * 2}

## The *scouts* and their `dance`

- one point, with [a link](https://example.org/dance)
- another that runs over more than a single line, so that one sees whether the second line hangs under the first
  1. deep
- three

> Where the bee sucks, there suck I.

![A drawing of a bee](http://tracker.example/bee.png)

| Caste | Number |
|---|---:|
| queen | 1 |

{(PROSE * 2 + chr(10) * 2) * 14}

## The end

Last words 🐝.
"""
WIDE = "\n".join(
    [
        "|".join(["", *(f"Heading {i}" for i in range(12)), ""]),
        "|---" * 12 + "|",
        *(
            "|".join(["", *(f"incomprehensibility {row}.{i} snake_case_name" for i in range(12)), ""])
            for row in range(30)
        ),
    ]
)
CODE = "```python\n" + "\n".join(f"def line_{i}(): return 'rather long: {'x ' * 40}'" for i in range(70)) + "\n```\n"
UNBROKEN = "x" * 300
ADDRESS = "https://example.org/" + "path/" * 40
HOSTILE = {
    "a wide table": WIDE,
    "long code": CODE,
    "code without a space": f"```\n{UNBROKEN}\n```",
    "a word without an end": f"{UNBROKEN}\n\n## {UNBROKEN}\n\n- {UNBROKEN}\n\n> {UNBROKEN}\n\n`{UNBROKEN}`",
    "an address without an end": f"{ADDRESS} [{ADDRESS}]({ADDRESS})",
    "a table of such words": f"| a | b |\n|---|---|\n| {UNBROKEN} | {ADDRESS} |",
    "German": "Die Bestäubungsdienstleistungen der Honigbienenvölker übertreffen die Erwartungen. " * 20,
    "Chinese": ZH * 30,
    "deep quotes and lists": "> " * 30 + PROSE + "\n\n" + "\n".join("  " * i + f"- {PROSE}" for i in range(15)),
    "an article": ARTICLE,
}


def paper(markdown: str, title: str = "How bees decide", language: str = "en") -> Paper:
    written = datetime(2026, 11, 20, 10, 11, 12, 345678, tzinfo=UTC)
    return Paper(to_pdf(Document(title=title, markdown=markdown, language=language, written_at=written)))


def overlapping(page: Page) -> list[tuple[Letter, Letter]]:
    """Letters of one line that are set over one another; those of a ligature share its place."""
    lines: dict[int, list[Letter]] = {}
    for letter in page.letters:
        if letter.text.isalnum():
            lines.setdefault(round(letter.bottom / 3), []).append(letter)
    pairs = [pair for line in lines.values() for pair in pairwise(sorted(line, key=lambda letter: letter.left))]
    return [(a, b) for a, b in pairs if a.left < b.left < (a.left + a.right) / 2]


def test_an_article_reads_from_its_title_to_its_last_word() -> None:
    made = paper(ARTICLE)
    parts = ["How bees decide", "2026-11-20", "The hive hums", "The scouts and their dance", "one point, with a link"]
    parts += ["another that", "1. deep", "three", "Where the bee", "A drawing of a bee", "Caste", "Number", "queen"]
    parts += ["The end", "Last words 🐝."]
    places = [made.text.find(part) for part in parts]
    assert -1 not in places, parts[places.index(-1)]
    assert places == sorted(places)
    assert made.text.count("How bees decide") == 1


def test_pages_are_numbered() -> None:
    made = paper(ARTICLE)
    assert len(made) == 3
    assert [page.text.splitlines()[-1] for page in made.pages] == ["1 / 3", "2 / 3", "3 / 3"]


@pytest.mark.parametrize(
    ("language", "said"), [("en", "en"), ("pt-BR", "pt-BR"), ("zh-Hant", "zh-TW"), ("ja", "ja"), ("und", "und")]
)
def test_it_says_its_title_and_language(language: str, said: str) -> None:
    made = paper(PROSE, title="蜜蜂 & bees", language=language)
    assert (made.title, made.language) == ("蜜蜂 & bees", said)


def test_links_lead_somewhere_and_pictures_are_not_fetched() -> None:
    made = to_pdf(Document(title="T", markdown=ARTICLE, language="en", written_at=datetime.now(UTC)))
    assert b"https://example.org/dance" in made
    assert b"tracker.example" not in made


@pytest.mark.parametrize("language", ["en", "und"])
@pytest.mark.parametrize("kind", HOSTILE)
def test_nothing_stands_in_the_margins_or_over_something_else(kind: str, language: str) -> None:
    for page in paper(HOSTILE[kind], language=language).pages:
        assert page.keeps_its_margins
        assert not overlapping(page)


@pytest.mark.parametrize("title", ["a " * 150, UNBROKEN, "蜜蜂" * 150], ids=["words", "no space", "Chinese"])
def test_a_long_title_is_set_smaller_and_leaves_room_for_the_article(title: str) -> None:
    made = paper(PROSE, title=title)
    assert (len(made), made.title) == (1, title)
    assert made.pages[0].keeps_its_margins
    assert "".join(title.split()) in made.flowing
    assert made.pages[0].letters[0].size < paper(PROSE).pages[0].letters[0].size
    assert next(letter for letter in made.pages[0].letters if letter.text == "T").bottom > 420  # the upper half


def test_what_is_broken_is_whole_when_copied() -> None:
    for kind in ("code without a space", "an address without an end", "a table of such words"):
        flowing = paper(HOSTILE[kind]).flowing
        assert UNBROKEN in flowing or ADDRESS in flowing
        assert not any(mark in flowing for mark in "\u200b\u00ad")


@pytest.mark.parametrize(
    ("text", "language"),
    [(ZH, "zh"), ("蜜蜂は日の出前から羽音を立て。", "ja"), ("벌은 해가 뜨기 전에 윙윙거린다.", "ko"), (ZH, "und")],
    ids=["zh", "ja", "ko", "und"],
)
def test_east_asian_text_is_set_in_a_font_that_has_it(text: str, language: str) -> None:
    made = paper(f"# {text}\n\n{text} **{text}** `{text}`\n\n```\n{text}\n```", language=language)
    fonts = {letter.font for letter in made.pages[0].letters if letter.text in text and letter.text.isalpha()}
    assert fonts
    assert all("CJK" in font for font in fonts), fonts
    assert made.flowing.count("".join(text.split())) == 5


def test_characters_have_the_forms_of_the_language() -> None:
    forms = [tuple(paper("骨直角令", title="T", language=tag).pages[0].ink) for tag in ("zh-Hans", "zh-Hant", "ja")]
    assert len(set(forms)) == 3


@pytest.mark.parametrize("language", ["he", "und"])
def test_text_from_right_to_left_starts_at_the_right(language: str) -> None:
    letters = paper("הדבורים מזמזמות.", title="הדבורים", language=language).pages[0].letters
    assert max(letter.right for letter in letters if letter.text == "ה") > 490


def test_a_table_stays_whole_and_a_long_one_repeats_its_head() -> None:
    table = "| Name | Task |\n|---|---|\n" + "".join(f"| row{i} | task |\n" for i in range(6))
    for lines in range(20, 36, 2):
        made = paper("\n\n".join(["A line."] * lines) + f"\n\n{table}")
        assert sum("row" in page.text for page in made.pages) == 1
    made = paper(WIDE)
    assert len(made) > 2
    assert all("Head" in page.text for page in made.pages)


def test_no_heading_is_the_last_line_of_a_page() -> None:
    made = paper("\n\n".join(f"## Heading {i}\n\n{PROSE}" for i in range(40)))
    assert len(made) > 3
    assert not any(page.text.splitlines()[-2].startswith("Heading") for page in made.pages)


def test_figures_stand_under_one_another_as_their_author_wants() -> None:
    letters = paper("| Caste | Number |\n|---|---:|\n| queen | 3 |\n| worker | 45678 |").pages[0].letters
    three, eight = (next(letter for letter in letters if letter.text == figure) for figure in "38")
    assert three.right == pytest.approx(eight.right, abs=2)


def test_text_nested_forty_levels_deep_is_not_lost() -> None:
    nested = "> " * 40 + "quoted\n\n" + "\n".join("  " * i + f"- level{i}." for i in range(30))
    flowing = paper(nested).flowing
    assert "quoted" in flowing
    assert all(f"level{i}." in flowing for i in range(30))
