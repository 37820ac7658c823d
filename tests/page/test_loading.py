"""A page asks for little, and when it is opened again for next to nothing."""

import pytest
from playwright.async_api import Page, Response

from tests.page.conftest import OpenPage, Server

PAGES = {"": 40, "library.html": 36, "chat.html": 42, "progress.html?job_id=": 62}  # and how many files at most


async def files(page: Page, address: str) -> list[Response]:
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    await page.goto(address)
    await page.wait_for_load_state("networkidle")
    return [answer for answer in answers if "static/" in answer.url or ".html" in answer.url or answer.url[-1] == "/"]


@pytest.mark.parametrize(("address", "most"), PAGES.items())
async def test_a_page_asks_for_little(server: Server, open_page: OpenPage, address: str, most: int) -> None:
    job = await server.begin("Loading") if "job_id" in address else ""
    page = await open_page("about:blank")
    asked = await files(page, f"{server.url}/{address}{job}")
    assert 10 < len(asked) <= most
    assert len({answer.url for answer in asked}) == len(asked)
    for answer in asked:
        headers = {"If-None-Match": answer.headers["etag"], "Accept": "text/html"}
        again = await page.request.get(answer.url, headers=headers)
        assert (again.status, again.headers["cache-control"]) == (304, "no-cache"), answer.url
