"""Streams get lost, tabs get hidden, servers restart: what is on the page is what is stored all the same."""

import asyncio

from playwright.async_api import Page, expect

from tests.page.conftest import Server
from tests.page.looking import (
    HIDE,
    LISTEN,
    as_markdown,
    copied,
    drafting,
    ended,
    heard,
    passed,
    rendered,
    styling,
)
from tests.page.proxy import proxying

OPEN, CLOSED = 1, 2
KEEP_SOURCES = """
window.sources = [];
window.EventSource = class extends EventSource {
  constructor(...words) { super(...words); sources.push(this); }
};
"""


async def whole(page: Page, server: Server, job: str) -> None:
    await ended(page, "completed")
    await rendered(page)
    assert await copied(page) == (await server.ask(f"articles/{job}/result"))["content"]


async def test_reloading_in_the_middle_picks_up_exactly(held_server, model, open_page):
    model.hold("style", after=30)
    job = await held_server.begin("Reloading")
    page = await open_page(held_server.live(job))
    await styling(page)
    await page.reload()
    await styling(page)
    model.release()
    await whole(page, held_server, job)


async def test_a_hidden_tab_closes_its_stream_after_a_moment_and_resumes_where_it_was(held_server, model, open_page):
    model.hold("section", after=30)
    job = await held_server.begin("Hiding")
    page = await open_page("about:blank")
    await page.add_init_script(KEEP_SOURCES)
    await page.goto(held_server.live(job))
    await drafting(page)
    await page.evaluate(HIDE, True)
    assert await page.evaluate("sources.at(-1).readyState") == OPEN
    await page.wait_for_function("closed => sources.at(-1).readyState === closed", arg=CLOSED)
    await page.evaluate(HIDE, False)
    model.release()
    await whole(page, held_server, job)
    first, second = await page.evaluate("sources.map((source) => source.url)")
    assert "last_event_id" not in first
    assert "last_event_id=" in second


async def test_a_glance_at_another_tab_costs_nothing(held_server, model, open_page):
    model.hold("section", after=30)
    job = await held_server.begin("Glancing")
    page = await open_page("about:blank")
    await page.add_init_script(KEEP_SOURCES)
    await page.goto(held_server.live(job))
    await drafting(page)
    await page.evaluate(HIDE, True)
    await page.evaluate(HIDE, False)
    model.release()
    await whole(page, held_server, job)
    assert await page.evaluate("sources.length") == 1


async def test_a_stream_cut_in_mid_section_goes_on(held_server, model, open_page):
    model.hold("section", after=30)
    job = await held_server.begin("Cutting")
    async with proxying(held_server.port) as proxy:
        page = await open_page(f"http://127.0.0.1:{proxy.port}/progress.html?job_id={job}")
        for _ in range(2):
            await drafting(page)
            proxy.cut()
        model.release()
        await whole(page, held_server, job)


async def test_two_tabs_show_the_same_and_the_other_learns_of_a_change(slow_server, open_page):
    job = await slow_server.begin("Two tabs")
    tabs = [await open_page(slow_server.live(job)) for _ in range(2)]
    for tab in tabs:
        await whole(tab, slow_server, job)
    await (await as_markdown(tabs[0])).fill("# Changed in the first tab")
    await tabs[0].get_by_role("button", name="Save").click()
    await expect(tabs[0].locator(".manuscript.article h1")).to_have_text("Changed in the first tab")
    await tabs[1].evaluate(HIDE, True)
    await tabs[1].evaluate(HIDE, False)
    await expect(tabs[1].locator(".manuscript.article h1")).to_have_text("Changed in the first tab")


async def test_a_stream_that_ends_event_source_is_tried_again(held_server, model, open_page):
    model.hold("style", after=30)
    job = await held_server.begin("Refusing")
    page = await open_page("about:blank")
    await page.add_init_script(LISTEN)
    await page.clock.install()
    refused = [429, 503, 502, 429, 503, 502]

    async def answer(route):
        await (route.fulfill(status=refused.pop()) if refused else route.continue_())

    await page.route("**/events?*", answer)
    await page.goto(held_server.live(job))
    await heard(page, "Reconnecting…")
    text = page.locator(".manuscript.article")
    async with asyncio.timeout(120):
        while refused or not await text.inner_text():
            await page.clock.fast_forward(40_000)  # longer than the page ever waits
            await asyncio.sleep(0.05)
    await styling(page)
    model.release()
    await whole(page, held_server, job)


async def test_a_gap_in_the_text_is_mended(held_server, model, open_page):
    model.hold("style", after=30)
    job = await held_server.begin("Gaps")
    page = await open_page("about:blank")
    event = '{"type":"token","run":1,"stage":"content","section":1,"offset":9999,"text":"lost"}'
    body = f"id: 4294969344\nevent: token\ndata: {event}\n\n"
    await page.route("**/events*", lambda route: route.fulfill(content_type="text/event-stream", body=body), times=1)
    await page.goto(held_server.live(job))
    model.release()
    await whole(page, held_server, job)


async def test_a_restarted_server_goes_on_and_so_does_the_page(held_server, model, open_page):
    model.hold("style", after=30)
    job = await held_server.begin("Restarting")
    page = await open_page(held_server.live(job))
    await styling(page)
    await held_server.stop()
    await expect(page.get_by_role("status").first).to_have_text("Reconnecting…")
    await held_server.start()
    model.release()
    await whole(page, held_server, job)


async def test_an_article_removed_meanwhile_is_said_to_be_gone(held_server, model, open_page):
    model.hold("section", after=30)
    job = await held_server.begin("Removing")
    page = await open_page(held_server.live(job))
    await page.locator(".column").first.wait_for()
    await page.request.delete(f"{held_server.url}/articles/{job}")
    await ended(page, "cancelled")
    await page.reload()
    await expect(page.get_by_role("heading", name="Article not found")).to_be_visible()


async def test_a_lost_result_is_asked_for_until_it_is_there(server, open_page):
    job = await server.begin("Losing the end")
    page = await open_page("about:blank")
    await page.add_init_script(LISTEN)
    await page.route("**/result", lambda route: route.abort(), times=1)
    await page.goto(server.live(job))
    await heard(page, "Couldn't load the article. Trying again…")
    await whole(page, server, job)
    await expect(page.get_by_role("status").first).to_contain_text("Finished: ")


async def test_nobody_asks_for_a_lost_result_while_nobody_looks(server, open_page):
    job = await server.begin("Losing it unseen")
    page = await open_page("about:blank")
    asked = []

    async def unavailable(route):
        asked.append(route.request.url)
        await route.fulfill(status=503, json={"detail": "the server is draining"})

    await page.route("**/result", unavailable)
    await page.clock.install()
    await page.goto(server.live(job))
    await ended(page, "completed")
    await expect(page.get_by_role("status").first).to_contain_text("Trying again")
    await page.evaluate(HIDE, True)
    await passed(page, 5_000)
    count = len(asked)
    await passed(page, 120_000)
    assert len(asked) == count
    await page.unroute("**/result")
    await page.evaluate(HIDE, False)
    await whole(page, server, job)
