"""Briefs under names, at the composer."""

import re
from typing import Any

import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.page.conftest import OpenPage, Server
from tests.page.looking import chosen

BRIEF: dict[str, Any] = {"topic": "Weekly news", "tone": "friendly", "min_words": 1500, "language": "de"}


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def none_saved(server: Server, open_page: OpenPage) -> None:
    page = await open_page("about:blank")
    for saved in await server.ask("briefs"):
        await page.request.delete(f"{server.url}/briefs/{saved['id']}")


async def saved(server: Server, *names: str) -> None:
    for name in names:
        await server.ask("briefs", {"name": name, "brief": BRIEF | {"sources": [{"text": f"A note for {name}."}]}})


async def opened(page: Page) -> Locator:
    return await chosen(page, "briefs")


async def test_what_is_chosen_is_saved_and_begun_with_again(server: Server, open_page: OpenPage) -> None:
    page = await open_page(server.url)
    await page.get_by_label("Topic").fill("Weekly news")
    await (await chosen(page, "tone")).get_by_text("Friendly").click()
    briefs = await opened(page)
    await expect(briefs.get_by_label("Save this brief as")).to_be_focused()
    await page.keyboard.type("Weekly")
    await page.keyboard.press("Enter")
    await expect(briefs.get_by_role("status")).to_have_text("Saved as “Weekly”")
    await page.evaluate("localStorage.clear()")
    await page.goto(server.url)
    await expect(page.locator("[data-opens=tone]")).to_have_accessible_name("Tone")
    await (await opened(page)).get_by_role("button", name="Weekly Weekly news").press("Enter")
    await expect(page.get_by_label("Topic")).to_be_focused()
    await expect(page.get_by_label("Topic")).to_have_value("Weekly news")
    await expect(page.locator("[data-opens=tone]")).to_have_accessible_name("Tone Friendly")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/progress.html*")


async def test_a_brief_brings_its_sources_in_place_of_others(server: Server, open_page: OpenPage) -> None:
    await saved(server, "With sources")
    page = await open_page(server.url)
    sources = await chosen(page, "sources")
    await sources.get_by_role("button", name="Add a source").click()
    await sources.get_by_label("Paste a link or text").fill("Another note.")
    await (await opened(page)).locator(".brief__take").click()
    await expect(page.locator("[data-opens=length]")).to_contain_text("about 1,500 words")
    await expect((await chosen(page, "sources")).get_by_label("Paste a link or text")).to_have_value(
        "A note for With sources."
    )


async def test_a_brief_that_can_not_be_saved_is_said_at_its_place(server: Server, open_page: OpenPage) -> None:
    await saved(server, "Taken")
    page = await open_page(server.url)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    briefs = await opened(page)
    name, save = briefs.get_by_label("Save this brief as"), briefs.get_by_role("button", name="Save", exact=True)
    await save.click()
    await expect(page.locator("#topic-error")).to_have_text("Enter a topic.")
    await expect(name).to_have_accessible_description("Enter a name.")
    assert sent == []
    await page.get_by_label("Topic").fill("Anything")
    await save.click()
    await expect(name).to_have_accessible_description("Enter a name.")
    await name.fill("TAKEN")
    await save.click()
    await expect(name).to_have_accessible_description("There is already a saved brief named TAKEN.")
    await expect(name).to_be_focused()
    await name.fill("x" * 81)
    await save.click()
    await expect(name).to_have_accessible_description("Must have at most 80 characters.")
    await page.route("**/briefs", lambda route: route.abort())
    await save.click()
    await expect(name).to_have_accessible_description("Can't reach the server.")


async def test_a_brief_is_renamed(server: Server, open_page: OpenPage) -> None:
    await saved(server, "Alpha", "Omega")
    page = await open_page(server.url)
    briefs = await opened(page)
    await briefs.get_by_role("button", name="Rename “Omega”").click()
    field = briefs.get_by_label("New name of “Omega”")
    await expect(field).to_be_focused()
    await page.keyboard.type("alpha")
    await page.keyboard.press("Enter")
    await expect(field).to_have_accessible_description("There is already a saved brief named alpha.")
    await field.fill("Aardvark")
    await briefs.get_by_role("button", name="Save the new name").click()
    await expect(briefs.get_by_role("button", name="Rename “Aardvark”")).to_be_focused()
    await expect(briefs.locator(".brief__take")).to_contain_text(["Aardvark", "Alpha"])
    await briefs.get_by_role("button", name="Rename “Alpha”").click()
    await briefs.get_by_role("button", name="Keep the old name").click()
    await expect(briefs.get_by_role("button", name="Rename “Alpha”")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Delete")
    await page.keyboard.press("Enter")
    await expect(briefs.get_by_label("New name of “Alpha”")).to_have_accessible_description("Enter a name.")
    await page.keyboard.press("Escape")
    await expect(briefs.get_by_role("button", name="Rename “Alpha”")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(briefs).to_be_hidden()
    assert [each["name"] for each in await server.ask("briefs")] == ["Aardvark", "Alpha"]


async def test_a_brief_is_deleted_unless_that_is_undone(server: Server, open_page: OpenPage) -> None:
    await saved(server, "Short-lived")
    page = await open_page("about:blank")
    await page.clock.install()
    await page.goto(server.url)
    briefs = await opened(page)
    await briefs.get_by_role("button", name="Delete “Short-lived”").click()
    await expect(briefs.locator(".brief:visible")).to_have_count(0)
    await expect(page.get_by_role("button", name="Undo")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(briefs.get_by_role("button", name="Delete “Short-lived”")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.clock.run_for(7000)
    await expect(page.locator(".toast__line")).to_have_count(0)
    await expect(briefs.get_by_text(re.compile("^Save these choices"))).to_be_visible()
    assert await server.ask("briefs") == []
