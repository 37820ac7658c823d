"""The article is written in as it is set: what nobody touched stays as it is, and nothing that was typed gets lost."""

import asyncio

from playwright.async_api import Locator, Page, expect

from tests.page.conftest import OpenPage, Server
from tests.page.looking import as_markdown, ended, passed, rendered

TEXT = """# Why rivers meander

A river __never__ runs *straight*; see [the map](/x "Map"), `code` and ![Far](https://example.org/a.png) beside.

## A bend begins

First line
second line with an escaped \\* star.

+ one
+ two
    + nested

| a | b |
|:--|--:|
| 1 | 2 |

~~~py
x = 1
~~~

> Quoted _words_.

[def]: https://example.org

## A bend ends ##

1) Last [ref][def], 3 < 4 & 5 &amp; 6.
2) Then <b>none</b>.

***
"""
UNSAVED = "JSON.parse(localStorage.getItem(Object.keys(localStorage).find((key) => key.includes('unsaved'))))"


async def written(server: Server, open_page: OpenPage, text: str = TEXT, **options: object) -> tuple[Page, str]:
    job = await server.written("Why rivers meander", text)
    page = await open_page(server.live(job), **options)
    await rendered(page)
    return page, job


async def writing(page: Page) -> Locator:
    await expect(page.get_by_role("button", name="Edit", exact=True)).to_be_visible()
    await page.keyboard.press("e")
    article = page.locator(".article[contenteditable=true]")
    await expect(article).to_be_focused()
    return article


async def at_end(page: Page, block: Locator) -> None:
    await block.evaluate(
        "(block) => { const range = document.createRange(); range.selectNodeContents(block); range.collapse(false);"
        "getSelection().removeAllRanges(); getSelection().addRange(range); }"
    )


async def saved(page: Page, server: Server, job: str) -> str:
    await page.keyboard.press("Control+s")
    await expect(page.locator("main")).to_have_attribute("data-mode", "read")
    return (await server.ask(f"articles/{job}/result"))["content"]


TYPED = [  # where, and what it makes of what
    ("p >> nth=0", "beside.", "beside.!!"),
    ("h2 >> nth=0", "A bend begins", "A bend begins!!"),
    ("p >> nth=1", "escaped \\* star.", "escaped \\* star.!!"),
    ("li >> nth=0", "+ one", "+ one!!"),
    ("li li", "nested", "nested!!"),
    ("td >> nth=0", "| 1 |", "| 1!! |"),
    ("pre code", "x = 1", "x = 1!!"),
    ("blockquote p", "_words_.", "_words_.!!"),
    ("ol li >> nth=0", "&amp; 6.", "&amp; 6.!!"),
    ("ol li >> nth=1", "<b>none</b>.", "<b>none</b>.!!"),
]


async def test_of_a_block_that_was_changed_only_the_change_is_another(server: Server, open_page: OpenPage) -> None:
    page, job = await written(server, open_page)
    text = TEXT
    for selector, old, new in TYPED:
        article = await writing(page)
        await at_end(page, article.locator(selector))
        await page.keyboard.type("!!")
        text = text.replace(old, new, 1)
        assert await saved(page, server, job) == text, selector


async def test_nothing_moves_when_it_is_written_in(server: Server, open_page: OpenPage) -> None:
    page, job = await written(server, open_page, viewport={"width": 1280, "height": 500})
    await page.locator(".article h2").last.scroll_into_view_if_needed()
    places = (
        "() => [...document.querySelectorAll('.article > :not(h1, button)')].map((b) => b.getBoundingClientRect().y)"
    )
    before = await page.evaluate(places)
    await writing(page)
    assert await page.evaluate(places) == before
    assert await saved(page, server, job) == TEXT
    assert (await server.ask(f"articles/{job}/result"))["version"] == 2  # nothing was changed


async def test_blocks_come_and_go(server: Server, open_page: OpenPage) -> None:
    page, job = await written(server, open_page, "# Bees\n\nOne.\n\n\nTwo.\n\n[a]: /x\n\nThree.\n")
    article = await writing(page)
    await at_end(page, article.locator("p").first)
    await page.keyboard.press("Enter")
    await page.keyboard.type("2 * 3, *no* [link](x), 1. and _so_ on")
    await page.keyboard.press("Enter")
    await page.keyboard.type("# none")
    await article.locator("p").last.click(click_count=3)
    await page.keyboard.press("Backspace")
    assert await saved(page, server, job) == (
        "# Bees\n\nOne.\n\n2 * 3, \\*no\\* \\[link](x), 1. and \\_so\\_ on\n\n\\# none\n\nTwo.\n\n[a]: /x\n"
    )
    assert "2 * 3, *no* [link](x), 1. and _so_ on" in await page.locator(".article").inner_text()


