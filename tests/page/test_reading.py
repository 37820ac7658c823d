"""The page behind a link: an article to read, also while it is written, and nothing to do."""

import asyncio
from typing import Any
from urllib.request import Request, urlopen

from playwright.async_api import Page, expect

from service.demo import DemoModel
from tests.page.conftest import OpenPage, Server
from tests.page.judging import LOOK, objections
from tests.page.telling import tell

BRIEF = {"min_words": 100, "language": "en", "sources": [{"title": "Hives", "text": "Bees build hives of wax."}]}

POST = """([path, body]) => fetch(path, {
  method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" },
}).then((answer) => answer.json())"""


async def shared(server: Server, article_id: str) -> tuple[str, str]:
    """A link to the article, and where it is revoked."""
    made = await server.ask(f"articles/{article_id}/shares", {})
    return server.url + made["url"], f"{server.url}/articles/{article_id}/shares/{made['id']}"


async def revoke(address: str) -> None:
    await asyncio.to_thread(urlopen, Request(address, method="DELETE"))


async def begun(server: Server, **more: Any) -> str:
    return (await server.ask("articles/create", {"topic": "Reading by a link"} | BRIEF | more))["id"]


async def status(page: Page, is_now: str) -> None:
    await expect(page.locator("main")).to_have_attribute("data-status", is_now)


async def headings(page: Page) -> list[str]:
    return await page.locator("h1:visible, .article h2:visible").all_inner_texts()


async def test_it_is_read_while_it_is_written_and_to_the_end(
    held_server: Server, model: DemoModel, open_page: OpenPage
) -> None:
    model.hold("section", after=30)
    article_id = await begun(held_server)
    url, _ = await shared(held_server, article_id)
    page = await open_page(url, **LOOK)
    await expect(page.locator(".reading__draft p").first).to_be_visible()
    await expect(page.get_by_role("status")).to_have_text("This article is being written.")
    await expect(page.get_by_role("progressbar")).to_be_visible()
    assert await objections(page) == []
    model.release()
    await status(page, "completed")
    result = await held_server.ask(f"articles/{article_id}/result")
    sections = [section["title"] for section in result["sections"] if section["id"]]
    assert await headings(page) == [result["title"], *sections]
    assert await page.title() == result["title"]
    await expect(page.get_by_text(f"{result['words']} words")).to_be_visible()
    await expect(page.get_by_role("progressbar")).to_be_hidden()
    assert await page.locator("main").get_attribute("lang") == "en"
    await expect(page.locator("#source-1")).to_have_text("Hives")
    assert await objections(page) == []


async def test_it_has_no_tools_and_leads_nowhere(server: Server, open_page: OpenPage) -> None:
    article_id = await begun(server, include_image=True)
    url, _ = await shared(server, article_id)
    page = await open_page(url)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.reload()
    await status(page, "completed")
    await expect(page.locator("article")).to_be_visible()
    picture = page.locator(".picture img")
    assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    await expect(picture).to_be_visible()
    assert await page.locator("button, input, textarea, form, nav").count() == 0
    links = await page.locator("a").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
    assert [link for link in links if not link.startswith("#source-")] == []
    assert article_id not in await page.content()
    assert [each for each in asked if not each.startswith((url, f"{server.url}/static/"))] == []


async def test_a_link_that_is_revoked_while_somebody_reads_says_so(
    held_server: Server, model: DemoModel, open_page: OpenPage
) -> None:
    model.hold("section", after=30)
    url, address = await shared(held_server, await begun(held_server))
    page = await open_page(url)
    draft = page.locator(".reading__draft p").first
    await expect(draft).to_be_visible()
    await revoke(address)
    await expect(page.get_by_role("status")).to_have_text("This link has been withdrawn.")
    await expect(draft).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading")).to_have_text("This link has been withdrawn.")


async def test_a_lost_connection_is_taken_up_again(held_server: Server, model: DemoModel, open_page: OpenPage) -> None:
    model.hold("section", after=30)
    url, _ = await shared(held_server, await begun(held_server))
    page = await open_page("about:blank")
    refused = 0

    async def refuse(route: Any) -> None:
        nonlocal refused
        refused += 1
        await (route.fulfill(status=503) if refused == 1 else route.continue_())

    await page.route("**/events*", refuse)
    await page.goto(url)
    await expect(page.get_by_role("status")).to_have_text("The connection was lost. Trying again…")
    await expect(page.get_by_role("status")).to_have_text("This article is being written.")
    await expect(page.locator(".reading__draft p").first).to_be_visible()
    model.release()
    await status(page, "completed")


