"""Which model writes, and what it can, on the front page."""

from typing import Any

from playwright.async_api import Page, expect

from tests.page.conftest import OpenPage, Server


async def told(page: Page, server: Server, **model: Any) -> None:
    """The front page, of a server that tells so of its model."""
    known = {"name": "tiny", "kind": "configured", "demo": False, "note": None, "says": [], "can": []}
    await page.route("**/health", lambda route: route.fulfill(json={"model": known | model}))
    await page.goto(server.url)


async def test_a_model_is_named_and_says_on_demand_what_it_can(modelless_server: Server, open_page: OpenPage) -> None:
    page = await open_page("about:blank")
    slots = {"code": "model.slots", "params": {"reason": "many", "calls": 4}}
    await told(page, modelless_server, can=[slots, {"code": "model.server", "params": {"server": "vLLM"}}])
    line = page.get_by_role("region", name="Model")
    await expect(line).to_contain_text("tiny writes the articles.")
    await expect(line.get_by_role("listitem").first).to_be_hidden()
    await line.get_by_text("What it can do").click()
    expected = ["It writes 4 texts at once; others wait their turn", "It runs on vLLM"]
    await expect(line.get_by_role("listitem")).to_have_text(expected)


async def test_a_model_that_nobody_named_is_named_here(modelless_server: Server, open_page: OpenPage) -> None:
    page = await open_page("about:blank")
    await told(page, modelless_server, kind="embedded", note="tiny writes, inside Pressroom")
    await expect(page.locator("[data-controller=model] > p")).to_have_text("tiny writes, inside Pressroom.")
    await expect(page.locator("[data-controller=demo]")).to_be_hidden()


async def test_what_a_model_can_is_not_known_before_it_has_written(
    modelless_server: Server, open_page: OpenPage
) -> None:
    page = await open_page(modelless_server.url)
    line = page.get_by_role("region", name="Model")
    await line.get_by_text("What it can do").click()
    await expect(page.locator("[data-controller=demo]")).to_be_hidden()
    said = (await modelless_server.ask("health"))["model"]["can"]
    await expect(line.get_by_role("listitem")).to_have_count(len(said))
    await expect(line.get_by_text("Known after the first article.")).to_be_visible(visible=not said)
