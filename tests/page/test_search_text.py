"""What search engines show of an article, on its page."""

from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.page.conftest import Server
from tests.page.looking import as_markdown, from_menu, rendered

LENGTHS = "import('/static/js/helpers/search_lengths.js').then(({ %s }) => %s)"


async def opened(server: Server, page: Page, **wanted: Any) -> tuple[str, Locator]:
    job = await server.written("Rivers", min_words=100, language="en", **wanted)
    await page.goto(server.live(job))
    await rendered(page)
    await from_menu(page, "Search text")
    return job, page.get_by_role("region", name="Search text")


async def test_where_there_is_none_it_is_written_by_hand(server, open_page):
    page = await open_page("about:blank")
    job, panel = await opened(server, page)
    await expect(panel.get_by_text("This article has none yet.")).to_be_visible()
    await panel.get_by_label("Title").fill("")
    await panel.get_by_role("button", name="Save").click()
    await expect(panel.get_by_text("Enter a title.")).to_be_visible()
    await panel.get_by_label("Title").fill("Why rivers bend")
    await panel.get_by_label("Description").fill("All about bends.")
    await panel.get_by_label("Keywords").fill("rivers, bends，rivers")
    await panel.get_by_label("Address ending").fill("Rivers & Bends!")
    await panel.get_by_role("button", name="Save").click()
    await expect(panel.get_by_text("Written for this text.")).to_be_visible()
    await expect(panel.get_by_label("Address ending")).to_have_value("rivers-bends")
    await expect(page.locator(".standfirst")).to_have_text("All about bends.")
    stored = (await server.ask(f"articles/{job}/result"))["seo_meta"]
    assert stored["keywords"] == ["rivers", "bends"]


async def test_it_says_in_words_what_fits_and_shows_what_is_cut(server, open_page):
    page = await open_page("about:blank")
    _, panel = await opened(server, page, seo_optimize=True)
    title, preview = panel.get_by_label("Title"), panel.get_by_role("region", name="As a search result")
    await title.fill("Rivers")
    await expect(panel.get_by_text("6 characters: fits")).to_be_visible()
    await title.fill("Rivers and why they bend " * 4)
    await expect(panel.get_by_text("99 characters: will be cut after about 60")).to_be_visible()
    await expect(preview.locator(".seo__title")).to_have_text(
        "Rivers and why they bend Rivers and why they bend Rivers …"
    )
    await title.fill("河" * 40)
    await expect(panel.get_by_text("40 characters: will be cut after about 30")).to_be_visible()
    await expect(preview.locator(".seo__title")).to_have_text("河" * 30 + " …")
    described = await title.get_attribute("aria-describedby")
    await expect(page.locator(f"#{described}")).to_contain_text("will be cut")
    await panel.get_by_label("Description").fill("")
    await expect(panel.get_by_text("Empty")).to_be_visible()
    assert await page.evaluate(LENGTHS % ("lengthSaid", "lengthSaid('a', 60)")) == "1 character: fits"
    assert await page.evaluate(LENGTHS % ("measured", "measured('한国ａ𠀀ab', 60).share")) == 10 / 60


async def test_it_belongs_to_an_earlier_text_until_it_is_written_anew(held_server, model, open_page):
    page = await open_page("about:blank")
    job, panel = await opened(held_server, page, seo_optimize=True)
    await expect(panel.get_by_text("Written for this text.")).to_be_visible()
    await panel.get_by_role("button", name="Close").click()
    await expect(panel).to_be_hidden()
    await (await as_markdown(page)).fill("# Lakes\n\nAnother text.")
    await page.get_by_role("button", name="Save").click()
    await from_menu(page, "Search text")
    await expect(panel.get_by_text("This belongs to an earlier version of the text.")).to_be_visible()
    model.hold("seo")
    await panel.get_by_role("button", name="Write it again").click()
    await expect(panel.get_by_text("Writing it…")).to_be_visible()
    await panel.get_by_role("button", name="Stop").click()
    await expect(panel.get_by_text("This belongs to an earlier version of the text.")).to_be_visible()
    await panel.get_by_role("button", name="Write it again").click()
    model.release()
    await expect(panel.get_by_text("Written for this text.")).to_be_visible()
    assert "Another text." in model.calls[-1].messages[-1].content
    assert (await held_server.ask(f"articles/{job}/result"))["seo_fits"]


async def test_what_was_written_stays_when_somebody_else_has_saved_meanwhile(server, open_page):
    page, other = await open_page("about:blank"), await open_page("about:blank")
    job, panel = await opened(server, page, seo_optimize=True)
    await other.goto(server.live(job))
    await rendered(other)
    await from_menu(other, "Search text")
    for each, title in ((other, "Theirs"), (page, "Mine")):
        await each.locator(".extra [name=title]").fill(title)
        async with each.expect_response("**/result"):  # it shows what there is now
            await each.locator(".extra [data-part=save]").click()
    await expect(panel.get_by_text("It was changed in the meantime")).to_be_visible()
    await expect(panel.get_by_label("Title")).to_have_value("Mine")
    await expect(panel.locator("[data-part=save-error]")).not_to_be_empty()
    async with page.expect_response(lambda answer: answer.url.endswith("/seo") and answer.ok):
        await panel.get_by_role("button", name="Save").click()
    assert (await server.ask(f"articles/{job}/result"))["seo_meta"]["title"] == "Mine"


async def test_what_is_too_long_is_said_at_its_field(server, open_page):
    page = await open_page("about:blank")
    _, panel = await opened(server, page, seo_optimize=True)
    await panel.get_by_label("Description").fill("x" * 501)
    await panel.get_by_role("button", name="Save").click()
    await expect(panel.get_by_text("Must have at most 500 characters.", exact=False)).to_be_visible()
    await expect(panel.get_by_label("Description")).to_have_attribute("aria-invalid", "true")


async def test_why_it_could_not_be_written_is_told(server, open_page):
    page = await open_page("about:blank")
    _, panel = await opened(server, page)
    error = {"code": "model_timeout", "message": "the model took too long", "params": {}}
    await page.route("**/renewals/seo", lambda route: route.fulfill(json={"running": False, "error": error}))
    await panel.get_by_role("button", name="Write it for me").click()
    await expect(panel.get_by_text("The model took too long.")).to_be_visible()
    await expect(panel.get_by_role("button", name="Write it for me")).to_be_visible()


async def test_what_was_objected_to_is_gone_once_the_fields_are_filled_anew(server, open_page):
    page = await open_page("about:blank")
    _, panel = await opened(server, page, seo_optimize=True)
    title = panel.get_by_label("Title")
    await title.fill("")
    await panel.get_by_role("button", name="Save").click()
    await expect(panel.get_by_text("Enter a title.")).to_be_visible()
    await panel.get_by_role("button", name="Write it again").click()
    await expect(title).not_to_have_value("")
    await expect(panel.get_by_text("Enter a title.")).to_be_hidden()
    await expect(title).not_to_have_attribute("aria-invalid", "true")