async def test_what_is_pasted_comes_as_text(server: Server, open_page: OpenPage) -> None:
    page, job = await written(server, open_page, "# Bees\n\nOne.\n")
    article = await writing(page)
    await at_end(page, article.locator("p"))
    await page.evaluate("""() => {
      const data = new DataTransfer();
      data.setData('text/plain', ' A line\\nand more.\\n\\nNext <i>one</i>.');
      data.setData('text/html', '<h1 style="color: red" onclick="alert(1)">No</h1>');
      document.activeElement.dispatchEvent(new InputEvent('beforeinput',
        { inputType: 'insertFromPaste', dataTransfer: data, bubbles: true, cancelable: true }));
    }""")
    assert await saved(page, server, job) == "# Bees\n\nOne.A line and more.\n\nNext <i>one</i>.\n"


async def test_styles_are_marks(server: Server, open_page: OpenPage) -> None:
    page, job = await written(server, open_page, "# Bees\n\nOne.\n\nSlow [wax](/wax).\n\nTwo.\n")
    article = await writing(page)
    await article.locator("p").first.click(click_count=3)
    await page.keyboard.press("Control+b")
    await page.keyboard.press("Control+k")
    address = page.get_by_label("Where it leads")
    await expect(address).to_be_focused()
    for typed, said in (
        ("", "Enter an address."),
        ("javascript:alert(1)", "Enter a web address"),
        ("a b", "web address"),
    ):
        await address.fill(typed)
        await page.keyboard.press("Enter")
        await expect(page.locator(".editor__link .field-error")).to_contain_text(said)
    await address.fill("example.org/bees")
    await page.keyboard.press("Enter")
    await expect(article).to_be_focused()
    await article.get_by_text("Slow").dblclick(position={"x": 5, "y": 5})
    await page.keyboard.press("Control+i")
    await at_end(page, article.locator("a[href='/wax']"))
    await page.get_by_role("button", name="Link", exact=True).click()
    await expect(address).to_have_value("/wax")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Control+k")
    await page.get_by_role("button", name="Remove link").click()
    await at_end(page, article.locator("p").last)
    await page.get_by_role("button", name="Heading").click()
    await page.keyboard.type(" ")
    await page.keyboard.press("Control+k")
    await address.fill("https://example.org")
    await page.get_by_role("button", name="Set link").click()
    assert await saved(page, server, job) == (
        "# Bees\n\n**[One.](https://example.org/bees)**\n\n*Slow* wax.\n\n## Two. [https://example.org](https://example.org)\n"
    )


async def test_the_headline_is_written_in_too(server: Server, open_page: OpenPage) -> None:
    page, job = await written(server, open_page)
    await writing(page)
    await at_end(page, page.locator(".headline"))
    await page.keyboard.type(", and why not")
    await page.keyboard.press("Enter")
    content = await saved(page, server, job)
    assert content == TEXT.replace("# Why rivers meander", "# Why rivers meander, and why not")
    assert (await server.ask(f"articles/{job}/result"))["title"] == "Why rivers meander, and why not"


async def test_the_browsers_own_undo_works_while_typing(server: Server, open_page: OpenPage) -> None:
    page, job = await written(server, open_page)
    article = await writing(page)
    await at_end(page, article.locator("p").first)
    await page.keyboard.type("!!")
    await page.keyboard.press("Control+z")
    assert await saved(page, server, job) == TEXT
    assert (await server.ask(f"articles/{job}/result"))["version"] == 2


