from datetime import UTC, datetime

import pytest

from service.export.document import Document, body
from service.export.html import to_page
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


def test_a_picture_of_our_own_is_shown() -> None:
    assert to_html("![a](/articles/1/image)") == '<p><img src="/articles/1/image" alt="a"></p>\n'
