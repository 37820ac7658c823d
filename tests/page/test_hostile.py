"""Whatever people, models and sources put into text: it is shown as text, nothing runs, nothing breaks the page."""

import pytest
from playwright.async_api import expect

from tests.page.conftest import OpenPage, Server
from tests.page.judging import too_wide
from tests.page.looking import as_markdown, ended, from_menu, rendered
from tests.page.telling import done, outline, result, stage, tell, token

CORPUS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "<svg/onload=alert(3)>",
    "[click](javascript:alert(4))",
    "![x](javascript:alert(5))",
    "<iframe srcdoc='<script>alert(6)</script>'>",
    "</title></textarea></template><script>alert(7)</script>",
    "<math><mtext><style><img src=x onerror=alert(8)></style></mtext></math>",
    "{{constructor.constructor('alert(9)')()}} ${alert(10)}",
    "<a href='data:text/html,<script>alert(11)</script>'>x</a>",
    "\u202eright to left\u2066 \u200f שלום \u061c",
    "👩‍👩‍👧‍👦🏳️‍🌈 Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘",
    "W" * 10_000,
]
ALL = "\n\n".join(CORPUS)


@pytest.mark.parametrize(
    "viewport", [{"width": 320, "height": 640}, {"width": 1280, "height": 900}], ids=["phone", "desk"]
)
async def test_the_article_page_shows_it_as_text(server: Server, open_page: OpenPage, viewport: dict) -> None:
    job = await server.begin("Hostile")
    page = await open_page("about:blank", viewport=viewport)
    plan = outline(*CORPUS[:4])
    plan["title"] = ALL
    await tell(
        page,
        stage("outline", "completed", 1, plan, message=ALL),
        *(stage("content", "started", 2, section=n, message=text) for n, text in enumerate(CORPUS[:4], 1)),
        *(token(text, n) for n, text in enumerate(CORPUS[:3], 1)),
        token(ALL, 4),
        token(ALL, None, "style"),
        done(),
    )
    seo = {"title": ALL, "meta_description": ALL, "keywords": CORPUS, "slug": ALL}
    sources = [{"id": n, "title": text, "url": text, "passages": [text]} for n, text in enumerate(CORPUS)]
    later = {"seo_meta": seo, "cited_sources": sources, "image_url": "javascript:alert(12)", "image_alt": ALL}
    await page.route("**/result", lambda route: route.fulfill(json=result(ALL, title=ALL, **later)))
    await page.goto(server.live(job))
    await ended(page, "completed")
    await rendered(page)
    await expect(page.locator("main script, main iframe, main svg svg, main object")).to_have_count(0)
    await expect(page.locator("[onerror], [onload], [href^='javascript:'], [href^='data:']")).to_have_count(0)
    await expect(page.locator(".seo__title")).to_have_text(ALL, use_inner_text=False)
    assert not await too_wide(page)


async def test_the_library_and_the_front_page_show_it_as_text(server: Server, open_page: OpenPage) -> None:
    topics = [text[:500] for text in CORPUS]
    for topic in topics:
        await server.begin(topic)
    for address in ("library.html", ""):
        page = await open_page(f"{server.url}/{address}", viewport={"width": 320, "height": 640})
        entries = f":is(.entry, .card):nth-child(-n + {len(topics)})"
        await expect(page.locator(entries).nth(5)).to_be_visible()
        await expect(page.locator(entries).locator("script, img, iframe, svg")).to_have_count(0)
        assert not await too_wide(page)


async def test_the_editor_and_its_preview_show_it_as_text(server: Server, open_page: OpenPage) -> None:
    page = await open_page(server.live(await server.begin("Hostile editing")))
    await ended(page, "completed")
    await rendered(page)
    await (await as_markdown(page)).fill(ALL)
    await expect(page.locator(".editor__page")).to_contain_text("<svg/onload=alert(3)>")
    await expect(
        page.locator(".editor__page :is(script, iframe, svg, [onerror], [href^='javascript:'])")
    ).to_have_count(0)
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".manuscript.article")).to_contain_text("<svg/onload=alert(3)>")
    await from_menu(page, "Versions")
    await expect(page.locator(".difference ins").first).to_contain_text("<script>")


async def test_a_hostile_address_is_no_article(server: Server, open_page: OpenPage) -> None:
    for job in ("<script>alert(1)</script>", "../health", "%00", "x" * 5000):
        page = await open_page(server.live(job))
        await expect(page.get_by_role("heading", name="Article not found")).to_be_visible()
    page = await open_page(f"{server.url}/?topic=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    await expect(page.get_by_label("Topic")).to_have_value("<img src=x onerror=alert(1)>")
