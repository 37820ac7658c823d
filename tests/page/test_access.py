"""For everyone: axe finds nothing to object to, a small phone shows all of it, the keyboard reaches all of it."""

from playwright.async_api import expect

from tests.page.judging import LOOK, PHONE, objections, too_wide
from tests.page.looking import as_markdown, chosen, drafting, ended, from_menu, rendered, styling
from tests.page.telling import outline, result, stage, tell

STAGES = ["Loading the article…", "Starting…", "Planning the outline", "Writing 3 sections", "Polishing into one voice"]


async def test_compose(server, open_page):
    page = await open_page(server.url, **LOOK)
    await expect(page.locator("[data-controller=demo]")).to_be_visible()
    assert await objections(page) == []
    await page.get_by_role("button", name="Write the article").click()
    await expect(page.locator("#topic-error")).not_to_be_empty()
    for choice in ("length", "tone", "audience", "language", "sources", "briefs"):
        await chosen(page, choice)
        assert await objections(page, f"[data-choice={choice}], [data-opens={choice}]") == []


async def test_while_it_is_written(held_server, model, open_page):
    model.hold("section", after=30)
    page = await open_page(held_server.live(await held_server.begin("Seeing and hearing")), **LOOK)
    await drafting(page)
    assert await page.evaluate("document.getAnimations().length") == 0  # reduced motion is none
    assert await objections(page) == []


# What stands higher on the screen than something before it.
OUT_OF_ORDER = """() => [...document.querySelectorAll('main :is(h1, h2, p, button, summary)')]
  .filter((each) => each.checkVisibility({ visibilityProperty: true }))
  .filter((each) => !each.closest('.strip, .follow, .article-chat, .contents'))
  .map((each) => Math.round(each.getBoundingClientRect().top))
  .filter((top, i, all) => all.slice(0, i).some((before) => before > top + 40))"""


async def test_while_it_is_edited_and_then(held_server, model, open_page):
    model.hold("style", after=30)
    page = await open_page(held_server.live(await held_server.begin("Seeing and hearing")), **LOOK)
    await styling(page)
    for _ in range(2):
        await expect(page.get_by_role("heading", level=1)).to_have_count(1)
        assert await page.evaluate(OUT_OF_ORDER) == []
        assert await objections(page) == []
        model.release()
        await ended(page, "completed")
        await rendered(page)


async def test_finished(server, open_page):
    page = await open_page(server.live(await server.written("Seeing and hearing")), **LOOK)
    await rendered(page)
    await page.get_by_role("button", name="Details").click()
    await page.locator(".menu--more > summary").click()
    assert await objections(page) == []


async def test_editing_comparing_and_rewriting(server, open_page):
    page = await open_page(server.live(await server.written("Seeing and hearing")), **LOOK)
    await rendered(page)
    await page.locator(".rewrite-this").first.click()
    assert await objections(page) == []
    await (await as_markdown(page)).fill("# Another\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    await expect(page.locator(".editor__page table")).to_be_visible()
    assert await objections(page) == []
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".manuscript.article table")).to_be_visible()
    await from_menu(page, "Versions")
    await expect(page.locator(".difference del").first).to_be_visible()
    assert await objections(page) == []


async def test_writing_in_the_text_and_changing_a_passage(server, open_page):
    job = await server.written("Seeing and hearing")
    page = await open_page(server.live(job), **LOOK)
    await rendered(page)
    await page.locator(".article > p").first.click(click_count=3)
    await expect(page.get_by_role("button", name="Shorten")).to_be_visible()
    assert await objections(page) == []
    await page.get_by_role("button", name="Other tone").click()
    assert await objections(page, ".passage") == []
    await page.get_by_role("button", name="Back").click()
    await page.get_by_role("button", name="Shorten").click()
    await expect(page.get_by_role("button", name="Accept")).to_be_visible()
    assert await objections(page, ".passage, .article") == []
    await page.get_by_role("button", name="Refuse").click()
    await page.get_by_role("button", name="Edit", exact=True).click()
    await expect(page.locator(".article[contenteditable=true]")).to_be_focused()
    await page.keyboard.type("Mine. ")
    await expect(page.locator(".editor__says")).to_contain_text("Kept in this browser")
    await page.request.patch(f"{server.url}/articles/{job}", data={"version": 1, "title": "Theirs"})
    await page.keyboard.press("Control+s")
    await page.get_by_role("button", name="Compare").click()
    await expect(page.locator(".conflict ins").first).to_be_visible()
    assert await objections(page) == []
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.locator(".offer")).to_be_visible()
    assert await objections(page, ".offer, .strip") == []


