"""Selected words are changed by the model, shown as a difference in place, and accepted or refused; and changes of all
kinds are undone and redone."""

from playwright.async_api import Page, expect

from tests.page.conftest import OpenPage, Server
from tests.page.looking import from_menu, rendered

TEXT = """# Bees

Bees **often** fly far [1]. They come back, mostly.

## Hive

- wax
- wood and [wax](/wax)

Short.

## Honey

Sweet.
"""
SELECT = """([from, start, to, end]) => {
  const text = (where) => document.createTreeWalker(document.querySelector(where), NodeFilter.SHOW_TEXT).nextNode();
  const range = document.createRange();
  range.setStart(text(from), start);
  range.setEnd(text(to), end);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}"""


# The answer to what is asked of the model does not end when all of it is there.
STAYS_OPEN = """() => {
  const before = fetch;
  window.fetch = async (url, options) => {
    const answer = await before(url, options);
    if (!String(url).includes("/revise")) return answer;
    const reader = answer.body.getReader();
    return new Response(new ReadableStream({
      start: (page) => options.signal.addEventListener("abort", () => page.error(options.signal.reason)),
      pull: async (page) => {
        const { done, value } = await reader.read();
        return done ? new Promise(() => {}) : page.enqueue(value);
      },
    }));
  };
}"""

# What of the changed passage lies under the bar.
COVERED = """() => {
  const bar = document.querySelector(".passage").getBoundingClientRect();
  return [...document.querySelectorAll(".revision :is(ins, del)")].filter((part) => [...part.getClientRects()].some(
    ({ top, right, bottom, left }) => top < bar.bottom && bottom > bar.top && left < bar.right && right > bar.left,
  )).map((part) => part.textContent);
}"""


async def article(server: Server, open_page: OpenPage, text: str = TEXT, **options: object) -> tuple[Page, str]:
    job = await server.written("Bees", text)
    page = await open_page(server.live(job), **options)
    await expect(page.get_by_role("button", name="Edit", exact=True)).to_be_visible()
    await rendered(page)
    return page, job


async def select(page: Page, start: tuple[str, int], end: tuple[str, int]) -> None:
    await page.evaluate(SELECT, [*start, *end])
    await expect(page.locator(".passage")).to_be_visible()


async def content(server: Server, job: str) -> str:
    return (await server.ask(f"articles/{job}/result"))["content"]


SHORT = (".article > p:nth-of-type(2)", 0)
SHORT_END = (".article > p:nth-of-type(2)", 6)
ONE = (".article > p", 0)
BACK = (".article > p strong", 3)


async def test_it_is_changed_where_it_stands_and_stored(server: Server, open_page: OpenPage) -> None:
    page, job = await article(server, open_page)
    await select(page, SHORT, SHORT_END)
    await page.get_by_role("button", name="Expand").click()
    await expect(page.get_by_role("button", name="Accept")).to_be_focused()
    await expect(page.locator(".revision ins")).not_to_be_empty()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status").first).to_have_text("Saved as version 3")
    stored = await content(server, job)
    assert stored.startswith(TEXT.partition("Short.")[0] + "Short. ")
    assert stored.endswith(TEXT.partition("Short.")[2])
    assert len(stored) > len(TEXT)
    await expect(page.locator(".passage")).to_be_hidden()
    await from_menu(page, "Versions")
    await expect(page.locator(".versions__show").first).to_contain_text("Passage changed")


async def test_part_of_a_line_is_found_in_its_markdown_and_marks_are_taken_whole(server, open_page):
    page, job = await article(server, open_page)
    asked = []
    page.on("request", lambda request: asked.append(request) if "revise" in request.url else None)
    await select(page, ONE, BACK)  # up to the middle of the bold word
    await page.get_by_role("button", name="Rewrite", exact=True).last.click()
    await page.get_by_role("button", name="Refuse").click()
    await expect(page.locator(".revision")).to_have_count(0)
    await expect(page.locator(".article > p").first).to_have_text("Bees often fly far [1]. They come back, mostly.")
    assert asked[0].post_data_json["passage"] == "Bees **often**"
    assert asked[0].post_data_json["start"] == TEXT.index("Bees **often**")
    await select(page, (".article li", 0), (".article li:last-child", 4))
    await page.get_by_role("button", name="Fix").click()
    await expect(page.locator(".passage")).to_contain_text("Nothing to change.")
    assert asked[1].post_data_json["passage"] == "- wax\n- wood and [wax](/wax)"
    assert await content(server, job) == TEXT


