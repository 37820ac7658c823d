import re

from playwright.async_api import expect


async def test_a_topic_becomes_an_article(server, open_page):
    page = await open_page(server.url)
    await page.get_by_label("Topic").fill("Why rivers meander")
    await page.get_by_label("Topic").press("Enter")
    await page.wait_for_url(re.compile(r"/progress\.html\?job_id=[\w-]+$"))
    await expect(page.get_by_role("heading", level=1).first).to_have_text("Why rivers meander")
    await expect(page).to_have_title("Why rivers meander · Pressroom")


async def test_a_suggestion_fills_the_field(server, open_page):
    page = await open_page(server.url)
    await page.get_by_role("button", name="How bread rises").click()
    await expect(page.get_by_label("Topic")).to_have_value("How bread rises")
    await expect(page.get_by_label("Topic")).to_be_focused()


async def test_the_servers_objection_stands_at_the_field(server, open_page):
    page = await open_page(server.url)
    topic, write = page.get_by_label("Topic"), page.get_by_role("button", name="Write the article")
    await write.click()
    await expect(page.get_by_role("alert")).to_have_text("The topic must not be empty.")
    await expect(topic).to_have_attribute("aria-invalid", "true")
    await expect(topic).to_have_accessible_description("The topic must not be empty.")
    await expect(topic).to_be_focused()

    await topic.fill("x" * 501)
    await expect(page.get_by_role("alert")).to_be_empty()
    await write.click()
    await expect(page.get_by_role("alert")).to_have_text("The topic must have at most 500 characters.")
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
    await expect(page.get_by_role("alert")).to_have_text("The server can't be reached.")


async def test_coming_back_finds_the_form_ready(server, open_page):
    page = await open_page(server.url)
    await page.get_by_role("button", name="How bread rises").click()
    await page.get_by_role("button", name="Write the article").click()
    await page.wait_for_url("**/progress.html*")
    await page.go_back()
    await expect(page.get_by_role("button", name="Write the article")).to_be_enabled()


async def test_the_demo_model_is_no_secret(server, open_page):
    page = await open_page(server.url)
    await expect(page.locator("[data-controller=demo]")).to_contain_text("canned text, no AI")


async def test_a_real_model_needs_no_such_notice(modelless_server, open_page):
    page = await open_page(modelless_server.url)
    await page.wait_for_load_state("networkidle")
    await expect(page.locator("[data-controller=demo]")).to_be_hidden()


async def test_without_javascript_the_page_says_what_it_needs(server, open_page):
    page = await open_page(server.url, java_script_enabled=False)
    notice = page.locator("noscript p")  # by its markup: get_by_text passes over everything within <noscript>
    await expect(notice).to_be_visible()
    assert "needs JavaScript" in await notice.inner_text()
    await expect(page.get_by_role("button", name="Write the article")).to_be_disabled()