async def test_picture_and_search_text(painting_server, model, open_page):
    wanted = {"min_words": 100, "include_image": True, "seo_optimize": True}
    job = await painting_server.written("Seeing and hearing", **wanted)
    page = await open_page(painting_server.live(job), **LOOK)
    await rendered(page)
    await from_menu(page, "Search text")
    await page.locator(".extra [name=title]").fill("Seeing and hearing " * 8)
    assert await objections(page) == []
    await from_menu(page, "Link to read")
    await page.get_by_role("button", name="Make a link").click()
    await expect(page.get_by_role("button", name="Withdraw")).to_be_visible()
    assert await objections(page) == []
    await from_menu(page, "Picture")
    await page.locator("input[type=file]").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": b"no"})
    await expect(page.get_by_text("This is not a PNG")).to_be_visible()
    model.hold("image")
    await page.get_by_role("button", name="Make a new one").click()
    await expect(page.get_by_text("Making a picture…")).to_be_visible()
    assert await objections(page) == []


async def test_the_library(server, open_page):
    await server.begin("Seeing and hearing")
    page = await open_page(server.url + "/library.html", **LOOK)
    await page.get_by_role("checkbox", name="Select all found").check()
    await page.locator(".entry__menu > summary").first.click()
    await expect(page.get_by_role("button", name="Copy link")).to_be_visible()
    assert await objections(page) == []
    await page.get_by_role("button", name="Delete").first.click()
    await expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert await objections(page) == []


async def test_choosing_tags_and_filters_of_the_library(server, open_page):
    job = await server.begin("Seeing and hearing")
    await server.ask("articles/tags", {"ids": [job], "add": ["Senses", "Sensible"]})
    page = await open_page(server.url + "/library.html", **LOOK)
    for choice in ("status", "tag", "date", "sort"):
        await page.locator(f"[data-opens={choice}]").click()
        assert await objections(page, f"[data-choice={choice}], [data-opens={choice}]") == []
    await page.locator(".entry__menu > summary").first.click()
    await page.get_by_role("button", name="Tags…").first.click()
    await page.get_by_label("Add a tag").fill("sens")
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("listbox").get_by_role("option", selected=True)).to_be_visible()
    assert await objections(page) == []
    await page.goto(server.url + "/library.html?q=nothing+like+it&status=failed")
    await expect(page.get_by_role("button", name="Clear search")).to_be_visible()
    assert await objections(page) == []


async def test_an_outline_to_review(server, open_page):
    page = await open_page("about:blank", **LOOK)
    plan = outline("One", "Two", "Three")
    await tell(page, stage("outline", "completed", 1, plan), stage("article", "awaiting_review", 2, plan))
    await page.goto(server.live(await server.begin("Seeing and hearing")))
    await expect(page.get_by_role("button", name="Write the article")).to_be_visible()
    assert await objections(page) == []


async def test_failed(modelless_server, open_page):
    page = await open_page(modelless_server.live(await modelless_server.begin("Seeing and hearing")), **LOOK)
    await ended(page, "failed")
    await expect(page.get_by_role("button", name="Try again")).to_be_visible()
    assert await objections(page) == []


