from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from markdown_it import MarkdownIt

from service.export.document import Document, body
from service.export.html import to_page
from service.export.markdown import to_markdown
from service.export.pdf import to_pdf
from service.export.rendering import to_html

HOSTILE = """# Title

<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) ![i](http://tracker.example/a.png)

#include "/etc/passwd" #read("/etc/passwd") $x^2$ @ref <label> `#eval` *a* _b_ \\ #let x = 1 //comment /* c */

| a | b |
|---|---|
| 1 | `#x` |
"""
MARKDOWN = """# Title

First *em*, **strong**, ~~gone~~, `code`, [link](https://example.org) and 漢字 🐝.
Second line.

## Heading

- one
- two
  1. deep
  2. deeper

> quoted

```python
def f(): return "#"
```

| a | b |
|---|---|
| 1 | 2 |

---

3. third
"""


def document(markdown: str = MARKDOWN, title: str = "Title", language: str = "en") -> Document:
    written = datetime(2026, 11, 20, tzinfo=UTC)
    return Document(title=title, markdown=markdown, language=language, written_at=written)


def test_the_heading_that_repeats_the_title_is_left_out() -> None:
    assert body(document("# Title\n\nText")) == "Text"
    assert body(document("# Other\n\nText")) == "# Other\n\nText"


def test_html_can_do_no_harm() -> None:
    html = to_html(HOSTILE)
    for harm in ("<script", "<img src=x", 'href="javascript'):
        assert harm not in html
    assert "&lt;script&gt;" in html


def test_the_page_is_one_file_that_asks_for_nothing() -> None:
    page = to_page(document(HOSTILE, title="<b>T</b>", language='en"><script>'))
    assert "default-src 'none'" in page
    assert "<title>&lt;b&gt;T&lt;/b&gt;</title>" in page
    assert "<script" not in page
    assert "<link" not in page


@pytest.mark.parametrize(
    ("markdown", "title", "language"),
    [
        (MARKDOWN, "Title", "en"),
        (HOSTILE, '#read("/etc/passwd") $x$ <l>', "und"),
        ("", "Empty", "zh-Hans"),
        ("漢字" * 500, "漢" * 200, "zh"),
        ("> " * 60 + "deep\n\n" + "- " * 40 + "deep", "Deep", "en"),
        ("x" * 10_000, "Long word", "en"),
    ],
)
def test_any_text_becomes_a_pdf_as_text(markdown: str, title: str, language: str) -> None:
    made = to_pdf(document(markdown, title, language))
    assert made.startswith(b"%PDF-")
    assert b"root:" not in made


@pytest.mark.parametrize("url", ["http://t.example/a.png", "//t.example/a", "HTTPS://t.example", "ftp://t.example/a"])
def test_a_picture_on_another_server_is_named_and_not_fetched(url: str) -> None:
    assert to_html(f"![a *<b>*]({url})") == "<p><em>a &lt;b&gt;</em></p>\n"


def test_a_columns_side_is_a_class() -> None:
    html = to_html("| a | b | c | d |\n|:--|:-:|--:|---|\n| 1 | 2 | 3 | 4 |")
    for cell in ('<th class="align-left">a', '<th class="align-center">b', '<td class="align-right">3', "<td>4"):
        assert cell in html
    assert "style=" not in html


def test_the_page_says_its_standfirst_date_and_reading_time() -> None:
    page = to_page(replace(document(language="de"), dek='Ein "Satz" & mehr'))
    assert '<meta name="description" content="Ein „Satz“ &amp; mehr">' in page
    assert '<p class="dek">Ein „Satz“ &amp; mehr</p>' in page
    assert '<time datetime="2026-11-20">20. November 2026</time> · 1 Min.</p>' in page
    assert 'dek"' not in to_page(document())
    assert 'name="description"' not in to_page(document())


@pytest.mark.parametrize(("language", "tag"), [("zh-Hans", ' lang="zh-Hans"'), ("und", "")])
def test_the_page_has_the_language_if_it_is_known(language: str, tag: str) -> None:
    assert f"<html{tag} dir" in to_page(document(language=language))


def test_the_page_is_set_as_its_language_wants() -> None:
    page = to_page(document('He said "no" in the \'90s: it\'s *"fine"*. `"a"`', language="en"))
    assert 'He said “no” in the ’90s: it’s <em>“fine”</em>. <code>"a"</code>' in page
    assert "<br>\n— Hamlet" in to_page(document("> To be\n> — Hamlet"))


@pytest.mark.parametrize("made", [to_page, lambda d: to_markdown(d)])
def test_tags_of_the_text_are_text(made: Callable[[Document], str]) -> None:
    text = made(document(HOSTILE + "\n\n<b>bold</b> <!-- no --> `<i>` <https://example.org/> <a@example.org>"))
    assert "<b>" not in text.replace("\\<", "&lt;")


CODE = "    <b>\n\n- a\n\n  ```\n  <b>\n  ```\n\n``<b>``"


@pytest.mark.parametrize(
    ("text", "exported"),
    [
        ("# On <b>bees</b>", "# On \\<b>bees\\</b>"),
        ("a < b, 1 <2, \\<b>", "a < b, 1 <2, \\<b>"),
        ("<!-- a --> <?a?> <!A>", "\\<!-- a --> \\<?a?> \\<!A>"),
        ("<https://example.org/?a=b> <a.b@example.org>", "<https://example.org/?a=b> <a.b@example.org>"),
        (CODE, CODE),
    ],
)
def test_markdown_is_for_other_programs_what_it_is_here(text: str, exported: str) -> None:
    made = to_markdown(document(text, title="T"))
    assert made == f"{exported}\n"
    if exported is not CODE:
        assert to_html(made) == to_html(f"{text}\n")
    assert "html" not in {token.type.partition("_")[0] for token in MarkdownIt().parse(made)}


def test_a_picture_of_our_own_is_shown() -> None:
    assert to_html("![a](/articles/1/image)") == '<p><img src="/articles/1/image" alt="a"></p>\n'
