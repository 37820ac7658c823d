"""Several articles of the library at once: chosen, tagged, exported, deleted."""

import asyncio
import re
from pathlib import Path
from zipfile import ZipFile

from playwright.async_api import Locator, Page, Route, expect

from tests.page.conftest import OpenPage, Server
from tests.page.test_library_page import from_menu


async def library(server: Server, open_page: OpenPage, word: str, many: int, **options: object) -> Page:
    """The library with so many articles that have the word in their titles, the newest first."""
    for n in range(many):
        await server.begin(f"{word} {n}")
    page = await open_page("about:blank", **options)
    await page.goto(f"{server.url}/library.html?q={word}")
    await expect(page.locator(".entry")).to_have_count(min(many, 20))
    return page


def chosen(page: Page) -> Locator:
    return page.locator(".shelf__count")


def select(page: Page, entry: int) -> Locator:
    return page.locator("[data-select]").nth(entry)


async def test_articles_are_chosen_one_by_one_and_in_a_range(server: Server, open_page: OpenPage) -> None:
    page = await library(server, open_page, "Rangy", 5)
    await expect(page.get_by_role("checkbox", name="Select “Rangy 4")).to_have_count(1)
    await select(page, 0).click()
    await expect(chosen(page)).to_have_text("1 article selected")
    await select(page, 3).click(modifiers=["Shift"])
    await expect(chosen(page)).to_have_text("4 articles selected")
    await expect(page.get_by_role("checkbox", name="Select all found")).to_have_js_property("indeterminate", True)
    await select(page, 1).click(modifiers=["Shift"])  # and back again: all between them are let go
    await expect(chosen(page)).to_have_text("1 article selected")
    await page.get_by_role("button", name="Clear selection").click()
    await expect(page.get_by_role("group", name="Selected articles")).to_be_hidden()
    await expect(page.get_by_role("checkbox", name="Select all found")).to_be_focused()


async def test_all_by_keyboard(server: Server, open_page: OpenPage) -> None:
    page = await library(server, open_page, "Keyed", 4)
    titles = page.locator(".entry__title")
    await titles.first.focus()
    await page.keyboard.press("x")
    await page.keyboard.press("j")
    await expect(titles.nth(1)).to_be_focused()
    await page.keyboard.press("j")
    await page.keyboard.press("Shift+X")
    await expect(chosen(page)).to_have_text("3 articles selected")
    before = await page.evaluate("scrollY")
    await page.keyboard.press("Space")
    await expect(chosen(page)).to_have_text("2 articles selected")
    assert await page.evaluate("scrollY") == before
    await page.keyboard.press("k")
    await expect(titles.nth(1)).to_be_focused()
    await page.keyboard.press("Delete")
    await expect(page.locator(".entry:visible")).to_have_count(2)
    await expect(titles.nth(2)).to_be_focused()
    await page.get_by_role("button", name="Undo").press("Enter")
    await expect(page.locator(".entry:visible")).to_have_count(4)
    await page.get_by_label("Search titles and texts").focus()
    await page.keyboard.type("x")  # where somebody writes it is a letter
    await expect(page.get_by_text("No articles match.")).to_be_visible()


async def test_all_that_are_found_are_deleted_at_once_unless_that_is_undone(
    server: Server, open_page: OpenPage
) -> None:
    await server.begin("To be kept")
    for n in range(22):
        await server.begin(f"Wholesale {n}")
    page = await open_page("about:blank")
    await page.clock.install()
    await page.goto(f"{server.url}/library.html?q=wholesale")
    await expect(page.get_by_text("Showing 20 of 22 articles")).to_be_visible()
    every = page.get_by_role("checkbox", name="Select all found")
    await every.check()
    await expect(chosen(page)).to_have_text("22 articles selected")
    await page.get_by_role("button", name="Show more").click()
    await expect(page.locator("[data-select]:checked")).to_have_count(22)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.post_data or "") if "delete" in request.url else None)
    await page.get_by_role("button", name="Delete", exact=True).click()
    await expect(page.get_by_text("No articles match.")).to_be_visible()
    await expect(page.locator(".toast__line")).to_contain_text("22 articles")
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator(".entry:visible")).to_have_count(22)
    await every.check()
    await page.get_by_role("button", name="Delete", exact=True).click()
    await page.clock.run_for(7000)
    await expect(page.locator(".toast__line")).to_have_count(0)
    assert len(asked) == 1
    assert (await server.ask("articles/?q=wholesale"))["total"] == 0
    assert (await server.ask('articles/?q="to+be+kept"'))["total"] == 1


