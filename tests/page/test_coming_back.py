"""Streams get lost, tabs get hidden, servers restart: what is on the page is what is stored all the same."""

from playwright.async_api import Page, expect

from tests.page.conftest import Server
from tests.page.looking import copied, drafting, ended, rendered, styling

HIDE = """hidden => {
  Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


async def whole(page: Page, server: Server, job: str) -> None:
    await ended(page, "completed")
    await rendered(page)
    assert await copied(page) == (await server.ask(f"articles/{job}/result"))["content"]


async def test_reloading_in_the_middle_picks_up_exactly(slow_server, open_page):
    job = await slow_server.begin("Reloading")
    page = await open_page(slow_server.live(job))
    await styling(page)
    await page.reload()
    await whole(page, slow_server, job)


async def test_a_hidden_tab_closes_its_stream_and_resumes_where_it_was(slow_server, open_page):
    job = await slow_server.begin("Hiding")
    page = await open_page("about:blank")
    streams = []
    page.on("request", lambda request: streams.append(request.url) if request.url.find("/events") > 0 else None)
    await page.goto(slow_server.live(job))
    await drafting(page)
    await page.evaluate(HIDE, True)
    hidden = await page.locator(".column").all_text_contents()
    await page.wait_for_timeout(300)
    assert await page.locator(".column").all_text_contents() == hidden
    await page.evaluate(HIDE, False)
    await whole(page, slow_server, job)
    assert len(streams) == 2
    assert "last_event_id" not in streams[0]
    assert "last_event_id=" in streams[1]


async def test_a_stream_that_is_refused_is_tried_again(server, open_page):
    job = await server.begin("Refusing")
    page = await open_page("about:blank")
    await page.route("**/events", lambda route: route.fulfill(status=503), times=1)
    await page.goto(server.live(job))
    await expect(page.get_by_role("status")).to_have_text("Reconnecting…")
    await whole(page, server, job)


async def test_a_gap_in_the_text_is_mended(server, open_page):
    job = await server.begin("Gaps")
    page = await open_page("about:blank")
    event = '{"type":"token","run":1,"stage":"content","section":1,"offset":9999,"text":"lost"}'
    body = f"id: 4294969344\nevent: token\ndata: {event}\n\n"
    await page.route("**/events", lambda route: route.fulfill(content_type="text/event-stream", body=body), times=1)
    await page.goto(server.live(job))
    await whole(page, server, job)


async def test_a_restarted_server_goes_on_and_so_does_the_page(slow_server, open_page):
    job = await slow_server.begin("Restarting")
    page = await open_page(slow_server.live(job))
    await styling(page)
    await slow_server.stop()
    await expect(page.get_by_role("status")).to_have_text("Reconnecting…")
    await slow_server.start()
    await whole(page, slow_server, job)


async def test_an_article_removed_meanwhile_is_said_to_be_gone(slow_server, open_page):
    job = await slow_server.begin("Removing")
    page = await open_page(slow_server.live(job))
    await page.locator(".column").first.wait_for()
    await page.request.delete(f"{slow_server.url}/articles/{job}")
    await ended(page, "cancelled")
    await page.reload()
    await expect(page.get_by_role("heading", name="There is no such article")).to_be_visible()
