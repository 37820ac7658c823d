"""The chat's page: what is said, stopped, asked again, copied, proposed and deleted; and lost connections."""

import asyncio
from collections.abc import Callable

from playwright.async_api import Page, expect

from service.export.rendering import to_html
from tests.page.conftest import Server
from tests.page.judging import LOOK, PHONE, objections, too_wide
from tests.page.looking import deletions, passed


async def ask(page: Page, content: str) -> None:
    await page.get_by_label("Message", exact=True).fill(content)
    await page.keyboard.press("Enter")


async def answered(page: Page, count: int = 1) -> None:
    await expect(page.locator(".message--assistant")).to_have_count(count)
    await expect(page.get_by_role("button", name="Send")).to_be_visible()
    await expect(page.locator(".message__text[aria-busy=true]")).to_have_count(0)


async def stored(page: Page, server: Server) -> list[tuple[str, str]]:
    conversation = await server.ask(f"conversations/{page.url.partition('?conversation=')[2]}")
    return [(m["role"], m["content"]) for m in conversation["messages"]]


async def shown(page: Page) -> list[str]:
    return [" ".join(text.split()) for text in await page.locator(".message__text").all_inner_texts()]


async def drop(page: Page) -> None:
    """Cuts the page's sockets, as a lost network does."""
    await page.evaluate("window.lost = true; sockets.forEach((socket) => socket.close(4000))")


async def restore(page: Page) -> None:
    await page.evaluate("window.lost = false")


# What `drop` has cut comes back only when it may.
KEEP_SOCKETS = """
  window.sockets = [];
  window.WebSocket = class extends WebSocket {
    constructor(address) {
      super(window.lost ? new URL('nowhere', address) : address);
      if (!window.lost) sockets.push(this);
    }
  };
"""


async def test_enter_asks_and_the_answer_is_typed_out_then_rendered(held_server, model, open_page):
    model.hold("chat", after=30)
    page = await open_page(held_server.url + "/chat.html")
    await expect(page.get_by_label("Message", exact=True)).to_be_focused()
    await ask(page, asked := "What <b>is</b> *new*?" + " Go on." * 100)
    await expect(page.locator(".message__text[aria-busy=true] p").first).to_be_visible()
    model.release()
    await answered(page)
    (_, question), (_, answer) = await stored(page, held_server)
    assert question == asked
    assert await page.locator(".message--user .message__text").text_content() == question
    rendered = await page.locator(".message--assistant .message__text").inner_html()
    assert rendered == to_html(answer)
    await expect(page.get_by_label("Message", exact=True)).to_be_focused()


async def test_shift_enter_begins_a_line_and_nothing_is_not_sent(server, open_page):
    page = await open_page(server.url + "/chat.html")
    await page.keyboard.press("Enter")
    await page.keyboard.type("One")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("Two")
    await page.keyboard.press("Enter")
    await answered(page)
    assert (await stored(page, server))[0] == ("user", "One\nTwo")


async def test_stop_keeps_what_was_said(held_server, model, open_page):
    model.hold("chat", after=30)
    page = await open_page(held_server.url + "/chat.html")
    await ask(page, "Go on " * 100)
    await expect(page.locator(".message__text[aria-busy=true] p").first).to_be_visible()
    await page.get_by_role("button", name="Stop").click()
    await answered(page)
    await expect(page.get_by_text("Stopped.")).to_be_visible()
    assert "in my place" not in (await stored(page, held_server))[1][1]


async def test_ask_again_replaces_the_last_answer(server, open_page):
    page = await open_page(server.url + "/chat.html")
    await ask(page, "Again?")
    await answered(page)
    await page.locator(".message--assistant .message__text > *").first.evaluate("(part) => (part.id = 'old')")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator("#old")).to_have_count(0)
    await answered(page)
    assert [role for role, _ in await stored(page, server)] == ["user", "assistant"]


async def test_copy_gives_the_answer_as_markdown(server, open_page):
    page = await open_page(server.url + "/chat.html", permissions=["clipboard-read", "clipboard-write"])
    await ask(page, "Copy this")
    await answered(page)
    await page.get_by_role("button", name="Copy", exact=True).click()
    await expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == (await stored(page, server))[1][1]


async def test_a_model_that_fails_leaves_the_question_to_be_asked_again(modelless_server, open_page):
    page = await open_page("about:blank")
    received: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(str(frame))))
    await page.goto(modelless_server.url + "/chat.html")
    await ask(page, "Anybody there?")
    for failures in (1, 2):  # the status says the same both times: what came over the socket tells them apart
        await until(lambda n=failures: sum('"type":"error"' in frame for frame in received) >= n)
        await expect(page.locator(".chat__status")).to_have_text("The model can't be reached.")
        await page.get_by_role("button", name="Try again").click()
    assert await stored(page, modelless_server) == [("user", "Anybody there?")]


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.05)


