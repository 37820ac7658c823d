"""The API's documentation: offline, under its policy, with the events in it."""

from playwright.async_api import Browser, expect

from tests.page.conftest import OpenPage, Server


async def test_swagger_ui_is_shown_without_asking_any_other_host(server: Server, open_page: OpenPage) -> None:
    page = await open_page(server.url + "/docs")
    await expect(page.get_by_text("/start-job").first).to_be_visible()


async def test_redoc_is_shown_although_its_logo_is_kept_from_reaching_out(server: Server, browser: Browser) -> None:
    page = await browser.new_page()
    answered: list[str] = []
    page.on("response", lambda response: answered.append(response.url))
    await page.goto(server.url + "/redoc")
    await expect(page.get_by_text("Pressroom (0.2.0)").first).to_be_visible()
    assert all(url.startswith((server.url, "blob:", "data:")) for url in answered)
    await page.close()
