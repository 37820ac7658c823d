"""The PDF as a book designer and its readers look at it."""

from datetime import UTC, datetime
from functools import cache
from itertools import pairwise

import pytest

from service.export.document import Document, Picture, Reference
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
TALL = bytes.fromhex(  # a PNG of 2 × 6 pixels
    "89504e470d0a1a0a0000000d4948445200000002000000060800000000cc4c10ee0000000d49444154789c6370686040450027d2"
    "0481955f36e50000000049454e44ae426082"
)
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


@cache
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
    parts = [
        "How bees decide",
        "November 20, 2026",
        " min",
        "The hive hums",
        "The scouts and their dance",
        "one point, with a link",
    ]
    parts += ["another that", "1. deep", "three", "Where the bee", "A drawing of a bee", "Caste", "Number", "queen"]
    parts += ["The end", "Last words 🐝."]
    places = [made.text.find(part) for part in parts]
    assert -1 not in places, parts[places.index(-1)]
    assert places == sorted(places)
    assert made.pages[0].text.count("How bees decide") == 1


def test_pages_are_numbered_and_the_later_ones_name_the_article() -> None:
    made = paper(ARTICLE)
    assert len(made) == 3
    assert [page.text.splitlines()[0] for page in made.pages[1:]] == ["How bees decide November 20, 2026"] * 2
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
    assert "…" not in made.pages[0].text
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


def test_a_table_that_moves_leaves_no_hole() -> None:
    table = "| Name | Task |\n|---|---|\n" + "".join(f"| row{i} | task |\n" for i in range(8))
    for lines in (22, 25, 28):
        first, second = paper("\n\n".join(["A line."] * lines) + f"\n\n{table}\n\n" + "Filling text. " * 120).pages
        assert min(letter.bottom for letter in first.letters if letter.text == "F") < 110
        assert "row" not in first.text
        assert second.text.index("row7") < second.text.index("Filling")


def test_citations_are_raised_and_close_to_their_word() -> None:
    letters = cited("They dance [1][3].", "en").pages[0].letters
    word = next(i for i, letter in enumerate(letters) if letter.text == "T" and i)
    they, *_, last, one, comma, three, stop = letters[word : word + 13]
    assert "".join(letter.text for letter in (one, comma, three, stop)) == "1,3."
    assert one.bottom > last.bottom + 2
    assert one.top - one.bottom < they.top - they.bottom
    assert 0 < one.left - last.right < 2


def test_chinese_citations_stand_in_brackets() -> None:
    assert "蜜蜂在跳舞[1,3]。" in cited("蜜蜂在跳舞[1][3]。", "zh").flowing.replace("\u2060", "")


def test_no_line_begins_with_a_citation() -> None:
    lines = (f"{'ab ' * (length // 3)}{'c' * (length % 3 + 1)} [1][3]." for length in range(60, 90))
    text = cited("\n\n".join(lines), "de").text
    assert text.count("1,3") == 30
    assert not any(line.strip("\u2060").startswith("1,3") for line in text.splitlines())


def test_a_citation_leads_to_its_source_and_other_anchors_nowhere() -> None:
    assert "See there" in cited("See [there](#source-9) [1].", "en").text


def cited(markdown: str, language: str) -> Paper:
    sources = tuple(Reference(id=n, title=f"Source {n}", url=None) for n in (1, 3))
    written = datetime(2026, 11, 20, tzinfo=UTC)
    document = Document(title="T", markdown=markdown, language=language, written_at=written, sources=sources)
    return Paper(to_pdf(document))


def test_chinese_marks_are_those_of_the_script() -> None:
    letters = paper("他说：“蜜蜂的语言”——一九七三年 Karl von Frisch", title="蜜蜂", language="zh").pages[0].letters
    fonts = {letter.text: letter.font for letter in letters}
    assert all("CJK" in fonts[mark] for mark in "“”—：年")
    assert "Libertinus" in fonts["K"]


def test_chinese_paragraphs_are_indented_and_set_wide() -> None:
    letters = paper(f"{ZH}\n\n{ZH}", title="蜜蜂", language="zh").pages[0].letters
    lines = sorted({round(letter.bottom) for letter in letters if letter.size == pytest.approx(11, abs=0.1)})
    starts = [letter.left for letter in letters if letter.text == "蜜" and letter.size == pytest.approx(11, abs=0.1)]
    margin = min(letter.left for letter in letters)
    assert [start - margin for start in starts] == pytest.approx([22, 22], abs=2)
    assert max(b - a for a, b in pairwise(lines)) >= 17


def test_stressed_chinese_is_not_slanted() -> None:
    letters = paper("这里*强调*了", title="蜜蜂", language="zh").pages[0].letters
    assert {letter.font.partition("-")[0] for letter in letters if letter.text in "强调"} != {
        letter.font.partition("-")[0] for letter in letters if letter.text in "这里"
    }


@pytest.mark.parametrize(("language", "size"), [("en-US", (612, 792)), ("en-GB", (595, 842)), ("zh", (595, 842))])
def test_the_paper_is_that_of_the_country(language: str, size: tuple[int, int]) -> None:
    assert paper(PROSE, language=language).pages[0].size == pytest.approx(size, abs=1)


@pytest.mark.parametrize(
    ("language", "day"), [("en", "November 20, 2026"), ("de-AT", "20. November 2026"), ("zh", "2026年11月20日")]
)
def test_the_date_is_written_as_in_the_language(language: str, day: str) -> None:
    assert day.replace(" ", "") in paper(PROSE, language=language).flowing


def test_the_lines_of_a_title_are_of_about_the_same_length() -> None:
    title = "How bees decide where the swarm should live and why not"
    ends: dict[int, float] = {}
    for letter in paper(PROSE, title=title).pages[0].letters:
        if letter.size > 20:
            line = round((letter.bottom + letter.top) / 50)
            ends[line] = max(letter.right, ends.get(line, 0))
    assert len(ends) == 2
    assert max(ends.values()) - min(ends.values()) < 80


def test_a_chinese_title_is_broken_after_its_punctuation() -> None:
    made = paper(ZH, title="蜜蜂为什么在黑暗中跳舞：叶子下面的秘密会议", language="zh")
    assert made.pages[0].text.splitlines()[:2] == ["蜜蜂为什么在黑暗中跳舞：", "叶子下面的秘密会议"]


def test_who_said_it_stands_on_a_line_of_its_own() -> None:
    assert "\n— Hamlet" in paper("> To be\n> or not.\n> — Hamlet").text


def test_the_standfirst_stands_below_the_title() -> None:
    written = datetime(2026, 11, 20, tzinfo=UTC)
    document = Document(title="Bees", markdown=PROSE, language="de", written_at=written, dek='Ein "Tanz"')
    assert Paper(to_pdf(document)).text.splitlines()[:2] == ["Bees", "Ein „Tanz“"]


def test_a_high_picture_leaves_room_for_text() -> None:
    picture = Picture(data=TALL, media_type="image/png", alt="a", url="x")
    written = datetime(2026, 11, 20, tzinfo=UTC)
    document = Document(title="Bees", markdown=PROSE * 3, language="en", written_at=written, picture=picture)
    assert len(Paper(to_pdf(document))) == 1


def test_text_nested_forty_levels_deep_is_not_lost() -> None:
    nested = "> " * 40 + "quoted\n\n" + "\n".join("  " * i + f"- level{i}." for i in range(30))
    flowing = paper(nested).flowing
    assert "quoted" in flowing
    assert all(f"level{i}." in flowing for i in range(30))