async def test_what_could_not_be_deleted_comes_back_and_the_reason_is_said(server: Server, open_page: OpenPage) -> None:
    await server.begin("Quetzals 0")
    stays = await server.begin("Quetzals 1")
    page = await open_page("about:blank")
    await page.clock.install()
    ended = [{"id": stays, "deleted": False, "code": "store_busy", "message": "the disk is full"}]
    await page.route("**/articles/delete", lambda route: route.fulfill(json=ended))
    await page.goto(f"{server.url}/library.html?q=quetzals")
    await page.get_by_role("checkbox", name="Select all found").check()
    await page.get_by_role("button", name="Delete", exact=True).click()
    await page.clock.run_for(7000)
    await expect(page.locator(".toast__why")).to_have_text("The disk is full.")
    await expect(page.locator(".entry")).to_have_attribute("data-id", stays)


async def test_several_are_exported_as_one_file(server: Server, open_page: OpenPage, tmp_path: Path) -> None:
    for n in range(2):
        await server.written(f"Packed {n}")
    page = await open_page(f"{server.url}/library.html?q=Packed")
    await page.get_by_role("checkbox", name="Select all found").check()
    await page.get_by_role("group", name="Selected articles").get_by_text("Export", exact=True).click()
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Export as Markdown").first.click()
    file = await download.value
    assert file.suggested_filename == "articles.zip"
    await file.save_as(tmp_path / "articles.zip")
    with ZipFile(tmp_path / "articles.zip") as packed:
        assert len(packed.namelist()) == 2
    await expect(chosen(page)).to_have_text("2 articles selected")
    asked: list[int] = []

    async def answer(route: Route) -> None:
        asked.append(len((route.request.post_data_json or {})["ids"]))
        await route.fulfill(body=b"PK", content_type="application/zip")

    await page.route("**/articles/export", answer)
    names = await page.evaluate("""async () => {
      const { exported } = await import('/static/js/api.js'), names = [];
      const ids = Array.from({ length: 401 }, String);
      for await (const { name, parts } of exported(ids, 'md')) names.push(`${name} of ${parts}`);
      return names;
    }""")
    assert names == ["articles-1.zip of 3", "articles-2.zip of 3", "articles-3.zip of 3"]
    assert asked == [200, 200, 1]


async def test_one_is_exported_from_its_menu_and_one_that_is_gone_is_said(server: Server, open_page: OpenPage) -> None:
    job = await server.written("Exported 火 0")
    page = await open_page(f"{server.url}/library.html?q=Exported+火")
    async with page.expect_download() as download:
        await from_menu(page, "Export as Markdown")
    assert (await download.value).suggested_filename.startswith("Exported-火-0")
    await page.request.delete(f"{server.url}/articles/{job}")
    await from_menu(page, "Export as HTML")
    await expect(page.get_by_role("alert")).to_have_text("There is no such article.")


async def test_the_menu_opens_copies_and_starts_again(server: Server, open_page: OpenPage) -> None:
    brief = {"topic": "Menus again", "min_words": 120, "tone": "friendly", "sources": [{"text": "A note of mine."}]}
    job = (await server.ask("articles/create", brief))["id"]
    page = await open_page(f"{server.url}/library.html?q=menus+again")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    more = page.get_by_label("More for “Menus again")
    await more.press("Enter")
    await page.get_by_role("button", name="Copy link").click()
    await expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == server.live(job)
    await page.keyboard.press("Escape")
    await expect(more).to_be_focused()
    await expect(page.locator(".entry__menu[open]")).to_have_count(0)
    await from_menu(page, "Start again with this brief")
    await expect(page.get_by_label("Topic")).to_have_value("Menus again")
    await expect(page.locator("[data-opens=length]")).to_contain_text("about 120 words")
    await expect(page.locator("[data-opens=tone]")).to_contain_text("Friendly")
    await expect(page.locator("[data-opens=sources]")).to_contain_text("1")
    await page.goto(f"{server.url}/?as=nobody&topic=Still")
    await expect(page.get_by_role("alert")).to_have_text("There is no such article.")
    await expect(page.get_by_role("button", name="Write the article")).to_be_enabled()


async def test_tags_are_added_with_suggestions_and_removed(server: Server, open_page: OpenPage) -> None:
    await server.ask("articles/tags", {"ids": [await server.begin("Elsewhere")], "add": ["Glaciers"]})
    page = await library(server, open_page, "Labelled", 1)
    await from_menu(page, "Tags…")
    dialog, field = page.get_by_role("dialog", name="Tags"), page.get_by_role("combobox", name="Add a tag")
    await expect(field).to_be_focused()
    await page.keyboard.type("glac")
    await expect(field).to_have_attribute("aria-expanded", "true")
    await page.keyboard.press("ArrowDown")
    option = page.get_by_role("listbox").get_by_role("option", selected=True)
    await expect(option).to_contain_text("Glaciers")
    assert await field.get_attribute("aria-activedescendant") == await option.get_attribute("id")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_role("status")).to_have_text("Added “Glaciers”")
    await expect(page.locator(".entry .tag")).to_have_text("Glaciers")
    await page.keyboard.type("Ice & snow")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("listbox")).to_have_count(0)
    await expect(dialog).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_role("status")).to_have_text("Added “Ice & snow”")
    await expect(page.locator(".entry .tag")).to_have_text(["Glaciers", "Ice & snow"])
    await dialog.get_by_role("button", name="Remove “Glaciers”").click()
    await expect(page.locator(".entry .tag")).to_have_text(["Ice & snow"])
    await field.fill("x" * 41)
    await page.keyboard.press("Enter")
    await expect(field).to_have_accessible_description("Must have at most 40 characters.")
    await expect(field).to_have_attribute("aria-invalid", "true")
    await page.route("**/articles/tags", lambda route: route.abort())
    await field.fill("Unheard")
    await page.keyboard.press("Enter")
    await expect(field).to_have_accessible_description("Can't reach the server.")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await page.unroute_all()
    await expect(page.locator("[data-opens=tag]")).to_be_visible()