async def test_words_may_be_composed(server: Server, open_page: OpenPage) -> None:
    """As an input method does it: nothing is touched before the word is whole."""
    page, job = await written(server, open_page, "# 河\n\n河流。\n")
    article = await writing(page)
    await at_end(page, article.locator("p"))
    session = await page.context.new_cdp_session(page)
    await page.evaluate("""() => { window.touched = 0; new MutationObserver(() => touched++).observe(
      document.querySelector('.article'), { childList: true, attributes: true, subtree: true }); }""")
    for text in ("w", "wan", "弯"):
        await session.send(
            "Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)}
        )
        await expect(article.locator("p")).to_have_text(f"河流。{text}")
    await session.send("Input.insertText", {"text": "弯曲"})
    await expect(article.locator("p")).to_have_text("河流。弯曲")
    assert await page.evaluate("touched") == 0
    await article.dispatch_event("keydown", {"key": "Escape", "isComposing": True})
    assert await saved(page, server, job) == "# 河\n\n河流。弯曲\n"


async def test_it_goes_on_as_markdown_and_back(server: Server, open_page: OpenPage) -> None:
    page, job = await written(server, open_page)
    article = await writing(page)
    await at_end(page, article.locator("p").first)
    await page.keyboard.type("!!")
    await page.get_by_role("button", name="Markdown").click()
    text = page.get_by_label("Markdown", exact=True)
    assert await text.input_value() == TEXT.replace("beside.", "beside.!!")
    await text.fill("# Bees\n\nWritten *so*.\n")
    await page.get_by_role("button", name="In the text").click()
    await expect(article.locator("em")).to_have_text("so")
    await expect(page.locator(".headline")).to_have_text("Bees")
    assert await saved(page, server, job) == "# Bees\n\nWritten *so*.\n"


async def test_what_is_not_saved_is_offered_after_a_reload(server: Server, open_page: OpenPage) -> None:
    page, job = await written(server, open_page)
    article = await writing(page)
    await at_end(page, article.locator("p").first)
    await page.keyboard.type("!!")
    says = page.locator(".editor__says")
    await expect(says).to_contain_text("Kept in this browser")
    await page.set_viewport_size({"width": 390, "height": 740})  # on a phone it has a line of its own
    said, leave = await says.bounding_box(), await page.get_by_role("button", name="Cancel").bounding_box()
    assert said
    assert leave
    assert said["y"] + said["height"] <= leave["y"]
    await page.reload()
    await rendered(page)
    await expect(page.locator(".offer")).to_contain_text("not saved yet")
    await page.get_by_role("button", name="Continue writing").click()
    await expect(article.locator("p").first).to_contain_text("beside.!!")
    await at_end(page, article.locator("p").first)
    await page.keyboard.type("??")
    assert await saved(page, server, job) == TEXT.replace("beside.", "beside.!!??")
    await expect(page.locator(".offer")).to_be_hidden()
    assert await page.evaluate("Object.keys(localStorage).filter((key) => key.includes('unsaved'))") == []


async def test_leaving_keeps_it_and_discarding_does_not(server: Server, open_page: OpenPage) -> None:
    page, job = await written(server, open_page)
    article = await writing(page)
    await at_end(page, article.locator("p").first)
    await page.keyboard.type("!!")
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.locator(".offer")).to_be_visible()
    await expect(page.locator(".article > p").first).not_to_contain_text("!!")
    await page.get_by_role("button", name="Discard").click()
    await expect(page.locator(".offer")).to_be_hidden()
    await page.reload()
    await rendered(page)
    await expect(page.locator(".offer")).to_be_hidden()
    assert (await server.ask(f"articles/{job}/result"))["content"] == TEXT


async def test_who_writes_while_the_server_is_away_loses_nothing(server: Server, open_page: OpenPage) -> None:
    page, job = await written(server, open_page)
    article = await writing(page)
    await at_end(page, article.locator("p").first)
    await page.keyboard.type("!!")
    await page.context.set_offline(True)
    await page.keyboard.press("Control+s")
    await expect(page.locator(".editor__says")).to_contain_text("saved as soon as the server is back")
    await page.keyboard.type("??")
    await page.context.set_offline(False)
    await expect(page.locator("main")).to_have_attribute("data-mode", "read")
    assert (await server.ask(f"articles/{job}/result"))["content"] == TEXT.replace("beside.", "beside.!!??")


async def test_who_types_on_while_it_is_saved_goes_on(server: Server, open_page: OpenPage) -> None:
    page, job = await written(server, open_page)
    article = await writing(page)
    await at_end(page, article.locator("p").first)
    await page.keyboard.type("!!")
    go = asyncio.Event()

    async def wait(route):
        if route.request.method == "PATCH":
            await go.wait()
        await route.continue_()

    await page.route("**/articles/*", wait)
    await page.keyboard.press("Control+s")
    await expect(page.locator(".editor__says")).to_have_text("Saving…")
    await page.keyboard.type("??")
    go.set()
    await expect(page.get_by_role("status").first).to_have_text("Saved as version 3")
    await expect(article.locator("p").first).to_contain_text("beside.!!??")
    assert await saved(page, server, job) == TEXT.replace("beside.", "beside.!!??")


