"""For who may only read: nothing is offered that they may not do, and all that they may is there."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.closed import closed
from tests.page.conftest import OpenPage
from tests.page.judging import objections
from tests.page.looking import rendered
from tests.server import Server

House = tuple[Server, dict[str, str], str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[House]:
    """A server with a finished article in two versions."""
    folder = tmp_path_factory.mktemp("data")
    async with closed(folder) as (server, keys):
        server.client.headers["Authorization"] = f"Bearer {keys['writer']}"
        article = await server.start_job("Bees")
        await server.watch(article)
        edit = {"version": 1, "title": "Bees", "content": "# Bees\n\n## Hives\n\nThey hum."}
        assert (await server.client.patch(f"/articles/{article}", json=edit)).status_code == 200
        yield server, keys, article


async def entered(open_page: OpenPage, house: House, path: str, role: str = "reader", **how: Any) -> Page:
    server, keys, _ = house
    page = await open_page("about:blank", **how)
    await page.request.post(f"{server.url}/session", data={"key": keys[role]})
    await page.goto(server.url + path)
    return page


async def test_a_reader_reads_copies_and_exports_an_article_and_no_more(house: House, open_page: OpenPage) -> None:
    server, _, article = house
    page = await entered(open_page, house, f"/progress.html?job_id={article}", bypass_csp=True)
    await rendered(page)
    offered = page.get_by_role("main").get_by_role("button")
    await expect(page.get_by_role("button", name="Copy", exact=True)).to_be_visible()
    assert await offered.all_inner_texts() == ["Copy", "Details"]
    await page.get_by_label("More").click()
    await expect(page.get_by_role("button", name="Print")).to_be_visible()
    assert await offered.all_inner_texts() == ["Copy", "Versions", "Print", "Details"]
    await page.keyboard.press("Escape")
    await page.keyboard.press("e")
    await page.keyboard.press("Control+z")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog").locator("kbd")).to_have_text(["?", "Esc", "J, K", "X, Space", "Shift + X"])
    await page.keyboard.press("Escape")
    assert await objections(page) == []
    await expect(page.locator("main")).to_have_attribute("data-mode", "read")
    await page.get_by_label("More").click()
    await page.get_by_role("button", name="Versions").click()
    await expect(page.get_by_role("region", name="Versions").get_by_role("button", name="1 · ")).to_be_visible()
    await expect(page.locator("[data-restore]")).to_be_hidden()
    async with page.expect_download():
        await page.locator("[data-menu=export] summary").click()
        await page.get_by_role("link", name="Markdown").click()
    assert (await server.get(f"/articles/{article}"))["version"] == 2


async def test_a_reader_finds_and_exports_in_the_library_and_changes_nothing(house: House, open_page: OpenPage) -> None:
    page = await entered(open_page, house, "/library.html", bypass_csp=True)
    await page.get_by_label("More for “Bees”").click()
    menu = page.locator(".entry__menu .menu__list")
    await expect(menu.get_by_role("link")).to_have_text(["Open"])
    await expect(menu.get_by_role("button", name="Delete")).to_have_count(0)
    await expect(menu.get_by_role("button", name="Tags")).to_have_count(0)
    await page.keyboard.press("Escape")
    await page.get_by_label("Select “Bees”").check()
    bar = page.get_by_role("group", name="Selected articles")
    await expect(bar.get_by_role("button")).to_have_text(["Clear selection"])
    await bar.get_by_text("Export", exact=True).click()
    async with page.expect_download():
        await bar.get_by_role("button", name="Markdown").click()
    await page.get_by_role("link", name="Bees").first.press("Delete")
    assert await objections(page) == []
    await expect(page.get_by_role("button", name="Undo")).to_be_hidden()
    await expect(page.locator(".entry:visible")).to_have_count(1)


@pytest.mark.parametrize("path", ["/", "/chat.html"])
async def test_a_reader_is_told_that_nothing_is_written_here(house: House, open_page: OpenPage, path: str) -> None:
    server, _, _ = house
    sockets: list[str] = []
    page = await open_page("about:blank", bypass_csp=True)
    page.on("websocket", lambda socket: sockets.append(socket.url))
    await page.request.post(f"{server.url}/session", data={"key": house[1]["reader"]})
    await page.goto(server.url + path)
    await expect(page.get_by_role("heading", level=1)).to_have_text("You can only read here.")
    await expect(page.get_by_role("textbox")).to_have_count(0)
    await expect(page.locator(".masthead__nav").get_by_role("link")).to_have_text(["Library"])
    assert await objections(page) == []
    assert sockets == []


async def test_a_writer_and_who_need_not_sign_in_are_told_no_such_thing(
    house: House, open_page: OpenPage, server: Any
) -> None:
    for url, role in ((house[0].url, "writer"), (server.url, None)):
        page = await open_page("about:blank")
        await page.request.post(f"{url}/session", data={"key": house[1]["writer"]})
        await page.goto(url)
        await expect(page.get_by_role("heading", level=1)).to_have_text("What should the article be about?")
        await expect(page.get_by_text("You can only read here.")).to_be_hidden()
        await expect(page.locator(".masthead__nav").get_by_role("link")).to_have_text(["Write", "Library", "Chat"])
        assert await page.locator("html").get_attribute("data-role") == role
