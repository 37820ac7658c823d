"""Talking about a finished article, on its own page."""

from typing import Any

from playwright.async_api import Page, expect

from tests.page.conftest import OpenPage, Server
from tests.page.judging import LOOK, objections
from tests.page.looking import ended, rendered


async def opened(server: Server, open_page: OpenPage, topic: str, **options: Any) -> tuple[Page, str]:
    job = await server.written(topic)
    page = await open_page("about:blank", **options)
    await page.add_init_script("""
      window.sockets = [];
      window.WebSocket = class extends WebSocket { constructor(...words) { super(...words); sockets.push(this); } };
    """)
    await page.goto(server.live(job))
    await ended(page, "completed")
    await rendered(page)
    return page, job


async def test_no_socket_is_opened_before_the_conversation_is(server: Server, open_page: OpenPage) -> None:
    page, _ = await opened(server, open_page, "Keeping silent")
    panel = page.get_by_role("group").filter(has_text="Ask for changes")
    await expect(panel).to_be_visible()
    assert await page.evaluate("sockets.length") == 0
    for _ in range(3):  # closed and opened again, it is the same conversation
        await panel.locator("summary").click()
    await expect(page.get_by_label("Message", exact=True)).to_be_visible()
    assert await page.evaluate("sockets.length") == 1


async def test_a_change_accepted_in_the_conversation_is_in_the_article(server: Server, open_page: OpenPage) -> None:
    page, job = await opened(server, open_page, "Talking it over")
    before = (await server.ask(f"articles/{job}/result"))["content"]
    await page.get_by_text("Ask for changes").click()
    await page.get_by_label("Message", exact=True).fill("Make section two shorter")
    await page.keyboard.press("Enter")
    proposal = page.get_by_role("region", name="Suggested change to section 2 of version 1")
    await expect(proposal.locator("del").first).to_be_visible()
    await expect(page.locator(".facts")).to_contain_text("Version1")
    await proposal.get_by_role("button", name="Apply").click()
    await expect(proposal).to_contain_text("Saved as version 2")
    await expect(page.locator(".facts")).to_contain_text("Version2")
    await expect(page.get_by_role("list", name="Messages")).to_be_focused()
    stored = await server.ask(f"articles/{job}/result")
    assert stored["version"] == 2
    assert len(stored["content"]) < len(before)
    html = (await server.ask("preview", {"markdown": stored["content"]}))["html"]
    await page.wait_for_function(
        """(html) => {
          const whole = document.createElement('div');
          whole.innerHTML = html;
          const texts = (root) => [...root.querySelectorAll('p')].map((block) => block.textContent).join();
          return texts(whole) === texts(document.querySelector('.manuscript.article'));
        }""",
        arg=html,
    )
    await expect(page.get_by_label("Message", exact=True)).to_be_visible()


async def test_the_conversation_goes_on_after_the_page_is_loaded_again(server: Server, open_page: OpenPage) -> None:
    page, job = await opened(server, open_page, "Going on")
    await page.get_by_text("Ask for changes").click()
    await page.get_by_label("Message", exact=True).fill("Make section two shorter")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Apply").click()
    await expect(page.locator(".facts")).to_contain_text("Version2")
    await page.reload()
    await rendered(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/result") else None)
    await page.get_by_text("Ask for changes").click()
    talk = page.get_by_role("list", name="Messages")
    await expect(talk).to_contain_text("Make section two shorter")
    await expect(talk).to_contain_text("Saved as version 2")
    assert asked == []  # what was accepted earlier is in the article already
    await page.get_by_label("Message", exact=True).fill("And the first")
    await page.keyboard.press("Enter")
    await expect(talk.get_by_role("listitem").filter(has_text="And the first")).to_be_visible()
    assert len((await server.ask(f"conversations/?article={job}"))["conversations"]) == 1


async def test_the_conversation_steps_aside_while_the_article_is_edited(server: Server, open_page: OpenPage) -> None:
    page, _ = await opened(server, open_page, "Stepping aside")
    await page.get_by_text("Ask for changes").click()
    message = page.get_by_label("Message", exact=True)
    await message.fill("Not yet sent")
    await page.get_by_role("button", name="Edit", exact=True).click()
    await expect(message).to_be_hidden()
    await page.get_by_role("button", name="Cancel").click()
    await expect(message).to_have_value("Not yet sent")


async def test_axe_finds_nothing_to_object_to(server: Server, open_page: OpenPage) -> None:
    page, _ = await opened(server, open_page, "Hearing and seeing", **LOOK)
    await page.get_by_text("Ask for changes").click()
    await page.get_by_label("Message", exact=True).fill("Make section two shorter")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Apply")).to_be_in_viewport()
    assert await objections(page) == []