async def test_sources_and_search_result(server, open_page):
    page = await open_page("about:blank", **LOOK)
    source = {"id": 1, "title": "On rivers", "url": "https://example.org/rivers", "passages": ["They bend."]}
    seo = {"title": "Found", "meta_description": "What it is about.", "keywords": ["one"], "slug": "found"}
    stored = result("# One\n\nA fact [1].", cited_sources=[source], seo_meta=seo)
    await page.route("**/result", lambda route: route.fulfill(json=stored))
    await page.goto(server.live(await server.written("Seeing and hearing")))
    await page.locator(".cite").focus()
    await expect(page.get_by_role("tooltip")).to_be_visible()
    assert await objections(page) == []


async def test_unknown(server, open_page):
    page = await open_page(server.live("unknown"), **LOOK)
    await expect(page.get_by_role("heading", name="Article not found")).to_be_visible()
    assert await objections(page) == []


async def test_the_example(server, open_page):
    page = await open_page(server.url + "/static/example.html", **LOOK)
    await page.get_by_label("Topic").fill("Seeing and hearing")
    await page.get_by_role("button", name="Write the article").click()
    await expect(page.get_by_role("status")).to_contain_text("Finished")
    assert await objections(page) == []


async def test_a_small_phone_has_nothing_beside_the_screen(server, held_server, model, open_page):
    page = await open_page(server.url, viewport=PHONE)
    await expect(page.locator("[data-controller=demo]")).to_be_visible()
    assert not await too_wide(page)
    model.hold("section", after=30)
    topic = "W" * 300 + " and so on"
    await page.goto(held_server.live(await held_server.begin(topic)))
    await drafting(page)
    assert not await too_wide(page)
    await page.goto(server.live(await server.written(topic)))
    await rendered(page)
    assert not await too_wide(page)


async def test_the_keyboard_starts_stops_and_continues_and_focus_is_never_lost(held_server, model, open_page):
    model.hold("section", after=30)
    page = await open_page(held_server.url)
    await expect(page.get_by_label("Topic")).to_be_focused()
    await page.keyboard.type("By keyboard")
    await page.keyboard.press("Enter")
    await drafting(page)
    await page.get_by_role("button", name="Stop").focus()
    await page.keyboard.press("Enter")
    await ended(page, "cancelled")
    status = page.get_by_role("status").first
    await expect(status).to_be_focused()
    model.release()
    await page.get_by_role("button", name="Continue writing").press("Enter")
    await ended(page, "completed")
    await expect(status).to_be_focused()


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


async def test_a_question_mark_opens_a_sheet_with_the_keys_at_its_beginning(server, open_page):
    page = await open_page(server.url, viewport={"width": 390, "height": 500})
    await page.keyboard.type("Why? ")  # in the topic it is only a question mark
    await expect(page.get_by_role("dialog")).to_have_count(0)
    for address in ("/library.html", "/chat.html", "/progress.html?job_id=unknown"):
        await page.goto(server.url + address)
        await page.locator("h1:visible").first.click()
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog", name="Keyboard")).to_contain_text("In the library: select the article")
        await expect(page.get_by_role("dialog")).to_contain_text("Stop editing; unsaved changes are kept")
        assert await page.get_by_role("dialog").evaluate("dialog => dialog.scrollTop") == 0
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_a_theme_is_chosen_remembered_and_there_from_the_beginning(server, open_page):
    page = await open_page(server.url, color_scheme="dark")
    await page.get_by_role("button", name="Theme: automatic").click()
    await page.add_init_script(
        "addEventListener('DOMContentLoaded', () => (window.first = "
        "getComputedStyle(document.documentElement).colorScheme))"
    )
    for theme, system in (("light", "dark"), ("dark", "light")):
        await page.emulate_media(color_scheme=system)
        while theme not in (await page.locator("html").get_attribute("data-theme") or ""):
            await page.get_by_role("button", name="Theme").click()
        await page.goto(server.url + "/library.html")
        assert await page.evaluate("first") == theme
        await expect(page.get_by_role("button", name=f"Theme: {theme}")).to_be_visible()
