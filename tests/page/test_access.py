"""For everyone: axe finds nothing to object to, a small phone shows all of it, the keyboard reaches all of it."""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.page.looking import drafting, ended, rendered
from tests.page.telling import outline, result, stage, stream, tell

STAGES = ["Loading the article…", "Starting…", "Planning the outline", "Writing 3 sections", "Polishing into one voice"]
PHONE = {"width": 320, "height": 640}


async def objections(page: Page) -> list[str]:
    found = await Axe().run(page)
    return [f"{v['id']}: {node['html']}" for v in found.response["violations"] for node in v["nodes"]]


async def too_wide(page: Page) -> bool:
    return await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


@pytest.fixture(params=["light", "dark"])
def look(request):
    # axe styles the page while it looks at it, which our content security policy forbids.
    viewport = PHONE if request.param == "dark" else {"width": 1280, "height": 900}
    return {"color_scheme": request.param, "viewport": viewport, "bypass_csp": True}


async def test_compose(server, open_page, look):
    page = await open_page(server.url, **look)
    await expect(page.locator("[data-controller=demo]")).to_be_visible()
    assert await objections(page) == []
    await page.get_by_role("button", name="Write the article").click()
    await expect(page.locator("#topic-error")).not_to_be_empty()
    await page.get_by_role("radio", name="Full").check()
    assert await objections(page) == []


async def test_while_it_is_written(held_server, model, open_page, look):
    model.hold("section", after=30)
    page = await open_page(held_server.live(await held_server.begin("Seeing and hearing")), **look)
    await drafting(page)
    assert await objections(page) == []


async def test_finished(server, open_page, look):
    page = await open_page(server.live(await server.begin("Seeing and hearing")), **look)
    await ended(page, "completed")
    await rendered(page)
    assert await objections(page) == []


async def test_editing_comparing_and_rewriting(server, open_page, look):
    page = await open_page(server.live(await server.begin("Seeing and hearing")), **look)
    await ended(page, "completed")
    await rendered(page)
    await page.locator(".rewrite-this").first.click()
    assert await objections(page) == []
    await page.get_by_role("button", name="Edit", exact=True).click()
    await page.get_by_label("Markdown").fill("# Another\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    await expect(page.locator(".editor__page table")).to_be_visible()
    assert await objections(page) == []
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".manuscript.article table")).to_be_visible()
    await page.get_by_role("button", name="Versions", exact=True).click()
    await expect(page.locator(".difference del").first).to_be_visible()
    assert await objections(page) == []
    assert not await too_wide(page)


async def test_the_library(server, open_page, look):
    await server.begin("Seeing and hearing")
    page = await open_page(server.url + "/library.html", **look)
    await page.get_by_role("button", name="Delete").first.click()
    await expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert await objections(page) == []
    assert not await too_wide(page)
    await page.get_by_role("button", name="Undo").click()


async def test_an_outline_to_review(server, open_page, look):
    page = await open_page("about:blank", **look)
    plan = outline("One", "Two", "Three")
    await tell(page, stream(stage("outline", "completed", 1, plan), stage("article", "awaiting_review", 2, plan)))
    await page.goto(server.live(await server.begin("Seeing and hearing")))
    await expect(page.get_by_role("button", name="Write the article")).to_be_visible()
    assert await objections(page) == []
    assert not await too_wide(page)


async def test_failed(modelless_server, open_page, look):
    page = await open_page(modelless_server.live(await modelless_server.begin("Seeing and hearing")), **look)
    await ended(page, "failed")
    await expect(page.get_by_role("button", name="Try again")).to_be_visible()
    assert await objections(page) == []
    assert not await too_wide(page)


async def test_sources_and_search_result(server, open_page, look):
    page = await open_page("about:blank", **look)
    source = {"id": 1, "title": "On rivers", "url": "https://example.org/rivers", "passages": ["They bend."]}
    seo = {"title": "Found", "meta_description": "What it is about.", "keywords": ["one"], "slug": "found"}
    stored = result("# One\n\nA fact [1].", cited_sources=[source], seo_meta=seo)
    await page.route("**/result", lambda route: route.fulfill(json=stored))
    await page.goto(server.live(await server.begin("Seeing and hearing")))
    await page.locator(".cite").focus()
    await expect(page.get_by_role("tooltip")).to_be_visible()
    assert await objections(page) == []
    assert not await too_wide(page)


async def test_unknown(server, open_page, look):
    page = await open_page(server.live("unknown"), **look)
    await expect(page.get_by_role("heading", name="Article not found")).to_be_visible()
    assert await objections(page) == []


async def test_the_example(server, open_page, look):
    page = await open_page(server.url + "/static/example.html", **look)
    await page.get_by_label("Topic").fill("Seeing and hearing")
    await page.get_by_role("button", name="Write the article").click()
    await expect(page.get_by_role("status")).to_contain_text("Finished")
    assert await objections(page) == []
    assert not await too_wide(page)


async def test_a_small_phone_has_nothing_beside_the_screen(server, held_server, model, open_page):
    page = await open_page(server.url, viewport=PHONE)
    await expect(page.locator("[data-controller=demo]")).to_be_visible()
    assert not await too_wide(page)
    model.hold("section", after=30)
    topic = "W" * 300 + " and so on"
    await page.goto(held_server.live(await held_server.begin(topic)))
    await drafting(page)
    assert not await too_wide(page)
    await page.goto(server.live(await server.begin(topic)))
    await ended(page, "completed")
    await rendered(page)
    assert not await too_wide(page)


async def test_the_keyboard_starts_and_stops_an_article(held_server, model, open_page):
    model.hold("section", after=30)
    page = await open_page(held_server.url)
    await expect(page.get_by_label("Topic")).to_be_focused()
    await page.keyboard.type("By keyboard")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Stop")).to_be_visible()
    await page.get_by_role("button", name="Stop").focus()
    await page.keyboard.press("Enter")
    await ended(page, "cancelled")


async def test_only_stages_are_announced(slow_server, open_page):
    page = await open_page("about:blank")
    await page.add_init_script("""
      window.announced = [];
      addEventListener('DOMContentLoaded', () => new MutationObserver((changes) => {
        for (const { target } of changes) {
          const region = (target.closest ? target : target.parentElement).closest('[role=status], [aria-live]');
          if (region) announced.push(region.textContent);
        }
      }).observe(document, { subtree: true, childList: true, characterData: true }));
    """)
    await page.goto(slow_server.live(await slow_server.begin("Announcing")), wait_until="commit")
    await page.locator(".column [aria-busy=true]").first.wait_for()
    await ended(page, "completed")
    *stages, end = await page.evaluate("announced")
    assert end.startswith("Finished: ")
    assert stages == [stage for stage in STAGES if stage in stages]
    assert "Polishing into one voice" in stages
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)


async def test_who_wants_no_motion_gets_none(held_server, model, open_page):
    model.hold("section", after=30)
    page = await open_page(held_server.live(await held_server.begin("Still")), reduced_motion="reduce")
    await drafting(page)
    assert await page.evaluate("document.getAnimations().length") == 0
