"""The finished article: read, changed, compared, taken away, removed."""

import asyncio
import re
import urllib.error
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from tests.page.conftest import OpenPage, Server
from tests.page.looking import as_markdown, copied, deletions, ended, from_menu, passed, rendered
from tests.page.telling import Json, done, knows, result, tell, token


async def finished(server: Server, open_page: OpenPage, topic: str, **options: Any) -> tuple[Page, str]:
    job = await server.written(topic)
    page = await open_page(server.live(job), **options)
    await rendered(page)
    return page, job


async def answered(page: Page, pattern: str, change: Json) -> None:
    """The server's own answer, and beside it what a later server will say."""

    async def more(route: Route) -> None:
        response = await route.fetch()
        await route.fulfill(json={**(await response.json()), **change})

    await page.route(pattern, more)


FULL = "() => { window.stored = Storage.prototype.setItem; Storage.prototype.setItem = () => { throw Error(); } }"


async def escaped(page: Page, mode: str) -> None:
    await page.keyboard.press("Escape")
    await page.evaluate("new Promise(requestAnimationFrame)")
    await expect(page.locator("main")).to_have_attribute("data-mode", mode)


async def test_it_can_be_found_ones_way_in(server: Server, open_page: OpenPage) -> None:
    page, job = await finished(server, open_page, "Finding one's way")
    stored = await server.ask(f"articles/{job}/result")
    headings = page.locator(".manuscript.article h2")
    links = page.locator(".contents a")
    await expect(links).to_have_text(await headings.all_text_contents())
    await links.last.click()
    await expect(headings.last).to_be_in_viewport()
    await expect(page.locator(".byline")).to_contain_text(f"{stored['words']} words")
    await expect(page.locator(".byline")).to_contain_text(f"{stored['minutes']} min read")


async def test_it_is_changed_with_a_preview_and_stored(server: Server, open_page: OpenPage) -> None:
    page, job = await finished(server, open_page, "Changing")
    article = page.locator(".manuscript.article")
    await page.get_by_role("button", name="Edit", exact=True).click()
    await expect(article).to_be_focused()
    await page.keyboard.press("Control+k")
    address = page.get_by_label("Where it leads")
    await expect(address).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(address).to_have_accessible_description("Enter an address.")
    await article.focus()
    await escaped(page, "write")
    await expect(address).to_be_hidden()
    for smaller in (page.get_by_label("More", exact=True), page.get_by_label("Keyboard shortcuts")):
        await smaller.click()
        await escaped(page, "write")
    await expect(page.locator(".menu[open], dialog[open]")).to_have_count(0)
    await article.focus()
    await page.keyboard.type("Kept ")
    await page.evaluate(FULL)
    await escaped(page, "write")  # it would be lost
    await page.evaluate("() => void (Storage.prototype.setItem = stored)")
    await page.keyboard.type("by Esc ")
    await escaped(page, "read")
    await page.get_by_role("button", name="Continue writing").click()
    await expect(article).to_contain_text("Kept by Esc ")
    await expect(article).to_be_focused()
    await page.keyboard.press("Control+k")
    await expect(address).to_be_focused()
    await page.get_by_role("button", name="Markdown").click()
    text = page.get_by_label("Markdown", exact=True)
    await expect(text).to_be_focused()
    await expect(address).to_be_hidden()
    assert not await page.evaluate("CSS.highlights.has('linked')")
    await text.fill("# Changed by hand\n\nOne **bold** <b>word</b>.\n")
    await expect(page.locator(".editor__page strong")).to_have_text("bold")
    await expect(page.get_by_label("Title", exact=True)).to_have_value("Changed by hand")
    await page.keyboard.press("Control+s")
    await expect(page.locator(".manuscript.article h1")).to_have_text("Changed by hand")
    await expect(page.locator(".manuscript.article")).to_contain_text("<b>word</b>")
    stored = await server.ask(f"articles/{job}/result")
    assert (stored["title"], stored["version"]) == ("Changed by hand", 2)
    await expect(page.get_by_role("status").first).to_have_text("Saved as version 2")
    await expect(page.get_by_role("button", name="Edit", exact=True)).to_be_focused()
    await page.reload()
    await expect(page.locator(".manuscript.article h1")).to_have_text("Changed by hand")


async def test_the_servers_objections_stand_at_the_fields(server: Server, open_page: OpenPage) -> None:
    page, _ = await finished(server, open_page, "Objecting")
    await as_markdown(page)
    await page.get_by_label("Title", exact=True).fill("x" * 301)
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator('.editor [data-error="title"]')).to_have_text("Must have at most 300 characters.")
    await expect(page.get_by_label("Title", exact=True)).to_be_focused()


