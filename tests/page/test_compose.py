import re

from playwright.async_api import expect

from tests.page.looking import chosen, ended
from tests.page.telling import knows


async def test_a_topic_becomes_an_article(server, open_page):
    page = await open_page(server.url)
    await page.get_by_label("Topic").fill("Why rivers meander")
    await page.get_by_label("Topic").press("Enter")
    await page.wait_for_url(re.compile(r"/progress\.html\?job_id=[\w-]+$"))
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Why rivers meander")
    await expect(page).to_have_title(re.compile(r"Why rivers meander.* · Pressroom$"))


async def suggested(page):
    """Takes the first suggestion."""
    suggestion = page.locator(".suggestion").first
    topic = await suggestion.inner_text()
    await suggestion.click()
    return topic


async def test_suggestions_change_and_fill_the_field(server, open_page):
    page = await open_page(server.url)
    before = await page.locator(".suggestion").all_inner_texts()
    await page.get_by_role("button", name="Other ideas").click()
    after = await page.locator(".suggestion").all_inner_texts()
    assert len(before) == len(after) == 4
    assert not {*before} & {*after}
    await expect(page.get_by_role("button", name="Other ideas")).to_be_focused()
    topic = await suggested(page)
    await expect(page.get_by_label("Topic")).to_have_value(topic)
    await expect(page.get_by_label("Topic")).to_be_focused()


async def test_the_servers_objection_stands_at_the_field(server, open_page):
    page = await open_page(server.url)
    topic, write = page.get_by_label("Topic"), page.get_by_role("button", name="Write the article")
    await write.click()
    await expect(page.locator("#topic-error")).to_have_text("Enter a topic.")
    await expect(topic).to_have_attribute("aria-invalid", "true")
    await expect(topic).to_have_accessible_description("Enter a topic.")
    await expect(topic).to_be_focused()

    await topic.fill("x" * 501)
    await expect(page.locator("#topic-error")).to_be_empty()
    await write.click()
    await expect(page.locator("#topic-error")).to_have_text("Must have at most 500 characters.")
    await expect(write).to_be_enabled()


async def test_a_full_queue_is_said_and_the_topic_kept(narrow_server, open_page):
    for topic in ("first", "second", "third"):
        await narrow_server.begin(topic)
    page = await open_page(f"{narrow_server.url}/?topic=Ebb+and+flow")
    await page.get_by_role("button", name="Write the article").click()
    await expect(page.get_by_role("alert")).to_contain_text("waiting")
    await expect(page.get_by_label("Topic")).to_have_value("Ebb and flow")


async def test_a_server_that_is_gone_is_said(server, open_page):
    page = await open_page(server.url)
    await page.route("**/start-job", lambda route: route.abort())
    await suggested(page)
    await page.get_by_role("button", name="Write the article").click()
    await expect(page.get_by_role("alert")).to_have_text("Can't reach the server.")


async def test_coming_back_finds_the_form_ready(server, open_page):
    page = await open_page(server.url)
    await suggested(page)
    await page.get_by_role("button", name="Write the article").click()
    await page.wait_for_url("**/progress.html*")
    await page.go_back()
    await expect(page.get_by_role("button", name="Write the article")).to_be_enabled()


async def test_the_demo_model_is_no_secret_nor_how_to_have_a_real_one(server, open_page):
    page = await open_page(server.url)
    demo = page.get_by_role("region", name="Demo mode")
    await expect(page.locator("[data-controller=model]")).to_be_hidden()
    await expect(demo).to_contain_text("Demo mode: sample text")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await demo.get_by_role("button", name="Copy").click()
    await expect(demo.get_by_role("button", name="Copied")).to_be_visible()
    lines = (await page.evaluate("navigator.clipboard.readText()")).splitlines()
    assert [line.partition("=")[0] for line in lines] == [
        "export OPENAI_API_KEY", "export OPENAI_MODEL", "uv run pressroom",
    ]  # fmt: skip


async def test_without_javascript_the_pages_say_what_they_need(server, open_page):
    for address in ("/library.html", "/progress.html", "/"):
        page = await open_page(server.url + address, java_script_enabled=False)
        notice = page.locator("noscript p")  # by its markup: get_by_text passes over everything within <noscript>
        await expect(notice).to_be_visible()
        assert "needs JavaScript" in await notice.inner_text()
    await expect(page.locator("form.compose textarea, form.compose button").first).to_be_hidden()


OFFERED = {
    "languages": [{"tag": "de", "name": "Deutsch"}, {"tag": "zh", "name": "中文"}],
    "lengths": [350, 800],
    "max_sources": 2,
    "research": True,
    "images": False,
    "max_sections": 8,
}


