"""All articles: found, filtered, paged, removed; and what is being written now."""

import re

from playwright.async_api import Page, expect

from tests.page.conftest import OpenPage, Server


async def from_menu(page: Page, what: str, entry: int = 0) -> None:
    """Does what stands in the menu of an entry."""
    await page.locator(".entry:visible").nth(entry).locator(".entry__menu > summary").click()
    await page.locator(".entry__menu[open]").get_by_text(what, exact=True).click()


async def test_articles_are_searched_and_the_address_keeps_the_search(server: Server, open_page: OpenPage) -> None:
    await server.begin("Umbrellas of the north")
    page = await open_page(f"{server.url}/library.html")
    await page.get_by_label("Search titles and texts").fill("umbrellas of")
    await expect(page.locator(".entry__title")).to_have_count(1)
    await expect(page.locator(".entry__title")).to_contain_text("Umbrellas of the north")
    await expect(page).to_have_url(f"{server.url}/library.html?q=umbrellas+of")
    await page.reload()
    await expect(page.locator(".entry__title")).to_have_count(1)
    await page.get_by_label("Search titles and texts").fill("no such thing")
    await expect(page.get_by_text("No articles match.")).to_be_visible()


async def test_a_search_in_the_texts_shows_what_it_found(server: Server, open_page: OpenPage) -> None:
    job = await server.written("Kites", min_words=100, seo_optimize=True)
    page = await open_page(f"{server.url}/library.html?q=kites")
    line = page.locator(f"[data-id='{job}']")
    await expect(line.locator(".entry__found mark").first).to_be_visible()
    assert "#" not in await line.locator(".entry__found").inner_text()
    await page.goto(f"{server.url}/library.html")
    await expect(line.locator(".entry__standfirst")).to_contain_text("Kites")
    assert "script" not in await line.inner_html()


async def test_articles_are_filtered_by_status(server: Server, modelless_server: Server, open_page: OpenPage) -> None:
    await modelless_server.written("Failing for the library")
    page = await open_page(f"{modelless_server.url}/library.html?status=failed")
    chip = page.get_by_role("button", name="Status")
    await expect(chip).to_have_accessible_name("Status Failed")
    await expect(page.locator(".entry .state").first).to_have_text("Failed")
    await page.get_by_label("Search titles and texts").fill("cheerful")
    await expect(page.get_by_text("No articles match.")).to_be_visible()
    await expect(page.locator("[data-drop]")).to_have_text(
        ["Words cheerful Remove", "Status Failed Remove"], use_inner_text=True
    )
    await page.get_by_role("button", name="Words cheerful Remove").click()
    await expect(page.get_by_label("Search titles and texts")).to_be_focused()
    await expect(page.locator(".entry .state").first).to_have_text("Failed")
    await expect(page).to_have_url(f"{modelless_server.url}/library.html?status=failed")


async def test_what_there_is_to_filter_by_has_counts_and_stays_in_the_address(
    server: Server, open_page: OpenPage
) -> None:
    ids = [await server.begin(f"Tagged {n}") for n in range(3)]
    await server.ask("articles/tags", {"ids": ids[:2], "add": ["Of two"]})
    page = await open_page(f"{server.url}/library.html?sort=oldest")
    await page.locator("[data-opens=tag]").click()
    choice = page.get_by_role("group", name="Tag")
    await choice.get_by_text("Of two").click()
    await expect(choice).to_be_hidden()
    await expect(page.locator(".entry__title")).to_contain_text(["Tagged 0", "Tagged 1"])
    await expect(page).to_have_url(f"{server.url}/library.html?tag=Of+two&sort=oldest")
    await page.reload()
    await expect(page.locator("[data-opens=tag]")).to_have_accessible_name("Tag Of two")
    await expect(page.locator(".entry")).to_have_count(2)
    await page.locator("[data-opens=tag]").click()
    await expect(choice.locator(".pick").filter(has_text="Of two")).to_contain_text("2")
    await expect(choice.get_by_role("radio", name="Of two")).to_be_focused()
    while not await choice.get_by_role("radio", name="All").is_checked():
        await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Escape")
    await expect(page.locator("[data-opens=tag]")).to_be_focused()
    await page.locator("[data-opens=date]").click()
    await page.get_by_label("Until").fill("2001-01-01")
    await expect(page.locator("[data-drop]")).to_have_text(
        "Until 1 Jan 2001 Remove".replace("1 Jan", "Jan 1,"), use_inner_text=True
    )
    await page.get_by_role("button", name="Clear search").click()
    await expect(page.locator(".entry").nth(2)).to_be_visible()


