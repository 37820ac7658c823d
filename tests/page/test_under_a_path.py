"""Behind a proxy that takes a path away: every page, every stream and every address stays under it."""

import pytest
from playwright.async_api import expect

from tests.page.conftest import OpenPage
from tests.page.looking import as_markdown, chosen, ended, rendered


async def test_a_full_article_is_written_reviewed_shown_and_taken_away(under_a_path: str, open_page: OpenPage) -> None:
    page = await open_page(under_a_path)
    await page.get_by_label("Topic").fill("Under a path")
    await (await chosen(page, "length")).get_by_label("Or at least").fill("100")
    await page.get_by_text("Cover image").click()
    await page.get_by_text("Review the outline first").click()
    await page.get_by_role("button", name="Write the article").click()
    await page.wait_for_url("**/progress.html*")
    await page.get_by_role("button", name="Write the article").click()
    await ended(page, "completed")
    await rendered(page)
    await expect(page.locator(".picture img")).to_be_visible()
    assert await page.locator(".picture img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    await page.get_by_text("Export", exact=True).click()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="PDF", exact=True).click()
    assert (await download.value).suggested_filename.endswith(".pdf")
    await (await as_markdown(page)).fill("# Changed")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status").first).to_contain_text("Saved as version 2")
    await page.get_by_role("link", name="Library").click()
    await page.get_by_role("link", name="Changed").first.click()
    await rendered(page)
    assert page.url.startswith(f"{under_a_path}progress.html")


async def test_a_conversation_is_held(under_a_path: str, open_page: OpenPage) -> None:
    page = await open_page(under_a_path + "chat.html")
    await page.get_by_label("Message", exact=True).fill("Under a path?")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Try again")).to_be_visible()
    await expect(page.get_by_role("navigation", name="Conversations").get_by_role("link")).to_have_count(2)
    await page.reload()
    await expect(page.locator(".message--assistant")).to_have_count(1)


async def test_the_example_follows_its_article(under_a_path: str, open_page: OpenPage) -> None:
    page = await open_page(under_a_path + "static/example.html")
    await page.get_by_label("Topic").fill("Under a path")
    await page.get_by_role("button", name="Write the article").click()
    await expect(page.get_by_role("status")).to_contain_text("Finished: ")


@pytest.mark.parametrize(("name", "shows"), [("docs", "/start-job"), ("openapi.json", '"url":"/press"')])
async def test_the_documentation_is_found(under_a_path: str, open_page: OpenPage, name: str, shows: str) -> None:
    page = await open_page(under_a_path + name)
    await expect(page.get_by_text(shows).first).to_be_visible()


async def test_what_is_not_there_is_said_in_words(under_a_path: str, open_page: OpenPage) -> None:
    for address in ("nopage.html", "no/such/page"):
        page = await open_page(under_a_path + address)
        await expect(page.get_by_role("heading", name="This page does not exist")).to_be_visible()
        assert await page.evaluate("getComputedStyle(document.querySelector('.masthead')).display") == "flex"
        await page.get_by_role("link", name="library").click()
        await expect(page).to_have_url(under_a_path + "library.html")