async def test_a_brief_is_sent_as_it_was_given(server, open_page):
    page = await open_page("about:blank")
    await knows(page, options=OFFERED)
    sent = []
    problem = {
        "status": 422,
        "detail": "no",
        "errors": [
            {"field": "sources.1.url", "message": "must be a public address"},
            {"field": "min_words", "message": "must be at most 5000"},
            {"field": "cosmos", "message": "is wrong"},
        ],
    }

    async def refuse(route):
        sent.append((route.request.post_data_json, route.request.headers["idempotency-key"]))
        await route.fulfill(status=422, json=problem)

    await page.route("**/articles/create", refuse)
    await page.goto(server.url)
    await page.get_by_label("Topic").fill("Tides\nof the north")
    await (await chosen(page, "tone")).get_by_text("Academic").click()
    await expect(page.locator("[data-opens=tone]")).to_be_focused()
    await (await chosen(page, "audience")).get_by_label("Or").fill("sailors")
    await (await chosen(page, "length")).get_by_label("Or at least").fill("9000")
    await (await chosen(page, "language")).get_by_text("Deutsch").click()
    await page.get_by_text("Review the outline first").click()
    await expect(page.get_by_label("Cover image")).to_be_disabled()
    sources = await chosen(page, "sources")
    await sources.get_by_label("Search the web").check()
    for text in ("Notes of\nmine", "https://example.org/tides"):
        await page.get_by_role("button", name="Add a source").click()
        await page.keyboard.type(text)
    await expect(page.get_by_role("button", name="Add a source")).to_be_disabled()
    chips = page.get_by_role("group", name="Options").get_by_role("button")
    await expect(chips).to_have_text(
        ["Length about 9,000 words", "Tone Academic", "Audience sailors", "Language Deutsch", "Sources web + 2"]
    )
    await page.get_by_role("button", name="Write the article").click()
    await expect(page.locator(".source-field").last.locator(".field-error")).to_have_text("Must be a public address.")
    await expect(page.locator("#min_words-error")).to_have_text("Must be at most 5000.")
    await expect(page.get_by_role("alert")).to_have_text("Cosmos: is wrong.")
    await page.get_by_role("button", name="Write the article").click()
    await expect(page.get_by_role("button", name="Write the article")).to_be_enabled()
    brief = {
        "topic": "Tides of the north",
        "tone": "academic",
        "target_audience": "sailors",
        "min_words": 9000,
        "language": "de",
    }
    wishes = {"research": True, "review_outline": True}
    sources = [{"text": "Notes of\nmine"}, {"url": "https://example.org/tides"}]
    assert sent[0][0] == {**brief, **wishes, "sources": sources}
    assert sent[0][1] == sent[1][1]


async def test_what_this_server_cannot_do_is_not_offered_and_the_reason_said(server, open_page):
    page = await open_page("about:blank")
    await knows(page, options={"tones": ["dry"], "research": False, "images": False, "max_sources": 0})
    await page.goto(server.url)
    await expect((await chosen(page, "tone")).get_by_role("radio")).to_have_count(2)
    await expect(page.get_by_label("Cover image")).to_be_disabled()
    await expect(page.locator(".chip").filter(has_text="Cover image")).to_have_attribute(
        "title", re.compile("image model")
    )
    await expect(page.get_by_label("Review the outline first")).to_be_enabled()
    sources = await chosen(page, "sources")
    await expect(sources.get_by_label("Search the web")).to_be_disabled()
    await expect(sources).to_contain_text("No search engine is set up")
    await expect(sources.get_by_role("button", name="Add a source")).to_be_hidden()


async def test_a_choice_opens_in_place_and_by_keyboard(server, open_page):
    page = await open_page(server.url)
    chip = page.get_by_role("button", name="Tone")
    await chip.focus()
    await page.keyboard.press("Enter")
    await expect(chip).to_have_attribute("aria-expanded", "true")
    await expect(page.get_by_role("radio", name="Automatic")).to_be_focused()
    await expect(page.get_by_role("radio", name="Automatic")).to_be_checked()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("group", name="Tone", exact=True)).to_be_hidden()
    await expect(chip).to_be_focused()
    await expect(chip.locator(".chip__value")).not_to_be_empty()
    await page.get_by_role("button", name="Length").click()
    await page.get_by_role("button", name="Audience").click()
    await expect(page.locator(".choice:visible")).to_have_count(1)
    audience = page.get_by_role("group", name="Audience", exact=True)
    await expect(audience.get_by_role("button", pressed=True)).to_have_text("Curious readers")
    await audience.get_by_role("button", name="Experts in the field").click()
    await expect(audience.get_by_role("button", pressed=True)).to_have_text("Experts in the field")
    await audience.get_by_role("button", name="Curious readers").click()
    await expect(audience.get_by_role("textbox")).to_have_value("")