async def test_versions_show_what_changed_and_can_be_restored(server: Server, open_page: OpenPage) -> None:
    page, job = await finished(server, open_page, "Comparing")
    before = await server.ask(f"articles/{job}/result")
    after = before["content"].replace("canned", "tinned", 1) + "\n\n## The **last**\n\nA last <i>word</i>."
    await page.request.patch(f"{server.url}/articles/{job}", data={"version": 1, "content": after})
    await page.reload()
    await rendered(page)
    await from_menu(page, "Versions")
    await expect(page.locator(".difference ins").first).to_have_text("tinned")
    await expect(page.locator(".difference del").first).to_have_text("canned")
    await expect(page.locator(".difference ins").last).to_have_text("A last <i>word</i>.")
    await expect(page.locator(".difference h1 > ins")).to_have_text("tinned")
    await expect(page.locator(".difference ins > h2 > strong")).to_have_text("last")
    await expect(page.locator(".difference")).not_to_contain_text("#")
    await expect(page.locator(".difference__skipped")).to_contain_text("unchanged")
    await page.get_by_role("button", name="Restore version 1").click()
    await rendered(page)
    assert (await server.ask(f"articles/{job}/result"))["content"] == before["content"]
    await expect(page.locator(".facts")).to_contain_text("Version3")
    await expect(page.get_by_role("status").first).to_contain_text("Saved as version 3")


@pytest.mark.parametrize(("name", "ending"), [("Markdown", ".md"), ("HTML", ".html"), ("PDF", ".pdf")])
async def test_it_is_downloaded(server: Server, open_page: OpenPage, name: str, ending: str) -> None:
    page, _ = await finished(server, open_page, "Downloading")
    await page.get_by_text("Export", exact=True).click()
    async with page.expect_download() as download:
        await page.get_by_role("link", name=name, exact=True).click()
    assert (await download.value).suggested_filename.endswith(ending)


async def test_a_deletion_can_be_undone(server: Server, open_page: OpenPage) -> None:
    page, job = await finished(server, open_page, "Undoing")
    asked = deletions(page)
    await page.clock.install()
    await from_menu(page, "Delete")
    await expect(page.get_by_role("button", name="Undo", exact=True)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".menu--more > summary")).to_be_focused()
    await passed(page, 7000)
    assert asked == []
    assert (await server.ask(f"articles/{job}"))["id"] == job


async def test_a_deletion_is_sent_after_a_while(server: Server, open_page: OpenPage) -> None:
    page, job = await finished(server, open_page, "Removing for good")
    await page.clock.install()
    await from_menu(page, "Delete")
    await page.clock.run_for(7000)
    await page.wait_for_url("**/library.html")
    await gone(server, job)


async def test_a_deletion_is_sent_when_the_page_is_left(server: Server, open_page: OpenPage) -> None:
    page, job = await finished(server, open_page, "Leaving")
    await from_menu(page, "Delete")
    await page.goto(server.url)
    async with asyncio.timeout(10):
        while (await page.request.get(f"{server.url}/articles/{job}")).status != 404:
            await asyncio.sleep(0.05)