async def test_a_tone_is_picked_and_the_keyboard_does_all_of_it(server: Server, open_page: OpenPage) -> None:
    page, job = await article(server, open_page)
    await select(page, SHORT, SHORT_END)
    await page.get_by_role("button", name="Other tone").click()
    async with page.expect_request("**/revise") as asked:
        await page.get_by_role("button", name="Humorous").click()
    body = (await asked.value).post_data_json
    assert body
    assert body["tone"] == "humorous"
    await expect(page.get_by_role("button", name="Accept")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator(".passage")).to_be_hidden()
    await select(page, SHORT, SHORT_END)
    await page.keyboard.press("Control+j")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Accept")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator(".passage")).to_be_hidden()
    await expect(page.locator(".revision")).to_have_count(0)
    assert await content(server, job) == TEXT


async def test_what_is_refused_before_its_answer_has_ended_is_over(server: Server, open_page: OpenPage) -> None:
    page, _ = await article(server, open_page)
    await page.evaluate(STAYS_OPEN)
    await select(page, SHORT, SHORT_END)
    await page.get_by_role("button", name="Expand").click()
    await expect(page.get_by_role("button", name="Accept")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator(".passage")).to_be_hidden()
    await page.evaluate("fetch('healthz')")  # and no error has come of it


async def test_a_finger_finds_the_bar_under_the_words(server: Server, open_page: OpenPage) -> None:
    page, _ = await article(server, open_page, viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    await select(page, SHORT, SHORT_END)
    words = await page.evaluate("getSelection().getRangeAt(0).getBoundingClientRect().bottom")
    box = await page.locator(".passage").bounding_box()
    assert box is not None
    assert box["y"] >= words
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    await page.get_by_role("button", name="Expand").tap()
    await expect(page.get_by_role("button", name="Accept")).to_be_visible()
    covered = await page.evaluate(COVERED)
    assert covered == []


SOMEWHERE_ELSE = [(".article > p:nth-of-type(2)", 3), (".article > p:last-of-type", 3)]


async def test_what_can_not_be_changed_is_said_at_the_words(server: Server, open_page: OpenPage) -> None:
    page, _ = await article(server, open_page)
    for end in SOMEWHERE_ELSE:
        await select(page, ONE, end)
        await expect(page.locator(".passage")).to_have_text("Select within one section.")
        await page.evaluate("getSelection().removeAllRanges()")
        await expect(page.locator(".passage")).to_be_hidden()
    await select(page, SHORT, SHORT_END)
    await page.evaluate(SELECT, [*SHORT, *SHORT])  # nothing
    await expect(page.locator(".passage")).to_be_hidden()


async def test_a_passage_that_is_too_long_is_said_to_be(server: Server, open_page: OpenPage) -> None:
    page, _ = await article(server, open_page, "word " * 1400)
    await select(page, ONE, (*ONE[:1], 6500))
    await expect(page.locator(".passage")).to_have_text("Select at most 6,000 characters.")


async def test_it_is_stopped_in_the_middle(held_server, model, open_page):
    page, job = await article(held_server, open_page)
    model.hold("revision", after=3)
    await select(page, SHORT, SHORT_END)
    await page.get_by_role("button", name="Expand").click()
    await expect(page.locator(".revision__new")).not_to_be_empty()
    await expect(page.locator(".passage")).to_contain_text("Expanding…")
    await page.get_by_role("button", name="Stop").click()
    await expect(page.locator(".passage")).to_contain_text("Stopped. The text is as it was.")
    await expect(page.locator(".revision")).to_have_count(0)
    assert await content(held_server, job) == TEXT
    await page.get_by_role("button", name="Close").click()
    await expect(page.locator(".passage")).to_be_hidden()


async def test_the_server_goes_away_in_the_middle(held_server, model, open_page):
    page, _ = await article(held_server, open_page)
    model.hold("revision", after=3)
    await select(page, SHORT, SHORT_END)
    await page.context.set_offline(True)
    await page.get_by_role("button", name="Expand").click()
    await expect(page.locator(".passage")).to_contain_text("Can't reach the server.")
    await expect(page.locator(".revision")).to_have_count(0)
    await page.context.set_offline(False)
    model.release()
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("button", name="Accept")).to_be_visible()