async def test_drafts_give_way_to_the_edited_text_section_by_section(server: Server, open_page: OpenPage) -> None:
    url, _ = await shared(server, await begun(server))
    page = await open_page("about:blank")
    stored = {"title": "", "status": "processing", "progress": 0, "image_alt": None, "sources": []}
    await page.route(f"{url}", lambda route: route.fulfill(json=stored) if is_program(route) else route.continue_())
    told = [
        {"type": "outline", "title": "One", "sections": ["Wax", "Honey", "Bees"]},
        {"type": "token", "kind": "draft", "section": 1, "offset": 0, "text": "Old wax."},
        {"type": "token", "kind": "draft", "section": 2, "offset": 0, "text": "Old honey."},
        {"type": "token", "kind": "draft", "section": 3, "offset": 0, "text": "Old bees."},
        {"type": "token", "kind": "draft", "section": 3, "offset": 0, "text": ""},
        {"type": "token", "kind": "article", "section": None, "offset": 0, "text": "# One\n\n## Wax\n\nNew wax."},
    ]

    await tell(page, *told)
    await page.goto(url)
    await expect(page.get_by_text("New wax.")).to_be_visible()
    assert await headings(page) == ["One", "Wax", "Honey"]
    assert "Old" in await page.locator(".reading__live").inner_text()
    assert "Old wax" not in await page.locator(".reading__live").inner_text()


async def test_of_the_section_that_is_being_edited_the_rest_of_the_draft_stays(
    server: Server, open_page: OpenPage
) -> None:
    url, _ = await shared(server, await begun(server))
    page = await open_page("about:blank")
    stored = {"title": "", "status": "processing", "progress": 0, "image_alt": None, "sources": []}
    await page.route(f"{url}", lambda route: route.fulfill(json=stored) if is_program(route) else route.continue_())
    told = [
        {"type": "outline", "title": "One", "sections": ["Wax", "Honey"]},
        {"type": "token", "kind": "draft", "section": 1, "offset": 0, "text": "Old wax.\n\nMore wax."},
        {"type": "token", "kind": "draft", "section": 2, "offset": 0, "text": "Old honey."},
        {"type": "token", "kind": "article", "section": None, "offset": 0, "text": "# One\n\n## Wax\n\nNew"},
    ]

    await tell(page, *told)
    await page.goto(url)
    await expect(page.get_by_text("More wax.")).to_be_visible()
    await expect(page.get_by_text("New")).to_be_visible()
    await expect(page.get_by_text("Old wax.")).to_be_hidden()
    assert await headings(page) == ["One", "Wax", "Honey"]


def is_program(route: Any) -> bool:
    return "text/html" not in route.request.headers.get("accept", "")


async def test_it_is_read_under_a_path(under_a_path: str, open_page: OpenPage) -> None:
    page = await open_page(under_a_path)
    article = await page.evaluate(POST, ["articles/create", {"topic": "Bees", "min_words": 100}])
    made = await page.evaluate(POST, [f"articles/{article['id']}/shares", {}])
    await page.goto(under_a_path.rstrip("/") + made["url"])
    await status(page, "completed")
    await expect(page.locator("article p").first).to_be_visible()


TWO_EM = "p => `${2 * parseFloat(getComputedStyle(p).fontSize)}px`"
CHINESE = "第一段说海。\n\n第二段说*浪*。\n\n> 海是不会说谎的。\n\n- 一条\n\n## 岸\n\n最后一段。"
SET = """root => {
  const style = (selector) => getComputedStyle(root.querySelector(selector));
  const ems = ({ textIndent, fontSize }) => Math.round(parseFloat(textIndent) / parseFloat(fontSize));
  const [first, second] = root.querySelectorAll(':scope > p');
  return {
    quoted: style('blockquote').fontStyle,
    stressed: style('em').fontStyle,
    ems: ['p', 'blockquote p', 'li'].map((each) => ems(style(each))),
    gap: second.getBoundingClientRect().top - first.getBoundingClientRect().bottom,
  };
}"""


async def test_chinese_is_set_as_chinese_on_both_pages_and_on_paper(server: Server, open_page: OpenPage) -> None:
    article_id = await server.written("海与岸", CHINESE, language="zh")
    url, _ = await shared(server, article_id)
    for address in (server.live(article_id), url):
        page = await open_page(address)
        for media in ("screen", "print"):
            await page.emulate_media(media=media)
            text = page.locator("[data-part=article]:has(> blockquote)")
            expected = {"quoted": "normal", "stressed": "normal", "ems": [2, 0, 0], "gap": 0}
            assert await text.evaluate(SET) == expected, (address, media)


async def test_chinese_stands_as_it_will_while_it_arrives(
    held_server: Server, model: DemoModel, open_page: OpenPage
) -> None:
    model.hold("section", after=30)
    article_id = await begun(held_server, language="zh")
    url, _ = await shared(held_server, article_id)
    for address in (held_server.live(article_id), url):
        page = await open_page(address)
        paragraph = page.locator(":is(.column, .reading__draft) .manuscript > p").first
        await paragraph.wait_for()
        await expect(paragraph).to_have_css("text-indent", await paragraph.evaluate(TWO_EM))
