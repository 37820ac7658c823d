"""An article that failed or was stopped, on its page: its draft is taken along, and it goes on."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Page, expect

from service import demo
from service.demo import DemoModel
from tests.page.conftest import OpenPage, Server
from tests.page.looking import copied, drafting, ended, rendered

HTML = """async () => {
  const [item] = await navigator.clipboard.read();
  return (await item.getType('text/html')).text();
}"""


@asynccontextmanager
async def failed(folder: Path, open_page: OpenPage) -> AsyncGenerator[tuple[Server, DemoModel, str, Page]]:
    """The page of an article whose outline failed and, tried again, one of its sections, with another there."""
    faults = demo.Faults.script(["cut", None, None, "cut"])
    async with demo.serving(pace=demo.Pace(2000, 0), faults=faults) as model:
        server = Server(folder, {"OPENAI_BASE_URL": model.url, "PRESSROOM_MODEL_ATTEMPTS": "1"})
        try:
            await server.start()
            job = await server.begin("Rivers")
            page = await open_page(server.live(job))
            await ended(page, "failed")
            await page.get_by_role("button", name="Try again").click()
            await page.locator(".column").first.wait_for()
            await ended(page, "failed")
            yield server, model, job, page
        finally:
            await server.stop()


async def exports(page: Page) -> list[str]:
    """The names of the files that the menu gives."""
    names: list[str] = []
    for link in await page.locator("[data-format]").all():
        await page.locator("[data-menu=export] > summary").click()
        async with page.expect_download() as download:
            await link.click()
        names.append((await download.value).suggested_filename)
    return names


async def test_the_draft_of_a_failed_article_is_copied_exported_and_continued(tmp_path, open_page):
    async with failed(tmp_path, open_page) as (server, model, job, page):
        await expect(page.get_by_text("What is finished is kept.")).to_be_visible()
        text = await copied(page)
        assert text.startswith("# ")
        html = await page.evaluate(HTML)
        assert "<h1>" in html
        assert "<h2>" in html
        await expect(page.get_by_text("Export draft", exact=True)).to_be_visible()
        names = await exports(page)
        assert {name.rpartition(".")[2] for name in names} == {"md", "html", "docx", "pdf"}
        assert all("-Draft." in name for name in names)
        asked = len(model.calls)
        await page.get_by_role("button", name="Continue writing").click()
        await ended(page, "completed")
        await rendered(page)
        await expect(page.locator(".failure")).to_be_empty()
        await expect(page.locator(".step__state")).to_have_text(["Done"] * 3)
        assert "outline" not in [call.kind for call in list(model.calls)[asked:]]
        await expect(page.get_by_text("Export", exact=True)).to_be_visible()
        assert await copied(page) == (await server.ask(f"articles/{job}/result"))["content"]


async def test_a_stopped_article_says_that_it_is_a_draft_and_goes_on(held_server, model, open_page):
    model.hold("section", after=30)
    job = await held_server.begin("Stopping and going on")
    page = await open_page(held_server.live(job))
    await drafting(page)
    await page.get_by_role("button", name="Stop").click()
    await ended(page, "cancelled")
    await rendered(page)
    await expect(page.locator(".byline")).to_contain_text("Draft")
    assert all("-Draft." in name for name in await exports(page))
    model.release()
    await page.get_by_role("button", name="Continue writing").click()
    await ended(page, "completed")
    await rendered(page)
    await expect(page.locator(".byline")).not_to_contain_text("Draft")
