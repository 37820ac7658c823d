"""What stands there at the end: the article, as a reload shows it, in its own type, on paper."""

import re

from playwright.async_api import expect

from tests.page.looking import copied, ended, rendered, styling
from tests.page.telling import done, result, stage, tell, token

HOSTILE = (
    # No blanks at first: the demo model puts as much of a topic into its titles as goes before one.
    "<img/src=x/onerror=alert(1)></title><script>alert(2)</script> <b>{{7*7}}</b> ${alert(3)} "
    "שלום עולם \u202e 日本語の新聞 👩‍👩‍👧 **\"&amp;'`"
)


# The article without what the page adds to it: names of sections and their buttons.
SHOWN = """() => {
  const article = document.querySelector('.manuscript.article').cloneNode(true);
  for (const button of article.querySelectorAll('button')) button.remove();
  for (const heading of article.querySelectorAll('h2')) for (const name of ['id', 'dir']) heading.removeAttribute(name);
  return article.innerHTML;
}"""


async def test_the_page_holds_exactly_what_is_stored(server, open_page):
    page = await open_page(server.url)
    await page.locator(".suggestion").first.click()
    await page.get_by_role("button", name="Write the article").click()
    await ended(page, "completed")
    job = page.url.partition("job_id=")[2]
    stored = await server.ask(f"articles/{job}/result")

    assert await copied(page) == stored["content"]
    await rendered(page)
    assert await page.evaluate(SHOWN) == "".join(section["html"] for section in stored["sections"])
    await expect(page.get_by_role("status").first).to_contain_text(f"Finished: {stored['words']} words in ")
    await expect(page.locator(".step__state")).to_have_text(["Done"] * 3)
    await expect(page.get_by_role("button", name="Stop")).to_be_hidden()


RICH = """# Rivers

One **bold** word, a *leaning* one and a fact [1], in a paragraph that is long enough to have more than a single line.

## Why they bend

Two reasons:

- **Inertia**: water flows faster on the outer bank
- *Soil* that gives way
  1. sand
  2. clay

> Nobody steps into the same river twice.

## And where they end

In the sea.
"""


# Where every block of the article stands in it; what can be pressed is laid over it.
PLACES = """() => {
  const article = document.querySelector('.manuscript.article'), from = article.getBoundingClientRect();
  return [...article.querySelectorAll('h2, p, li, strong')].map((block) => {
    const { left, top, height } = block.getBoundingClientRect();
    return [block.textContent.replace(/\\s+/g, ''), ...[left, top - from.top, height].map(Math.round)];
  });
}"""


async def test_nothing_moves_when_the_rendered_article_takes_its_place(server, open_page):
    job = await server.begin("Staying")
    page = await open_page("about:blank")
    source = {"id": 1, "title": "On rivers", "url": None}
    found = stage("research", "completed", 1, {"kind": "sources", "sources": [source], "missed": []})
    told = (found, stage("style", "started", 2), token(RICH, None, "style"))
    await tell(page, *told)
    stored = result(RICH, cited_sources=[{**source, "passages": []}])
    known = {"topic": "Staying", "run": 1, "completed_at": None}
    await page.route(f"**/articles/{job}", lambda route: route.fulfill(json=known))
    await page.route("**/result", lambda route: route.fulfill(json=stored))
    await page.goto(server.live(job))
    await expect(page.locator(".manuscript.article p").last).to_have_text("In the sea.")
    places = []
    for _ in range(2):
        for width in (320, 800, 1280):
            await page.set_viewport_size({"width": width, "height": 900})
            places.append(await page.evaluate(PLACES))
        await tell(page, *told, done())
        await ended(page, "completed")
        await rendered(page)
    assert places[:3] == places[3:]


async def test_it_looks_the_same_watched_and_opened_again(slow_server, open_page):
    brief = {"topic": "Alike", "min_words": 100, "seo_optimize": True, "include_image": True}
    job = (await slow_server.ask("articles/create", brief))["id"]
    page = await open_page(slow_server.live(job), viewport={"width": 1280, "height": 900})
    await styling(page)
    looks = []
    for _ in range(2):
        await ended(page, "completed")
        await rendered(page)
        await page.wait_for_function("() => document.querySelector('.picture img').naturalWidth")
        await page.wait_for_function("() => !document.getAnimations().length")
        looks.append(await page.evaluate(LAYOUT))
        await page.reload()
    assert looks[0] == looks[1]
    assert [name for name, *_ in looks[0]][:4] == ["FIGURE", "H1", "P", "DIV"]
    assert [top for _, _, top in looks[0][:4]] == sorted(top for _, _, top in looks[0][:4])
    await expect(page.locator(".byline")).to_contain_text(re.compile(r"\d+ words 1 min read English"))
    await expect(page.locator(".standfirst")).to_contain_text("about Alike")


LAYOUT = """() => {
  scrollTo(0, 0);
  return [...document.querySelectorAll('.head > *, .contents, .text > *')].filter((part) => part.checkVisibility())
    .map((part) => [part.tagName, ...['left', 'top'].map((side) => Math.round(part.getBoundingClientRect()[side]))]);
}"""


async def test_only_the_article_is_printed(server, open_page):
    page = await open_page(server.live(await server.written("On paper")), viewport={"width": 1400, "height": 900})
    await rendered(page)
    await page.emulate_media(media="print")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await expect(page.locator("article p").first).to_be_visible()
    await expect(page.locator(":is(button, summary, nav, input):visible")).to_have_count(0)
    await expect(page.get_by_role("status").first).to_be_hidden()
    headline, text = [await page.locator(part).first.bounding_box() for part in (".headline", ".article p")]
    assert headline
    assert text
    assert headline["x"] == text["x"]
    assert text["width"] < 600


async def test_its_own_type_comes_from_here(server, open_page):
    page = await open_page(server.live(await server.written("Typeset")))
    await rendered(page)
    await page.wait_for_function("() => document.fonts.status === 'loaded'")
    loaded = await page.evaluate("[...document.fonts].filter(({ status }) => status === 'loaded').map((f) => f.family)")
    assert {name.strip('"') for name in loaded} == {"Source Serif 4", "Inter"}


async def test_chinese_is_set_in_its_own_shapes(server, open_page):
    brief = {"topic": "为什么河流会弯曲", "min_words": 100, "language": "zh"}
    page = await open_page(server.live((await server.ask("articles/create", brief))["id"]))
    await ended(page, "completed")
    article = await rendered(page)
    await expect(article).to_have_attribute("lang", "zh")
    assert "Songti SC" in await article.evaluate("text => getComputedStyle(text).fontFamily")


async def test_a_hostile_topic_is_only_text(server, open_page):
    job = await server.begin(HOSTILE)
    page = await open_page(server.live(job))
    await expect(page.locator(".facts")).to_contain_text(HOSTILE)
    await ended(page, "completed")
    article = await rendered(page)
    await expect(article.locator("script, img")).to_have_count(0)
    await expect(page.locator("main img[src], main script")).to_have_count(0)
    assert await copied(page) == (await server.ask(f"articles/{job}/result"))["content"]