async def test_a_language_is_found_by_any_of_its_names(server, open_page):
    page = await open_page(server.url)
    choice = await chosen(page, "language")
    search = choice.get_by_label("Find a language")
    await expect(search).to_be_focused()
    for typed, name in (
        ("chin", "中文"),
        ("中文", "中文"),
        ("german", "Deutsch"),
        ("francais", "français"),
        ("zh", "中文"),
    ):
        await search.fill(typed)
        await expect(choice.get_by_text(name, exact=True)).to_be_visible()
        await expect(choice.get_by_text("Nederlands")).to_be_hidden()
    await search.fill("mag")  # a language, too, but on the way to another
    await search.fill("")
    offered = (await server.ask("options"))["languages"]
    await expect(choice.get_by_role("radio")).to_have_count(1 + len(offered))
    await search.fill("sw")  # nobody suggests it, but it is a language
    await page.keyboard.press("Enter")
    chip = page.get_by_role("button", name="Language")
    await expect(chip).to_be_focused()
    await expect(chip).to_contain_text("svenska")
    await chip.click()
    await search.fill("pt-BR")
    await choice.get_by_text("português (Brasil)").click()
    await expect(chip).to_contain_text("português (Brasil)")


async def test_the_shortest_is_the_quick_flow_and_any_other_wish_a_brief(server, open_page):
    page = await open_page(server.url)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    for path in ("start-job", "articles/create"):
        await page.route(f"**/{path}", lambda route: route.fulfill(status=429, json={"detail": "later"}))
    await page.get_by_label("Topic").fill("Tides")
    write = page.get_by_role("button", name="Write the article")
    await write.click()
    await expect(page.get_by_role("alert")).to_have_text("Later.")
    await (await chosen(page, "length")).get_by_text("About 800 words").click()
    await write.click()
    await expect(page.get_by_role("alert")).to_have_text("Later.")
    assert [url.removeprefix(server.url) for url in asked] == ["/start-job", "/articles/create"]


async def test_what_was_chosen_last_is_remembered(server, open_page):
    page = await open_page(server.url)
    await (await chosen(page, "length")).get_by_text("About 800 words").click()
    await (await chosen(page, "audience")).get_by_text("Beginners").click()
    await page.get_by_text("Cover image").click()
    await page.reload()
    await expect(page.locator("[data-opens=length]")).to_contain_text("about 800 words")
    await expect(page.locator("[data-opens=audience]")).to_contain_text("Beginners")
    await expect(page.get_by_label("Cover image")).to_be_checked()
    await page.evaluate("localStorage.setItem('pressroom.wishes', 'no JSON')")
    await page.reload()
    await expect(page.locator("[data-opens=length]")).to_contain_text("about 350 words")


async def test_a_full_article_is_written_and_started_over_with_its_own_wishes(held_server, model, open_page):
    model.hold("outline")
    page = await open_page(held_server.url)
    await page.get_by_label("Topic").fill("A full article")
    await (await chosen(page, "length")).get_by_label("Or at least").fill("120")
    await (await chosen(page, "audience")).get_by_text("Beginners").click()
    await page.get_by_role("button", name="Write the article").click()
    await page.get_by_role("button", name="Stop").click()
    await ended(page, "cancelled")
    await page.evaluate("localStorage.removeItem('pressroom.wishes')")  # something else was chosen since
    await page.get_by_role("link", name="Start over").click()
    await expect(page.get_by_label("Topic")).to_have_value("A full article")
    await expect(page.locator("[data-opens=length]")).to_contain_text("about 120 words")
    await expect(page.locator("[data-opens=audience]")).to_contain_text("Beginners")
    model.release()
    await page.get_by_role("button", name="Write the article").click()
    await ended(page, "completed")


async def test_enter_writes_and_shift_enter_does_not(server, open_page):
    page = await open_page(server.url)
    await page.get_by_label("Topic").fill("Ebb")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("and flow")
    await expect(page.get_by_label("Topic")).to_have_value("Ebb\nand flow")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/progress.html*")
    assert (await server.ask(f"articles/{page.url.partition('job_id=')[2]}"))["topic"] == "Ebb and flow"


async def test_recent_articles_stand_under_the_question(server, open_page):
    await server.begin("Recently begun")
    page = await open_page(server.url)
    await page.get_by_role("link", name="Recently begun").first.click()
    await page.wait_for_url("**/progress.html*")
    await page.get_by_role("link", name="Library").click()
    await expect(page.get_by_role("heading", name="Library")).to_be_visible()


async def test_a_recent_article_shows_picture_standfirst_and_status(server, open_page):
    brief = {"topic": "Seen at a glance", "min_words": 100, "seo_optimize": True, "include_image": True}
    await server.written(**brief)
    page = await open_page(server.url)
    card = page.locator(".card").filter(has_text="Seen at a glance").first
    await expect(card.locator(".card__standfirst")).to_contain_text("Canned demonstration text about Seen at a glance")
    await expect(card.locator(".state")).to_have_text("Finished")
    assert await card.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
