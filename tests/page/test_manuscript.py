"""Markdown as it arrives: drawn alike however it is cut, as the server renders it in the end, and at a bounded cost."""

import pytest_asyncio
from hypothesis import strategies as st
from playwright.async_api import CDPSession, Page

from service.export.rendering import to_html
from tests.page.conftest import OpenPage, Server
from tests.page.test_models import examples

TEXT = st.text(alphabet="aé.-_3 \n#日\u0301*`[]()>\\~1", max_size=60)
DRAWING = """
window.drawing = async () => {
  const { Manuscript } = await import('/static/js/controllers/manuscript.js');
  return (steps, sources) => {
    const root = document.createElement('div'), manuscript = new Manuscript(root);
    for (const value of steps) manuscript.draw({ value, revision: 0 }, { writing: true, sources });
    manuscript.draw({ value: steps.at(-1), revision: 0 }, { writing: false, sources });
    for (const block of root.querySelectorAll('[data-caret]')) block.removeAttribute('data-caret');
    return root.innerHTML;
  };
};
window.letters = (text) => [...text].map((_, i, all) => all.slice(0, i + 1).join(''));
"""


@pytest_asyncio.fixture(loop_scope="session")
async def page(server: Server, open_page: OpenPage) -> Page:
    page = await open_page("about:blank")
    await page.add_init_script(DRAWING)
    await page.goto(server.url)
    return page


async def test_a_text_is_drawn_alike_however_it_comes(page: Page) -> None:
    texts = examples(st.lists(TEXT, min_size=1, max_size=8), 400)
    different = await page.evaluate(
        """async (texts) => {
          const drawn = await drawing();
          return texts.filter((parts) => {
            const steps = parts.map((_, i) => parts.slice(0, i + 1).join(''));
            return drawn(steps) !== drawn(steps.slice(-1));
          });
        }""",
        texts,
    )
    assert different == []


RENDERED = [
    "# On <b>rivers</b>\n\n## Bends\n\nOne line\nand the next.\n\n#hash & 3 # 4\n\n####### seven",
    "**Bold**, *leaning*, __bold__ and _leaning_; ***both***. snake_case, 2 * 3 * 4, a ** b, 5*, **open",
    "**Bold *and leaning* in it** and `code *with* stars`, \\*no emphasis\\*, “**quoted**”.",
    "Three:\n\n- one\n- **two**: more\n  goes on\n- three\n\nAnd on.",
    "1. one\n2. two\n   - within\n   - again\n3. three\n\n7. seven\n8. eight",
    "- one\n  - two\n    - three\n- four",
    "In\n1986. A year that begins a line.",
    "> Said so\n> and so.\n>\n> Twice.\n\nNobody knows.",
    "Before\n\n---\n\nafter\n\n* * *\n\n```python\nif *a*:\n\n    b = [1]\n```\n\nend",
    "A [link](https://example.org/a_b_c) and [none](javascript:alert(1)), [1], [x], [ ].",
    "Hard  \nbreak and\\\nanother.\n\n日本語**太字**と*斜体*。 🌱*a*🌱",
]


async def test_it_looks_as_the_server_will_render_it(page: Page) -> None:
    """Apart from the blanks between blocks, and from the paragraphs within the items of a loose list."""
    both = await page.evaluate(
        """async (all) => { const drawn = await drawing(); return all.map(([text, html]) => {
          const root = document.createElement('div');
          root.innerHTML = html;
          for (const paragraph of root.querySelectorAll('li > p')) paragraph.replaceWith(...paragraph.childNodes);
          for (const link of root.querySelectorAll('a')) link.rel = 'noopener noreferrer nofollow';
          for (const code of root.querySelectorAll('[class]')) code.removeAttribute('class');
          const bare = (html) => html.replace(/\\s*(<\\/?(p|h\\d|ul|ol|li|blockquote|pre|hr|br)\\b[^>]*>)\\s*/g, '$1')
            .replace(/\\s*<\\/code><\\/pre>/g, '</code></pre>').replace(/ rel="[^"]*"/g, '');
          return [bare(drawn(letters(text))), bare(root.innerHTML)];
        }); }""",
        [(text, to_html(text)) for text in RENDERED],
    )
    for drawn, rendered in both:
        assert drawn == rendered


async def test_citations_stand_raised_as_soon_as_they_are_whole(page: Page) -> None:
    html = await page.evaluate("""async () => {
      const sources = new Map([['1', { title: 'On <rivers>' }], ['12', { title: 'Bends' }]]);
      return (await drawing())(letters('A fact [1][12]. Not [3] nor `[1]`.'), sources);
    }""")
    assert html == (
        '<p>A fact<a class="cite" href="#source-1" data-source="1" aria-label="Source 1: On &lt;rivers&gt;">1</a>'
        '<a class="cite" href="#source-12" data-source="12" aria-label="Source 12: Bends">12</a>'
        ". Not [3] nor <code>[1]</code>.</p>"
    )


async def test_marks_are_never_seen_while_a_word_in_bold_arrives(page: Page) -> None:
    seen = await page.evaluate("""async () => {
      const { Manuscript } = await import('/static/js/controllers/manuscript.js');
      const root = document.createElement('div'), manuscript = new Manuscript(root);
      return letters('- **Slow** water').map((value) => {
        manuscript.draw({ value, revision: 0 }, { writing: true });
        return root.textContent;
      });
    }""")
    assert [text for text in seen if "*" in text or "-" in text] == []
    assert "Slo" in seen


UNITS = ["word ", "**bold** ", "*", "[1", "`", "- a\n", "> a\n", "\\", "- ", "```\n", "a\n\n"]


async def test_the_cost_is_linear(page: Page) -> None:
    """In the page's own computing time, which other programs don't lengthen, for a text four times as long."""
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable")

    async def took(unit: str, length: int) -> float:
        before = await _computed(session)
        await page.evaluate(
            """async ([text]) => {
              const { Manuscript } = await import('/static/js/controllers/manuscript.js');
              const manuscript = new Manuscript(document.createElement('div'));
              for (let end = 0; end < text.length; end += 40)
                manuscript.draw({ value: text.slice(0, end), revision: 0 }, { writing: true });
            }""",
            [unit * (length // len(unit))],
        )
        return await _computed(session) - before

    for unit in UNITS:
        await took(unit, 20_000)  # what is compiled now is ready afterwards
        short, long = await took(unit, 20_000), await took(unit, 80_000)
        assert long <= 8 * short + 0.1, unit


async def _computed(session: CDPSession) -> float:
    told = await session.send("Performance.getMetrics")
    return {metric["name"]: metric["value"] for metric in told["metrics"]}["ThreadTime"]