async def test_the_servers_objection_stands_at_the_foot(server: Server, open_page: OpenPage) -> None:
    page, _ = await written(server, open_page)
    await writing(page)
    await at_end(page, page.locator(".headline"))
    await page.keyboard.insert_text("x" * 301)
    await page.keyboard.press("Control+s")
    await expect(page.locator(".editor__foot [role=alert]").first).to_contain_text("at most 300 characters")


async def test_somebody_elses_version_is_compared_and_followed(server: Server, open_page: OpenPage) -> None:
    page, job = await written(server, open_page)
    article = await writing(page)
    await at_end(page, article.locator("p").first)
    await page.keyboard.type("!!")
    theirs = TEXT.replace("First line", "Their line")
    await page.request.patch(f"{server.url}/articles/{job}", data={"version": 2, "content": theirs})
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".conflict [role=alert]")).to_contain_text("Version 3 was saved meanwhile.")
    await page.get_by_role("button", name="Compare").click()
    await expect(page.locator(".conflict ins").first).to_contain_text("!!")
    await expect(page.locator(".conflict del").last).to_contain_text("Their")
    await page.get_by_role("button", name="Save mine as version 4").click()
    await expect(page.locator("main")).to_have_attribute("data-mode", "read")
    stored = await server.ask(f"articles/{job}/result")
    assert (stored["version"], stored["content"]) == (4, TEXT.replace("beside.", "beside.!!"))


async def test_somebody_elses_version_is_taken(server: Server, open_page: OpenPage) -> None:
    page, job = await written(server, open_page)
    text = await as_markdown(page)
    await text.fill("# Mine\n")
    await page.request.patch(f"{server.url}/articles/{job}", data={"version": 2, "content": "# Theirs\n\nOurs."})
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("button", name="Take version 3").click()
    await expect(page.locator(".manuscript.article > p").first).to_have_text("Ours.")
    await expect(page.locator(".headline")).to_have_text("Theirs")
    await expect(page.locator(".offer")).to_be_hidden()
    assert (await server.ask(f"articles/{job}/result"))["version"] == 3


async def test_another_tab_learns_of_it_at_once(server: Server, open_page: OpenPage) -> None:
    page, job = await written(server, open_page)
    other = await page.context.new_page()
    await other.goto(server.live(job))
    await rendered(other)
    third = await page.context.new_page()
    await third.goto(server.live(job))
    await rendered(third)
    await writing(third)
    article = await writing(page)
    await at_end(page, article.locator("p").first)
    await page.keyboard.type("!!")
    await saved(page, server, job)
    await expect(other.locator(".article > p").first).to_contain_text("!!")
    await expect(third.locator(".conflict")).to_contain_text("Version 3 was saved meanwhile")


async def test_somebody_else_is_looked_for_now_and_then(server: Server, open_page: OpenPage) -> None:
    job = await server.written("Looking")
    page = await open_page("about:blank")
    await page.clock.install()
    await page.goto(server.live(job))
    await ended(page, "completed")
    await rendered(page)
    await page.request.patch(f"{server.url}/articles/{job}", data={"version": 1, "content": "# Looking\n\nNew."})
    await passed(page, 16_000)
    await expect(page.locator(".article > p").first).to_have_text("New.")


async def test_an_answer_that_got_lost_is_no_conflict(server: Server, open_page: OpenPage) -> None:
    page, job = await written(server, open_page)
    article = await writing(page)
    await at_end(page, article.locator("p").first)
    await page.keyboard.type("!!")
    lost = asyncio.Event()

    async def lose(route):
        if route.request.method == "PATCH" and not lost.is_set():
            lost.set()
            await route.fetch()
            await route.abort()
        else:
            await route.continue_()

    await page.route("**/articles/*", lose)
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("main")).to_have_attribute("data-mode", "read")
    stored = await server.ask(f"articles/{job}/result")
    assert (stored["version"], stored["content"]) == (3, TEXT.replace("beside.", "beside.!!"))