async def test_a_model_that_fails_says_why(server: Server, open_page: OpenPage) -> None:
    page, _ = await article(server, open_page)
    error = 'event: error\ndata: {"type":"error","code":"model_timeout","message":"x","params":{},"retryable":true}\n\n'
    await page.route("**/revise", lambda route: route.fulfill(body=error, content_type="text/event-stream"))
    await select(page, SHORT, SHORT_END)
    await page.get_by_role("button", name="Expand").click()
    await expect(page.locator(".passage")).to_contain_text("The model took too long.")
    await page.unroute("**/revise")
    await page.route("**/revise", lambda route: route.fulfill(body="", content_type="text/event-stream"))
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator(".passage")).to_contain_text("The connection to the server was lost.")


async def overtaken(server: Server, open_page: OpenPage, by: str) -> tuple[Page, str]:
    """A passage whose new text waits to be accepted, while somebody has stored another version."""
    page, job = await article(server, open_page)
    await select(page, SHORT, SHORT_END)
    await page.get_by_role("button", name="Expand").click()
    await expect(page.get_by_role("button", name="Accept")).to_be_visible()
    await page.request.patch(f"{server.url}/articles/{job}", data={"version": 2, "content": by})
    await page.get_by_role("button", name="Accept").click()
    return page, job


async def test_it_is_accepted_in_a_version_that_was_stored_meanwhile(server: Server, open_page: OpenPage) -> None:
    page, job = await overtaken(server, open_page, "Before.\n\n" + TEXT)
    await expect(page.locator(".passage")).to_contain_text(
        "Version 3 was saved meanwhile. The passage is in it unchanged."
    )
    await page.get_by_role("button", name="Accept").click()
    await expect(page.get_by_role("status").first).to_have_text("Saved as version 4")
    stored = await content(server, job)
    assert stored.startswith("Before.\n\n# Bees")
    assert "Short. " in stored


async def test_a_passage_that_is_not_there_any_more_is_not_changed(server: Server, open_page: OpenPage) -> None:
    page, job = await overtaken(server, open_page, TEXT.replace("Short.", "Gone."))
    await expect(page.locator(".passage")).to_contain_text("this passage is not in it any more")
    await page.get_by_role("button", name="Close").click()
    assert "Gone." in await content(server, job)


async def test_changes_are_undone_and_redone(server: Server, open_page: OpenPage) -> None:
    page, job = await article(server, open_page)
    await select(page, SHORT, SHORT_END)
    await page.get_by_role("button", name="Expand").click()
    await page.get_by_role("button", name="Accept").click()
    status = page.get_by_role("status").first
    await expect(status).to_have_text("Saved as version 3")
    changed = await content(server, job)
    await page.keyboard.press("Control+z")
    await expect(status).to_have_text("Passage change undone")
    assert await content(server, job) == TEXT
    await page.get_by_role("button", name="Undo", exact=True).click()
    await expect(status).to_have_text("Edit undone")
    await expect(page.get_by_role("button", name="Undo", exact=True)).to_have_attribute("aria-disabled", "true")
    await page.keyboard.press("Control+Shift+z")
    await expect(status).to_have_text("Edit redone")
    await page.keyboard.press("e")
    await expect(page.locator("main")).to_have_attribute("data-mode", "write")
    await expect(status).not_to_contain_text("redone")
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.locator("main")).to_have_attribute("data-mode", "read")
    await page.get_by_role("button", name="Redo", exact=True).click()
    await expect(status).to_have_text("Passage change redone")
    assert await content(server, job) == changed
    assert len(await server.ask(f"articles/{job}/versions")) == 7


async def test_a_field_has_its_own_undo(server: Server, open_page: OpenPage) -> None:
    page, job = await article(server, open_page)
    await page.get_by_text("Ask for changes").click()
    await page.get_by_label("Message", exact=True).fill("Hello e")
    await page.keyboard.press("Control+z")
    assert (await server.ask(f"articles/{job}/result"))["version"] == 2
    await expect(page.locator("main")).to_have_attribute("data-mode", "read")


async def test_an_undo_that_comes_too_late_shows_what_there_is(server: Server, open_page: OpenPage) -> None:
    page, job = await article(server, open_page)
    await page.request.patch(f"{server.url}/articles/{job}", data={"version": 2, "content": "# Bees\n\nTheirs."})
    await page.get_by_role("button", name="Undo", exact=True).click()
    await expect(page.locator(".article > p").first).to_have_text("Theirs.")
    await expect(page.get_by_role("status").first).to_contain_text("The article has changed")