async def test_what_was_asked_for_before_a_change_does_not_undo_it(server: Server, open_page: OpenPage) -> None:
    page = await library(server, open_page, "Overtaken", 1)
    held, asked = asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        answer = await route.fetch()
        asked.set()
        await held.wait()
        await route.fulfill(response=answer)

    await page.route("**/articles/?*", late)
    await page.locator("main").dispatch_event("running:changed")
    await asked.wait()
    await from_menu(page, "Tags…")
    await page.keyboard.type("Newest")
    await page.keyboard.press("Enter")
    await expect(page.locator(".entry .tag")).to_have_text("Newest")
    async with page.expect_response("**/articles/?*"), page.expect_response("**/articles/filters"):
        held.set()
    await expect(page.locator(".entry .tag")).to_have_text("Newest")


async def test_what_is_not_listed_yet_or_no_more_is_not_chosen_with_all_that_is_found(
    server: Server, open_page: OpenPage
) -> None:
    await server.begin("Numbats 0")
    page = await library(server, open_page, "Bilbies", 2)
    listing, choosing = asyncio.Event(), asyncio.Queue[Route]()

    async def listed(route: Route) -> None:
        await listing.wait()
        await route.continue_()

    await page.route("**/articles/?*limit=20*", listed)
    await page.route("**/articles/?*limit=100*", choosing.put)
    await page.reload()
    every = page.get_by_role("checkbox", name="Select all found")
    await expect(every).to_be_disabled()
    listing.set()
    await every.check()
    chosen_too_late = await choosing.get()
    await page.get_by_label("Search titles and texts").fill("Numbats")
    await expect(page.locator(".entry__title")).to_have_text([re.compile("Numbats")])
    await chosen_too_late.continue_()
    await expect(every).to_be_enabled()
    await expect(every).not_to_be_checked()
    await expect(page.get_by_role("group", name="Selected articles")).to_be_hidden()


async def test_several_are_tagged_and_the_dialog_says_of_how_many(server: Server, open_page: OpenPage) -> None:
    page = await library(server, open_page, "Quokkas", 3)
    await server.ask(
        "articles/tags", {"ids": [await page.locator(".entry").first.get_attribute("data-id")], "add": ["A"]}
    )
    await page.reload()
    await page.get_by_role("checkbox", name="Select all found").check()
    await page.get_by_role("group", name="Selected articles").get_by_text("Tags…").click()
    dialog = page.get_by_role("dialog", name="Tags")
    await expect(dialog).to_contain_text("3 articles")
    await expect(dialog.locator(".tag")).to_have_text([re.compile("A.*1 of 3")])
    await page.keyboard.type("a")
    await page.keyboard.press("Enter")
    await expect(dialog.locator(".tag")).to_have_text([re.compile("3 of 3")])
    await expect(page.locator(".entry .tag")).to_have_text(["A"] * 3)
    await dialog.get_by_role("button", name="Remove “A”").click()
    await expect(page.locator(".entry .tag")).to_have_count(0)
    await expect(dialog.get_by_text("No tags yet.")).to_be_visible()


async def test_of_a_long_tag_the_beginning_is_in_sight(server: Server, open_page: OpenPage) -> None:
    page = await library(server, open_page, "Wallabies", 2)
    await page.set_viewport_size({"width": 320, "height": 700})
    await page.get_by_role("checkbox", name="Select all found").check()
    await page.get_by_role("group", name="Selected articles").get_by_text("Tags…").click()
    await page.keyboard.type("A name that goes on and on for so long")
    await page.keyboard.press("Enter")
    tag = page.get_by_role("dialog", name="Tags").locator(".tag")
    name, remove = tag.locator("span"), tag.get_by_role("button")
    await expect(name).to_be_visible()
    outer, inner, button = [await part.bounding_box() for part in (tag, name, remove)]
    assert outer
    assert inner
    assert button
    assert outer["x"] < inner["x"]
    assert button["x"] + button["width"] <= outer["x"] + outer["width"]
