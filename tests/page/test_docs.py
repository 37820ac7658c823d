"""The API's documentation: offline, under its policy, with the events in it."""

import pytest
from playwright.async_api import expect

from tests.page.conftest import OpenPage, Server


@pytest.mark.parametrize(("path", "shown"), [("/docs", "/start-job"), ("/redoc", "Pressroom (0.1.0)")])
async def test_it_is_shown_without_asking_any_other_host(
    server: Server, open_page: OpenPage, path: str, shown: str
) -> None:
    page = await open_page(server.url + path)
    await expect(page.get_by_text(shown).first).to_be_visible()