async def test_reloading_brings_the_conversation_back(server, open_page):
    page = await open_page(server.url + "/chat.html")
    await ask(page, "First")
    await answered(page)
    await ask(page, "Second")
    await answered(page, 2)
    before = await shown(page)
    await page.reload()
    await answered(page, 2)
    assert await shown(page) == before


async def test_a_connection_lost_in_mid_answer_loses_nothing(held_server, model, open_page):
    model.hold("chat", after=30)
    page = await open_page("about:blank")
    await page.add_init_script(KEEP_SOCKETS)
    await page.goto(held_server.url + "/chat.html")
    await ask(page, "Tell me " * 60)
    await expect(page.locator(".message__text[aria-busy=true] p").first).to_be_visible()
    await drop(page)
    await expect(page.locator(".chat__status")).to_have_text("Reconnecting…")
    await restore(page)
    model.release()
    await answered(page)
    assert len(await page.evaluate("sockets")) == 2
    said = await stored(page, held_server)
    assert [role for role, _ in said] == ["user", "assistant"]
    assert await page.locator(".message--assistant .message__text").inner_html() == to_html(said[1][1])


async def test_a_message_sent_while_the_connection_is_lost_is_sent_once(server, open_page):
    page = await open_page("about:blank")
    await page.add_init_script(KEEP_SOCKETS)
    await page.goto(server.url + "/chat.html")
    await ask(page, "First")
    await answered(page)
    await drop(page)
    await ask(page, "Second")
    await expect(page.locator("[data-sending]")).to_be_visible()
    await restore(page)
    await answered(page, 2)
    assert [content for role, content in await stored(page, server) if role == "user"] == ["First", "Second"]


async def test_a_message_written_before_the_conversation_is_there_is_sent_once(server, open_page):
    page = await open_page("about:blank")
    sent, released = [], asyncio.Event()

    async def slowly(socket):
        far = socket.connect_to_server()

        async def told(message):
            await released.wait()
            socket.send(message)

        def said(message):
            sent.append(message)
            far.send(message)

        far.on_message(lambda message: asyncio.ensure_future(told(message)))
        socket.on_message(said)

    await page.route_web_socket("**/ws?*", slowly)
    await page.goto(server.url + "/chat.html")
    await ask(page, "Too early?")
    await expect(page.locator("[data-sending]")).to_be_visible()
    released.set()
    await answered(page)
    assert len(sent) == 1


async def test_a_connection_lost_before_a_word_begins_anew(server, open_page):
    page = await open_page("about:blank")
    await page.add_init_script(KEEP_SOCKETS)
    await page.goto(server.url + "/chat.html")
    await expect(page.locator(".chat[data-state=open]")).to_be_visible()
    await drop(page)
    await ask(page, "Hello?")
    await expect(page.locator("[data-sending]")).to_be_visible()
    await restore(page)
    await answered(page)
    assert len(await stored(page, server)) == 2


async def test_a_conversation_that_is_not_there_is_said_so(server, open_page):
    page = await open_page(server.url + "/chat.html?conversation=nobody")
    await expect(page.locator(".chat__status")).to_contain_text("not found")
    await expect(page.get_by_label("Message", exact=True)).to_be_hidden()


async def test_two_pages_show_the_same(server, open_page):
    one = await open_page(server.url + "/chat.html")
    await ask(one, "Mine")
    await answered(one)
    two = await open_page(one.url)
    await answered(two)
    await ask(two, "Yours")
    await answered(one, 2)
    await answered(two, 2)
    assert await shown(one) == await shown(two)


async def test_conversations_are_listed_and_opened(server, open_page):
    for question in ("A <i>first</i> question", "Another question"):
        page = await open_page(server.url + "/chat.html")
        await ask(page, question)
        await answered(page)
    listed = page.get_by_role("navigation", name="Conversations")
    await expect(listed.get_by_role("link", name="Another question")).to_have_attribute("aria-current", "page")
    await listed.get_by_role("link", name="A <i>first</i> question").first.click()
    await expect(page.locator(".message--user .message__text")).to_have_text("A <i>first</i> question")