async def gone(server: Server, job: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as raised:
        await server.ask(f"articles/{job}")
    with raised.value as answer:
        assert answer.code == 404


SOURCES = [
    {"id": 1, "title": "On <b>rivers</b>", "url": "https://example.org/rivers", "passages": ["They bend."]},
    {"id": 2, "title": "My notes", "url": "javascript:alert(1)", "passages": []},
]


async def test_sources_are_listed_and_noted_at_their_citations(server: Server, open_page: OpenPage) -> None:
    job = await server.written("Citing")
    page = await open_page("about:blank")
    content = "# Citing\n\nA fact [1], another [2], none [3].\n\n`code [1]`\n"
    await answered(page, "**/result", result(content, cited_sources=SOURCES))
    await page.goto(server.live(job))
    await ended(page, "completed")
    marks = page.locator(".cite")
    await expect(marks).to_have_text(["1", "2"])
    await marks.first.hover()
    note = page.get_by_role("tooltip")
    await expect(note).to_contain_text("On <b>rivers</b>")
    await expect(note).to_contain_text("They bend.")
    await page.keyboard.press("Escape")
    await expect(note).to_be_hidden()
    await marks.last.focus()
    await expect(note).to_contain_text("My notes")
    await expect(page.locator(".sources__list a")).to_have_count(1)
    given = page.locator(".sources__list details")
    await expect(given.locator("blockquote")).to_be_hidden()
    await given.locator("summary").click()
    await expect(given).to_contain_text("They bend.")


async def test_sources_that_could_not_be_read_are_told_with_the_reason(server: Server, open_page: OpenPage) -> None:
    job = await server.written("Missing")
    page = await open_page("about:blank")
    missed = [{"url": "https://example.org/gone", "reason": "the site answered 404"}]
    await answered(page, "**/result", {"research_data": {"synthesis": "", "sources": [], "missed": missed}})
    await page.goto(server.live(job))
    await ended(page, "completed")
    sources = page.get_by_role("region", name="Sources")
    await expect(sources.get_by_role("heading", name="Couldn't be read")).to_be_visible()
    await expect(sources.get_by_role("listitem")).to_have_text("https://example.org/gone: The site answered 404.")


async def test_search_result_and_picture(server: Server, open_page: OpenPage) -> None:
    job = await server.written("Finding")
    page = await open_page("about:blank")
    seo = {"title": "Found <b>", "meta_description": "What it is about.", "keywords": ["one", "two"], "slug": "found"}
    picture = {"image_url": f"/articles/{job}/image", "image_alt": "A river"}
    await answered(page, "**/result", {"seo_meta": seo, **picture})
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"/>'
    await page.route("**/image", lambda route: route.fulfill(body=svg, content_type="image/svg+xml"))
    await page.goto(server.live(job))
    await ended(page, "completed")
    await expect(page.locator(".seo__title")).to_have_text("Found <b>")
    await expect(page.locator(".seo__place")).to_contain_text("› found")
    await expect(page.get_by_role("img", name="A river")).to_be_visible()


async def test_a_section_is_rewritten_where_it_stands(server: Server, open_page: OpenPage) -> None:
    page, job = await finished(server, open_page, "Rewriting")
    old = await server.ask(f"articles/{job}/result")
    asked: list[Any] = []

    async def accepted(route: Route) -> None:
        asked.append(route.request.post_data_json)
        await route.fulfill(status=202, json={})

    await page.route("**/sections/2/rewrite", accepted)
    again = token("Written anew.", 2) | {"run": 2}
    await tell(page, again)
    await page.get_by_role("button", name="Rewrite", exact=False).nth(1).click()
    await page.keyboard.type("Shorter")
    await page.keyboard.press("Enter")
    await expect(page.locator(".rewritten")).to_contain_text("Written anew.")
    assert asked == [{"version": old["version"], "instruction": "Shorter"}]
    await expect(page.locator(".manuscript.article h2")).to_have_count(3)
    await tell(page, again, done() | {"run": 2})
    await ended(page, "completed")
    await expect(page.locator(".rewritten")).to_have_count(0)
    await expect(page.locator("main .status").first).to_have_text(f"Finished: {old['words']} words")


async def test_a_rewrite_that_is_refused_says_why(server: Server, open_page: OpenPage) -> None:
    page, _ = await finished(server, open_page, "Refusing to rewrite")
    problem = {"status": 422, "detail": "no", "errors": [{"field": "instruction", "message": "has too many wishes"}]}
    sent: list[Any] = []

    async def refused(route: Route) -> None:
        sent.append(route.request.post_data_json)
        await route.fulfill(status=422, json=problem)

    await page.route("**/rewrite", refused)
    await page.locator(".rewrite-this").first.click()
    await page.get_by_role("button", name="Rewrite section").click()
    await expect(page.locator(".rewrite .field-error")).to_have_text("Say what should change.")
    await expect(page.get_by_label("What should change")).to_be_focused()
    assert sent == []
    await page.get_by_label("What should change").fill("Shorter")
    await page.get_by_role("button", name="Rewrite section").click()
    await expect(page.locator(".rewrite .field-error")).to_have_text("Has too many wishes.")
    await page.keyboard.press("Escape")
    await expect(page.locator(".rewrite")).to_have_count(0)
    await expect(page.locator(".rewrite-this").first).to_be_focused()


async def test_a_section_is_named_by_the_servers_number(server: Server, open_page: OpenPage) -> None:
    """Whatever else looks like a heading, and whatever number the section had before."""
    job = await server.written("Numbering")
    page = await open_page("about:blank")
    sections = [
        {"id": 0, "title": "", "html": "<h1>Numbering</h1>\n<h2>An underlined introduction</h2>\n"},
        {"id": 4, "title": "One", "html": "<h2>One</h2>\n<p>Text</p>\n<h2>Underlined</h2>\n<p>More</p>\n"},
        {"id": 2, "title": "Two", "html": "<h2>Two</h2>\n<p>Kept</p>\n"},
    ]
    await answered(page, "**/result", {"sections": sections})
    await page.goto(server.live(job))
    await ended(page, "completed")
    await expect(page.locator(".rewrite-this")).to_have_count(2)
    await expect(page.locator(".contents a")).to_have_text(["One", "Two"])
    await page.route("**/rewrite", lambda route: route.fulfill(status=202, json={}))
    await tell(page, token("Written anew.", 4) | {"run": 2})
    await page.get_by_role("button", name="Rewrite “One”").click()
    await page.get_by_label("What should change").fill("Shorter")
    async with page.expect_request(f"**/articles/{job}/sections/4/rewrite"):
        await page.keyboard.press("Enter")
    await expect(page.locator(".rewritten")).to_have_text("Written anew.")
    await expect(page.get_by_text("More")).to_be_hidden()
    await expect(page.get_by_text("Kept")).to_be_visible()


async def test_formats_are_those_that_the_server_offers(server: Server, open_page: OpenPage) -> None:
    job = await server.written("Offering")
    page = await open_page("about:blank")
    formats = [{"name": "docx", "label": "Word", "media_type": "application/msword", "ending": "docx"}]
    await knows(page, options={"formats": formats})
    await page.goto(server.live(job))
    await ended(page, "completed")
    await page.get_by_text("Export", exact=True).click()
    await expect(page.locator(".menu__list a")).to_have_text(["Word"])
    assert (await page.locator(".menu__list a").get_attribute("href") or "").endswith("/export?format=docx")


async def test_a_link_to_read_is_made_copied_dated_and_withdrawn(server, open_page):
    page, job = await finished(server, open_page, "Why rivers meander")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await from_menu(page, "Link to read")
    panel = page.get_by_role("region", name="Link to read")
    await expect(panel.get_by_text("There are none.")).to_be_visible()
    assert await server.ask(f"articles/{job}/shares") == []
    await panel.get_by_role("button", name="Make a link").click()
    await expect(panel.get_by_role("button", name="Copy")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(panel.get_by_role("button", name="Copied")).to_be_visible()
    link = await page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(f"{server.url}/read/")
    [share] = await server.ask(f"articles/{job}/shares")
    year = share["expires_at"][:4]
    await expect(panel.locator("[data-part=until]")).to_have_text(re.compile(f"Works until .*{year}"))
    await expect(panel.get_by_role("listitem")).to_have_text(re.compile(f"Made: Today, .*Works until .*{year}"))
    reader = await open_page(link)
    await expect(reader.get_by_role("heading", level=1)).to_contain_text("Why rivers meander")
    await expect(reader.get_by_role("button", name="Edit")).to_have_count(0)

    await panel.get_by_role("button", name="Withdraw").click()
    await expect(panel.get_by_text("There are none.")).to_be_visible()
    await expect(panel.get_by_label("The new link")).to_be_hidden()
    assert await server.ask(f"articles/{job}/shares") == []
    await reader.reload()
    await expect(reader.get_by_role("heading")).to_have_text("This link has been withdrawn.")


async def test_links_made_before_are_listed_without_making_another(server, open_page):
    job = await server.written("Why rivers meander")
    for days in (7, 90):
        await server.ask(f"articles/{job}/shares", {"days": days})
    page = await open_page(server.live(job))
    for _ in range(2):
        await from_menu(page, "Link to read")
        await expect(page.locator(".shares")).to_be_visible()
        await expect(page.locator(".shares > li")).to_have_count(2)
        await page.keyboard.press("Escape")
        await expect(page.locator(".shares")).to_be_hidden()
    await from_menu(page, "Link to read")
    await page.route("**/shares/*", lambda route: route.abort())
    await page.get_by_role("button", name="Withdraw").first.click()
    await expect(page.get_by_text("Can't reach the server.")).to_be_visible()
    assert len(await server.ask(f"articles/{job}/shares")) == 2


async def test_what_is_copied_keeps_its_headings_in_other_editors(server, open_page):
    page, _ = await finished(server, open_page, "Why rivers meander")
    assert (await copied(page)).startswith("# Why rivers meander")
    html = await page.evaluate(
        "navigator.clipboard.read().then(([item]) => item.getType('text/html')).then((blob) => blob.text())"
    )
    assert (html.count("<h1"), html.count("<h2")) == (1, 3)
    assert "Why rivers meander" in html.partition("<h1")[2].partition("</h1>")[0]
