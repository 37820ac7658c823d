"""A page asks for little, and when it is opened again for next to nothing."""

import pytest
from playwright.async_api import Page, Response

from tests.page.conftest import OpenPage, Server

PAGES = {"": 9, "library.html": 12, "chat.html": 8, "progress.html?job_id=": 10}  # and how many requests at most


async def answers(page: Page, address: str) -> list[Response]:
    """To all that it asked for but other articles' pictures: how many there are is the library's affair."""
    heard: list[Response] = []
    page.on("response", lambda answer: None if "/image" in answer.url else heard.append(answer))
    await page.goto(address)
    await page.wait_for_load_state("networkidle")
    return heard


@pytest.mark.parametrize(("address", "most"), PAGES.items())
async def test_a_page_asks_for_little(server: Server, open_page: OpenPage, address: str, most: int) -> None:
    job = await server.begin("Loading") if "job_id" in address else ""
    page = await open_page("about:blank")
    asked = await answers(page, f"{server.url}/{address}{job}")
    assert 4 < len(asked) <= most, "\n".join(answer.url for answer in asked)
    assert len({answer.url for answer in asked}) == len(asked)
    kept = [answer.url for answer in asked if "immutable" in answer.headers.get("cache-control", "")]
    assert {url.rpartition(".")[2] for url in kept} >= {"css", "js", "woff2"}
    again = await page.context.new_page()
    asked = await answers(again, f"{server.url}/{address}{job}")
    assert not {answer.url for answer in asked if not answer.from_service_worker} & set(kept) - await cached(again)


async def cached(page: Page) -> set[str]:
    """What the page took from the browser's own store, without asking."""
    return set(
        await page.evaluate("""() =>
          performance.getEntriesByType('resource').filter((each) => each.transferSize === 0).map(({ name }) => name)
        """)
    )