async def test_a_conversation_is_deleted_unless_that_is_undone(server, open_page):
    page = await open_page("about:blank")
    asked = deletions(page)
    await page.clock.install()
    await page.goto(server.url + "/chat.html")
    await ask(page, "Better forgotten")
    await answered(page)
    listed = page.get_by_role("navigation", name="Conversations").get_by_role("link", name="Better forgotten")
    delete = page.get_by_role("button", name="Delete “Better forgotten”")
    await delete.click()
    await expect(listed).to_be_hidden()
    await page.get_by_role("button", name="Undo").click()
    await expect(delete).to_be_focused()
    await passed(page, 7000)
    assert asked == []
    conversation = await page.evaluate("location.search.split('=')[1]")
    await delete.click()
    await page.clock.run_for(7000)
    await expect(page).to_have_url(server.url + "/chat.html?")
    assert (await page.request.get(f"{server.url}/conversations/{conversation}")).status == 404


async def test_a_proposal_is_shown_and_stored_only_when_accepted(server, open_page):
    job = await server.written("Proposing")
    page = await open_page(f"{server.url}/chat.html?article={job}")
    await ask(page, "Make section two shorter")
    proposal = page.get_by_role("region", name="Suggested change to section 2 of version 1")
    await expect(proposal.locator("del").first).to_be_visible()
    assert "##" not in await proposal.inner_text()
    assert (await server.ask(f"articles/{job}"))["version"] == 1
    await proposal.get_by_role("button", name="Apply").click()
    await expect(proposal).to_contain_text("Saved as version 2")
    assert (await server.ask(f"articles/{job}"))["version"] == 2
    await page.reload()
    await expect(proposal).to_contain_text("Saved as version 2")
    await expect(page.get_by_role("link", name="Proposing")).to_have_attribute("href", server.live(job))


async def test_an_article_that_has_moved_on_is_said_so(server, open_page):
    job = await server.written("Moving on")
    page = await open_page(f"{server.url}/chat.html?article={job}")
    await ask(page, "Add an example from farming to section 1")
    use = page.get_by_role("button", name="Apply")
    await expect(use).to_be_visible()
    await page.request.patch(f"{server.url}/articles/{job}", data={"version": 1, "title": "Moved"})
    await use.click()
    await expect(page.get_by_role("region", name="Suggested change")).to_contain_text("The article was not changed.")


async def test_it_can_be_mounted_on_any_element_as_a_panel(server, open_page):
    job = await server.written("Mounting")
    page = await open_page(server.url)
    await page.evaluate(
        """async (job) => {
          const { ChatController } = await import('/static/js/controllers/chat_controller.js');
          const panel = document.body.appendChild(document.createElement('section'));
          panel.className = 'chat chat--panel';
          panel.dataset.article = job;
          window.panel = new ChatController(panel);
          panel.id = 'panel';
          window.panel.connect();
        }""",
        job,
    )
    await ask(page, "What is it about?")
    await answered(page)
    assert page.url == server.url + "/"
    listed = await server.ask(f"conversations/?article={job}")
    assert [conversation["title"] for conversation in listed["conversations"]] == ["What is it about?"]
    await page.evaluate("window.panel.disconnect()")


async def test_axe_finds_nothing_to_object_to(server, open_page):
    job = await server.written("Seeing and hearing")
    page = await open_page(f"{server.url}/chat.html?article={job}", **LOOK)
    await expect(page.locator("[data-controller=demo]")).to_be_visible()
    assert await objections(page) == []
    await ask(page, "Make section two shorter")
    await expect(page.get_by_role("button", name="Apply")).to_be_visible()
    assert await objections(page) == []
    assert not await too_wide(page)


async def test_nothing_is_beside_a_small_phone(server, open_page):
    page = await open_page(server.url + "/chat.html", viewport=PHONE)
    await ask(page, "W" * 400)
    await answered(page)
    assert not await too_wide(page)


async def test_only_what_goes_on_is_announced(slow_server, open_page):
    page = await open_page("about:blank")
    await page.add_init_script("""
      window.announced = [];
      addEventListener('DOMContentLoaded', () => new MutationObserver((changes) => {
        for (const { target } of changes) {
          const element = target.closest ? target : target.parentElement;
          const region = element?.closest('[role=status], [role=alert], [aria-live]');
          if (region?.textContent) announced.push(region.textContent);
        }
      }).observe(document, { subtree: true, childList: true, characterData: true }));
    """)
    await page.goto(slow_server.url + "/chat.html")
    await ask(page, "Announcing")
    await answered(page)
    said = await page.evaluate("announced")
    assert said[-1] == "Answered"
    assert set(said) <= {"Loading the conversation…", "Thinking…", "Answering…", "Answered"}


async def test_a_message_may_be_as_long_as_the_server_allows(server, open_page):
    page = await open_page(server.url + "/chat.html")
    limit = (await server.ask("options"))["max_message"]
    await expect(page.get_by_label("Message", exact=True)).to_have_js_property("maxLength", limit)
