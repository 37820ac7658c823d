import re

from playwright.async_api import expect

from tests.page.looking import ended


async def test_a_topic_becomes_an_article(server, open_page):
    page = await open_page(server.url)
    await page.get_by_label("Topic").fill("Why rivers meander")
    await page.get_by_label("Topic").press("Enter")
    await page.wait_for_url(re.compile(r"/progress\.html\?job_id=[\w-]+$"))
    await expect(page.get_by_role("heading", level=1).first).to_have_text("Why rivers meander")
    await expect(page).to_have_title(re.compile(r"^Why rivers meander.* · Pressroom$"))


async def test_a_suggestion_fills_the_field(server, open_page):
    page = await open_page(server.url)
    await page.get_by_role("button", name="How bread rises").click()
    await expect(page.get_by_label("Topic")).to_have_value("How bread rises")
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
    await page.get_by_role("button", name="How bread rises").click()
    await page.get_by_role("button", name="Write the article").click()
    await expect(page.get_by_role("alert")).to_have_text("Can't reach the server.")


async def test_coming_back_finds_the_form_ready(server, open_page):
    page = await open_page(server.url)
    await page.get_by_role("button", name="How bread rises").click()
    await page.get_by_role("button", name="Write the article").click()
    await page.wait_for_url("**/progress.html*")
    await page.go_back()
    await expect(page.get_by_role("button", name="Write the article")).to_be_enabled()


async def test_the_demo_model_is_no_secret(server, open_page):
    page = await open_page(server.url)
    await expect(page.locator("[data-controller=demo]")).to_contain_text("Demo mode: sample text")


async def test_a_real_model_needs_no_such_notice(modelless_server, open_page):
    page = await open_page(modelless_server.url)
    await page.wait_for_load_state("networkidle")
    await expect(page.locator("[data-controller=demo]")).to_be_hidden()


async def test_without_javascript_the_pages_say_what_they_need(server, open_page):
    for address in ("/library.html", "/progress.html", "/"):
        page = await open_page(server.url + address, java_script_enabled=False)
        notice = page.locator("noscript p")  # by its markup: get_by_text passes over everything within <noscript>
        await expect(notice).to_be_visible()
        assert "needs JavaScript" in await notice.inner_text()
    await expect(page.get_by_role("button", name="Write the article")).to_be_disabled()


OFFERED = {
    "languages": [{"tag": "de", "name": "German"}],
    "max_sources": 2,
    "research": True,
    "images": False,
    "max_sections": 8,
}


async def offering(page, offered):
    """The server's own options, and what a later server will add."""

    async def more(route):
        response = await route.fetch()
        await route.fulfill(json={**(await response.json()), **offered})

    await page.route("**/options", more)


async def test_a_brief_is_sent_as_it_was_given(server, open_page):
    page = await open_page("about:blank")
    await offering(page, OFFERED)
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
    await page.get_by_label("Topic").fill("Tides")
    await page.get_by_role("radio", name="Full").check()
    await page.get_by_label("Tone", exact=True).select_option("academic")
    await page.get_by_label("Audience", exact=True).fill("sailors")
    await page.get_by_label("Length (words)").fill("9000")
    await page.get_by_label("Language", exact=True).fill("de")
    await page.get_by_label("Find and cite sources").check()
    await page.get_by_label("Review the outline first").check()
    await expect(page.get_by_label("Cover image")).to_be_hidden()
    for text in ("Notes of\nmine", "https://example.org/tides"):
        await page.get_by_role("button", name="Add a source").click()
        await page.keyboard.type(text)
    await expect(page.get_by_role("button", name="Add a source")).to_be_disabled()
    await page.get_by_role("button", name="Write the article").click()
    await expect(page.locator(".source-field").last.locator(".field-error")).to_have_text("Must be a public address.")
    await expect(page.locator("#min_words-error")).to_have_text("Must be at most 5000.")
    await expect(page.get_by_role("alert")).to_have_text("Cosmos: is wrong.")
    await page.get_by_role("button", name="Write the article").click()
    await expect(page.get_by_role("button", name="Write the article")).to_be_enabled()
    brief = {"topic": "Tides", "tone": "academic", "target_audience": "sailors", "min_words": 9000, "language": "de"}
    wishes = {"research": True, "review_outline": True}
    sources = [{"text": "Notes of\nmine"}, {"url": "https://example.org/tides"}]
    assert sent[0][0] == {**brief, **wishes, "sources": sources}
    assert sent[0][1] == sent[1][1]


async def test_what_this_server_cannot_do_is_not_offered(server, open_page):
    page = await open_page("about:blank")
    await offering(page, {"tones": ["dry"], "research": False, "images": False, "max_sources": 0})
    await page.goto(server.url)
    await page.get_by_role("radio", name="Full").check()
    await expect(page.get_by_label("Tone", exact=True)).to_have_text("Dry")
    await expect(page.get_by_label("Find and cite sources")).to_be_hidden()
    await expect(page.get_by_label("Cover image")).to_be_hidden()
    await expect(page.get_by_label("Review the outline first")).to_be_visible()
    await expect(page.get_by_role("group", name="Your own sources")).to_be_hidden()


async def test_a_full_article_is_written(server, open_page):
    page = await open_page(server.url)
    await page.get_by_label("Topic").fill("A full article")
    await page.get_by_role("radio", name="Full").check()
    await page.get_by_label("Length (words)").fill("100")
    await page.get_by_role("button", name="Write the article").click()
    await ended(page, "completed")


async def test_recent_articles_stand_beside_the_question(server, open_page):
    await server.begin("Recently begun")
    page = await open_page(server.url)
    await page.get_by_role("link", name="Recently begun").first.click()
    await page.wait_for_url("**/progress.html*")
    await page.get_by_role("link", name="Library").click()
    await expect(page.get_by_role("heading", name="Library")).to_be_visible()


async def test_a_model_that_nobody_named_is_named_here(modelless_server, open_page):
    page = await open_page("about:blank")
    model = {"name": "tiny", "kind": "embedded", "demo": False, "note": "tiny writes, inside Pressroom"}
    await page.route("**/health", lambda route: route.fulfill(json={"model": model}))
    await page.goto(modelless_server.url)
    await expect(page.locator("[data-controller=demo]")).to_have_text("tiny writes, inside Pressroom.")
