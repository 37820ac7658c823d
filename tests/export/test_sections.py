import pytest

from service.core.sections import marks, sections
from service.export.rendering import to_html
from service.export.sections import rendered

ODD = [
    "Intro\n-----\n\nBefore.\n\n## Hive\n\nWax.\n\n## Honey\n\nSweet.",
    "## Hive\n\nWax.\n\n##\n\nUntitled.\n\n## Honey\n\nSweet.",
    "## Hive\n\n- one\n- ## in a list\n\n  more\n\n## Honey\n\nSweet.",
    "## Hive\n\n1. one\n\n   ## in a list, too\n\n## Honey\n\nSweet.",
    "> ## quoted\n\n## Hive\n\n```\n## code\n```\n\n## Honey\n\n[a][1]\n\n[1]: https://example.org",
    "## Hive [a][1]\n\nWax.\n\n## Honey\n\nSweet.\n\n[1]: https://example.org",
    "<div>\n## no heading\n</div>\n\n## Hive\n\nWax.\n## Honey\nSweet.",
]


@pytest.mark.parametrize("text", ODD)
def test_the_sections_html_is_together_the_whole_texts_and_each_begins_with_its_heading(text: str) -> None:
    found = rendered(text, marks(sections(text)))
    assert "".join(html for _, html, _ in found) == to_html(text)
    assert [mark.title.partition(" ")[0] for mark, _, _ in found if mark.id and mark.title][-1] == "Honey"
    for mark, html, _ in found:
        if mark.title:
            assert html.startswith("<h2>")
            assert "Honey" in html if mark.title == "Honey" else "Honey" not in html
