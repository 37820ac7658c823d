"""The page in Chinese and in German: chosen, shown, and with room for its words."""

from typing import Any

from playwright.async_api import Page, expect

from tests.page.conftest import OpenPage, Server
from tests.page.judging import OUTGROWN, PHONE, too_wide
from tests.page.looking import ended, rendered
from tests.page.telling import knows

# Undo and redo have no line of their own.
BESIDE = """() => {
  const [said, steps] = ['.strip > .status', '.history']
    .map((each) => document.querySelector(each).getBoundingClientRect());
  return steps.height && said.top < steps.bottom && steps.top < said.bottom && said.right <= steps.left;
}"""


async def speaking(open_page: OpenPage, url: str, language: str, **options: Any) -> Page:
    return await open_page(url, locale={"de": "de-DE", "zh": "zh-CN"}[language], **options)


async def test_a_language_is_chosen_in_the_masthead_and_kept(server: Server, open_page: OpenPage) -> None:
    page = await speaking(open_page, server.url, "de")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Worum soll es im Artikel gehen?")
    await page.get_by_label("Sprache", exact=True).first.select_option(label="中文")
    await expect(page.get_by_role("heading", level=1)).to_have_text("想写一篇什么文章？")
    await expect(page.locator("html")).to_have_attribute("lang", "zh")
    await page.goto(f"{server.url}/chat.html")
    await expect(page.get_by_role("button", name="发送")).to_be_visible()
    await page.get_by_label("语言").select_option(label="English")
    await expect(page.get_by_role("button", name="Send")).to_be_visible()


async def test_a_language_is_kept_under_a_path_too(under_a_path: str, open_page: OpenPage) -> None:
    page = await open_page(under_a_path)
    await page.get_by_label("Language", exact=True).first.select_option("de")
    await expect(page.locator("html")).to_have_attribute("lang", "de")
    (cookie,) = await page.context.cookies()
    assert (cookie.get("name"), cookie.get("value"), cookie.get("path")) == ("language", "de", "/press/")


async def test_an_article_is_written_and_told_of_in_the_pages_language(server: Server, open_page: OpenPage) -> None:
    page = await speaking(open_page, server.url, "de")
    await page.get_by_label("Thema", exact=True).fill("Warum Flüsse mäandern")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/progress.html*")
    await ended(page, "completed")
    await rendered(page)
    await expect(page.get_by_role("status").first).to_contain_text("Fertig: ")
    await expect(page.get_by_role("status").first).to_contain_text(" Wörter in ")
    await page.get_by_role("button", name="Details").click()
    log = page.locator(".log")
    await expect(log).to_contain_text("Gliederung wird entworfen")
    await expect(log).to_contain_text("Abschnitt 2 geschrieben")
    await expect(page.locator(".timeline__stage").first).to_have_text("Gliederung")


async def test_the_servers_objections_are_in_the_pages_language(server: Server, open_page: OpenPage) -> None:
    page = await speaking(open_page, server.url, "zh")
    await page.get_by_role("button", name="开始写作").click()
    await expect(page.locator("#topic-error")).to_have_text("请输入主题。")
    await page.locator("[data-opens=length]").click()
    await page.locator("#min_words").fill("9999")
    await page.get_by_label("主题", exact=True).fill("茶")
    await page.get_by_role("button", name="开始写作").click()
    await expect(page.locator("#min_words-error")).to_have_text("最大为 5000。")


async def test_a_shared_article_is_read_in_the_readers_language(server: Server, open_page: OpenPage) -> None:
    job = await server.written("Shared")
    link = await server.ask(f"articles/{job}/shares", {})
    page = await speaking(open_page, server.url + link["url"], "zh")
    await expect(page.locator("[data-part=byline]")).to_contain_text("分钟读完")
    await expect(page.locator("[data-part=byline]")).to_contain_text(" 词")
    await expect(page.locator("html")).to_have_attribute("lang", "zh")


async def test_a_tone_or_stage_of_the_operator_is_said_as_it_is_called(server: Server, open_page: OpenPage) -> None:
    page = await open_page("about:blank", locale="de-DE")
    await knows(page, options={"tones": ["professional", "dry"]})
    await page.goto(server.url)
    await page.locator("[data-opens=tone]").click()
    await expect(page.locator("[data-part=tones] span")).to_have_text(["Automatisch", "Sachlich", "Dry"])


async def test_all_words_have_room_on_the_smallest_screen(server: Server, open_page: OpenPage) -> None:
    job = await server.written("Room", "# Room\n\nThis is what it is.")
    page = await open_page("about:blank", viewport=PHONE)
    for language in ("de", "zh"):
        await page.context.add_cookies([{"name": "language", "value": language, "url": server.url}])
        for path in ("", "library.html", "chat.html", f"progress.html?job_id={job}", "nowhere.html"):
            await page.goto(f"{server.url}/{path}")
            await expect(page.locator("html")).to_have_attribute("lang", language)
            await page.locator("main:not([data-state=opening])").wait_for()
            await page.evaluate("() => document.fonts.ready.then(() => {})")
            assert await page.evaluate(OUTGROWN) == [], path
            assert not await too_wide(page), path
            if path.startswith("progress"):
                word = {"de": " Wörter", "zh": " 词"}[language]  # of an English article
                await expect(page.locator(".column__words").first).to_contain_text(word)
                await expect(page.locator(".drafts__words")).to_contain_text(word)
                assert await page.evaluate(BESIDE)