async def test_an_odd_address_is_said_and_can_be_left(server: Server, open_page: OpenPage) -> None:
    page = await open_page(f"{server.url}/library.html?status=odd&since=yesterday")
    await expect(page.get_by_role("alert")).to_contain_text("Status: must be one of")
    await page.locator("[data-opens=status]").click()
    await page.get_by_role("group", name="Status").get_by_text("All").click()
    await expect(page.locator(".entry").first).to_be_visible()
    await expect(page.get_by_role("alert")).to_be_empty()


async def test_an_entry_shows_picture_language_and_tags(server: Server, open_page: OpenPage) -> None:
    job = await server.written("Pictured", min_words=100, include_image=True, language="de")
    plain = await server.begin("水 without a picture")
    await server.ask("articles/tags", {"ids": [job], "add": ["Shown", "Also"]})
    page = await open_page(f"{server.url}/library.html")
    line = page.locator(f"[data-id='{job}']")
    assert await line.locator(".cover img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    await expect(line.locator(".entry__about")).to_contain_text("German")
    await expect(line.locator(".tag")).to_have_text(["Also", "Shown"])
    await expect(page.locator(f"[data-id='{plain}'] .cover")).to_have_text("水")
    ratio = "cover => (cover.offsetWidth / cover.offsetHeight).toFixed(1)"
    for each in (job, plain):
        assert await page.locator(f"[data-id='{each}'] .cover").evaluate(ratio) == "1.5"
    await line.get_by_role("link", name="Shown").click()
    await expect(page.locator(".entry")).to_have_count(1)


async def test_there_is_more_than_a_page(server: Server, open_page: OpenPage) -> None:
    for n in range(21):
        await server.begin(f"Of many, number {n}")
    page = await open_page(f"{server.url}/library.html?q=of+many")
    await expect(page.locator(".entry")).to_have_count(20)
    await expect(page.get_by_text("Showing 20 of 21 articles")).to_be_visible()
    await page.get_by_role("button", name="Show more").click()
    await expect(page.locator(".entry")).to_have_count(21)
    await expect(page.locator(".entry__title").last).to_be_focused()
    await expect(page.get_by_role("button", name="Show more")).to_be_hidden()


async def test_an_article_is_removed_unless_that_is_undone(server: Server, open_page: OpenPage) -> None:
    for n in range(2):
        await server.begin(f"Unloved {n}")
    page = await open_page("about:blank")
    await page.clock.install()
    await page.goto(f"{server.url}/library.html?q=unloved")
    await from_menu(page, "Delete")
    await expect(page.locator(".entry:visible")).to_have_count(1)
    await expect(page.locator(".entry__title:visible")).to_be_focused()
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator(".entry:visible")).to_have_count(2)
    await expect(page.locator(".entry__title").first).to_be_focused()
    await from_menu(page, "Delete")
    await page.clock.run_for(7000)
    await expect(page.locator(".toast__line")).to_have_count(0)
    await page.reload()
    await expect(page.locator(".entry")).to_have_count(1)


async def test_a_removal_that_fails_brings_the_article_back(server: Server, open_page: OpenPage) -> None:
    await server.begin("Clinging on")
    page = await open_page("about:blank")
    await page.clock.install()
    await page.route(re.compile(r"/articles/[0-9a-f-]{36}$"), lambda route: route.abort())
    await page.goto(f"{server.url}/library.html?q=clinging")
    await from_menu(page, "Delete")
    await page.clock.run_for(7000)
    await expect(page.get_by_text("Couldn't delete")).to_be_visible()
    await expect(page.locator(".toast__why")).to_have_text("Can't reach the server.")
    await expect(page.locator(".entry:visible")).to_have_count(1)
    await page.unroute_all()
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("button", name="Undo")).to_be_focused()
    await page.clock.run_for(7000)
    await expect(page.locator(".entry")).to_have_count(0)


async def test_what_is_being_written_is_shown_while_it_is(narrow_server: Server, open_page: OpenPage) -> None:
    job = await narrow_server.begin("Running for the library")
    page = await open_page(f"{narrow_server.url}/library.html")
    running = page.locator(".task").filter(has_text="Running for the library")
    await expect(running).to_be_visible()
    await expect(running.get_by_role("progressbar")).to_have_attribute("max", "100")
    await page.request.post(f"{narrow_server.url}/articles/{job}/cancel")
    await expect(running).to_have_count(0)
    line = page.locator(".entry").filter(has_text="Running for the library").first
    await expect(line.locator(".state")).to_have_text("Stopped")


async def test_an_empty_library_says_so(server: Server, open_page: OpenPage) -> None:
    page = await open_page("about:blank")
    await page.route(
        "**/articles/?*", lambda route: route.fulfill(json={"articles": [], "total": 0, "next_cursor": None})
    )
    await page.goto(f"{server.url}/library.html")
    await expect(page.get_by_text("No articles yet.")).to_be_visible()
