"""The page for people to copy: it shows what is stored, whatever was withdrawn on the way, and closes its stream."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

from service import demo
from tests.page.conftest import OpenPage, Server

KEEP_SOURCES = """
window.sources = [];
window.EventSource = class extends EventSource {
  constructor(...words) { super(...words); sources.push(this); }
};
"""
CLOSED = 2


async def started(page: Page, server: Server, topic: str) -> str:
    await page.add_init_script(KEEP_SOURCES)
    await page.goto(server.url + "/static/example.html")
    await page.get_by_label("Topic").fill(topic)
    async with page.expect_response("**/start-job") as answer:
        await page.get_by_role("button", name="Write the article").click()
    return (await (await answer.value).json())["job_id"]


async def ended(page: Page, server: Server, job: str) -> Any:
    """The stored result, which the page shows."""
    await expect(page.get_by_role("status")).to_contain_text("Finished: ")
    result = await server.ask(f"articles/{job}/result")
    assert await page.locator("article").text_content() == result["content"] != ""
    assert await page.evaluate("sources.map((source) => source.readyState)") == [CLOSED]
    return result


async def test_it_shows_what_is_stored_and_closes_its_stream(server: Server, open_page: OpenPage) -> None:
    page = await open_page("about:blank")
    result = await ended(page, server, await started(page, server, "旅行 🌱 and <b>meandering</b>"))
    await expect(page.get_by_role("status")).to_have_text(f"Finished: {result['words']} words")


async def test_it_takes_back_what_is_withdrawn(tmp_path: Path, open_page: OpenPage) -> None:
    faults = demo.Faults.script([None, None, None, None, "cut"])  # the style
    async with demo.serving(pace=demo.Pace(300, 0), faults=faults) as model:
        server = Server(tmp_path, {"OPENAI_BASE_URL": model.url, "PRESSROOM_MODEL_BACKOFF": "0.01"})
        try:
            await server.start()
            page = await open_page("about:blank")
            await ended(page, server, await started(page, server, "Withdrawing"))
            assert model.counts.calls["style"] == 2
        finally:
            await server.stop()


async def test_it_says_what_went_wrong(modelless_server: Server, open_page: OpenPage) -> None:
    page = await open_page("about:blank")
    await started(page, modelless_server, "Failing")
    await expect(page.get_by_role("status")).to_contain_text("Failed: ")
    assert await page.evaluate("sources[0].readyState") == CLOSED
    await page.get_by_label("Topic").fill("x" * 501)
    await page.get_by_role("button", name="Write the article").click()
    await expect(page.get_by_role("status")).to_have_text("Topic: must have at most 500 characters")
