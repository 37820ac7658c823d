"""What the strip, the plan and the tab tell of an article while it is written."""

import re

import pytest
from playwright.async_api import expect

from tests.page.conftest import Server
from tests.page.looking import HIDE, LISTEN, drafting, ended, heard
from tests.page.telling import done, knows, outline, stage, tell, token


async def test_what_a_slow_model_does_is_said_until_text_comes(held_server, model, open_page):
    model.hold("outline")
    page = await open_page(held_server.live(await held_server.begin("Why rivers meander")))
    status = page.get_by_role("status").first
    await expect(status).to_have_attribute("data-running", "The model is reading the prompt")
    await expect(status).to_have_text("Planning the outline")
    await expect(status).to_have_attribute("data-since", re.compile(r"^[1-9]\d* s$"))
    await expect(page.locator(".waiting")).to_contain_text("First the outline")
    assert "reading" not in await page.locator("[data-part=log]").inner_text()
    model.release()
    await ended(page, "completed")
    await expect(status).to_have_attribute("data-running", "")


async def test_the_timeline_shows_what_ran_at_the_same_time(server, open_page):
    job = await server.begin("Timing")
    page = await open_page(server.live(job), viewport={"width": 1280, "height": 900})
    await ended(page, "completed")
    await page.get_by_role("button", name="Details").click()
    label = await labels(server)
    rows = [label["outline"], "Section 1", "Section 2", "Section 3", label["style"]]
    assert await page.locator(".timeline > text").all_text_contents() == rows
    bars = [await bar.bounding_box() for bar in await page.locator(".timeline__bar").all()]
    outline, one, two, _, style = [(box["x"], box["x"] + box["width"]) for box in bars if box]
    assert max(one[0], two[0]) < min(one[1], two[1])
    assert outline[0] < one[0] < style[0]
    await expect(page.get_by_role("img", name="Outline: Done")).to_be_visible()
    await expect(page.locator(".pace")).to_contain_text("a second")
    log = page.locator(".log li")
    await expect(log).to_have_count(len(await server.ask(f"articles/{job}/stages")) * 2 + 1)
    await expect(log.last).to_contain_text("Article edited")


async def labels(server: Server) -> dict[str, str]:
    """What the server calls its stages."""
    return {stage["name"]: stage["label"] for stage in (await server.ask("options"))["stages"]}


async def test_a_full_plan_shows_all_its_stages_and_why_one_was_skipped(server, open_page):
    names = ["research", "outline", "content", "style", "seo", "image"]
    plan = {"kind": "plan", "stages": [{"stage": s, "start": 16 * n, "end": 16 * n + 16} for n, s in enumerate(names)]}
    page = await open_page("about:blank")
    skipped = stage("research", "skipped", 1, message="no search engine is set up")
    await tell(page, stage("article", "processing", 0, plan), skipped, done())
    await page.goto(server.live(await server.begin("Skipping")))
    label = await labels(server)
    await expect(page.locator(".step__name")).to_have_text([label[name] for name in names])
    await expect(page.locator(".step").first).to_contain_text("Skipped")
    await expect(page.locator(".log")).to_contain_text("No search engine is set up")


async def test_stop_never_turns_into_another_button(held_server, model, open_page):
    model.hold("section", after=30)
    for width in (1280, 320):
        page = await open_page(
            held_server.live(await held_server.begin("Stopping")), viewport={"width": width, "height": 640}
        )
        await drafting(page)
        place = await page.get_by_role("button", name="Stop").bounding_box()
        assert place is not None
        middle = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
        await page.mouse.click(*middle)
        await ended(page, "cancelled")
        await expect(page.get_by_role("button", name="Edit")).to_be_visible()
        there = "([x, y]) => document.elementFromPoint(x, y).closest('button, a, summary')?.textContent ?? ''"
        assert await page.evaluate(there, [*middle]) == ""


async def test_the_tab_tells_how_it_stands(held_server, model, open_page):
    model.hold("section", after=30)
    page = await open_page(held_server.live(await held_server.begin("Tabs")))
    await drafting(page)
    await expect(page).to_have_title(re.compile(r"^\d+% · Tabs.* · Pressroom$"))
    icon = page.locator('link[rel="icon"]')
    await expect(icon).to_have_attribute("href", re.compile(r"favicon-running\.svg$"))
    await page.get_by_role("button", name="Stop").click()
    await ended(page, "cancelled")
    await expect(page).to_have_title(re.compile(r"^Stopped · Tabs.* · Pressroom$"))
    await expect(icon).to_have_attribute("href", re.compile(r"favicon-stopped\.svg$"))


HEIGHTS = """
window.heights = new Set();
const measure = () => {
  const strip = document.querySelector('.live[data-end=""][data-state=open] .strip');
  if (strip) heights.add(strip.offsetHeight);
  requestAnimationFrame(measure);
};
requestAnimationFrame(measure);
"""


@pytest.mark.parametrize("language", ["en-GB", "de-DE", "zh-CN"])
async def test_the_strip_keeps_its_height_on_a_narrow_phone(held_server, model, open_page, language):
    model.hold("outline")
    page = await open_page("about:blank", viewport={"width": 320, "height": 640}, locale=language)
    await page.add_init_script(HEIGHTS)
    await page.goto(held_server.live(await held_server.begin("Why rivers meander")))
    status = page.locator(".strip > .status")
    await expect(status).to_have_attribute("data-since", re.compile(r"^[1-9]"))
    assert await status.evaluate("status => status.scrollHeight <= status.clientHeight")
    model.release()
    await ended(page, "completed")
    assert len(await page.evaluate("[...heights]")) == 1, await page.evaluate("[...heights]")


NOTIFIED = """
window.notified = [];
window.Notification = class extends EventTarget {
  static permission = 'default';
  static async requestPermission() { return (Notification.permission = 'granted'); }
  constructor(...words) { super(); notified.push(words); }
};
"""


async def test_who_allows_it_is_told_when_it_is_done(held_server, model, open_page):
    model.hold("section", after=30)
    page = await open_page("about:blank")
    await page.add_init_script(NOTIFIED)
    await page.goto(held_server.live(await held_server.begin("Telling")))
    await page.get_by_role("button", name="Tell me when it is done").click()
    await expect(page.get_by_role("button", name="Tell me when it is done")).to_be_hidden()
    await drafting(page)
    await page.evaluate(HIDE, True)
    model.release()
    await page.wait_for_function("() => notified.length === 1")
    title, more = (await page.evaluate("notified"))[0]
    assert title.startswith("Telling")
    assert more["body"] == "Your article is finished."
    await expect(page).to_have_title(re.compile("^✓ · Telling"))
    await page.evaluate(HIDE, False)
    await expect(page).to_have_title(re.compile("^Telling"))


async def test_a_retry_names_its_section_and_is_taken_back_when_it_is_over(server, open_page):
    again = stage("content", "retrying", 3, section=2, message="trying again in 2 s")
    both = tuple(stage("content", "started", 2, section=n) for n in (1, 2))
    plan = stage("outline", "completed", 1, outline("One", "Two"))
    page = await open_page("about:blank")
    await page.add_init_script(LISTEN)
    await tell(page, plan, *both, again)
    await page.goto(server.live(await server.begin("Retrying")))
    await heard(page, "Section 2: trying again in 2 s")
    await tell(page, plan, *both, again, token("There it is.", 2))
    await heard(page, "Writing 2 sections")


async def test_of_two_stages_at_once_the_one_that_runs_is_named(server, open_page):
    begun = (stage("seo", "started", 1, message="making search text"), stage("image", "started", 2, message="painting"))
    page = await open_page("about:blank")
    status = page.get_by_role("status").first
    await tell(page, *begun)
    await page.goto(server.live(await server.begin("Two at once")))
    await expect(status).to_have_text("Painting")
    await tell(page, *begun, stage("image", "completed", 3))
    await expect(status).to_have_text("Making search text")
    await tell(page, *begun, stage("image", "completed", 3), stage("seo", "completed", 4))
    await expect(page.locator('.step[data-stage="seo"] .step__state')).to_have_text("Done")


async def test_a_section_that_is_written_on_is_not_done(server, open_page):
    begun = (
        stage("outline", "completed", 1, outline("One", "Two")),
        *(stage("content", "completed", 2, {"kind": "words", "words": 1}, section=n) for n in (1, 2)),
        token("Writ", 1),
        token("ten.", 1, offset=4),  # what is told late comes behind
    )
    page = await open_page("about:blank")
    await tell(page, *begun)
    await page.goto(server.live(await server.begin("Going on")))
    state = page.locator('.step[data-stage="content"] .step__state')
    await expect(state).to_have_text("Done")
    await tell(page, *begun, token(" And more.", 1, offset=8))
    await expect(state).to_have_text("1 of 2")
    await expect(page.locator(".log li").last).to_contain_text("Section 1 continues")


async def test_a_waiting_article_shows_its_place(narrow_server, open_page):
    server = narrow_server
    first, second, third = [await server.begin(topic) for topic in ("first", "second", "third")]
    await expect((await open_page(server.live(first))).get_by_role("status").first).to_have_text("Planning the outline")
    waiting = [await open_page(server.live(job)) for job in (second, third)]
    await expect(waiting[0].get_by_role("status").first).to_have_text("Next in the queue")
    await expect(waiting[1].get_by_role("status").first).to_have_text("Number 2 in the queue")
    await waiting[0].get_by_role("button", name="Stop").click()
    await expect(waiting[0].get_by_role("status").first).to_have_text("Stopped before anything was written")
    await expect(waiting[1].get_by_role("status").first).to_have_text("Next in the queue")


async def test_what_has_a_code_is_said_in_the_pages_own_words(server, open_page):
    job = await server.begin("Saying")
    page = await open_page("about:blank")
    words = {"stage.skipped": "nothing found for {topic}", "model_unreachable": "no model answers at {host}"}
    await knows(page, messages=words)
    skipped = stage("research", "skipped", 1, code="stage.skipped", params={"topic": "bees"})
    failed = {"type": "error", "run": 1, "message": "as told", "retryable": True, "stage": "outline"}
    said = {"code": "model_unreachable", "params": {"host": "example.org"}}
    await tell(page, skipped, failed | said)
    await page.goto(server.live(job))
    await expect(page.locator(".failure")).to_contain_text("No model answers at example.org.")
    await expect(page.locator(".log")).to_contain_text("Nothing found for bees")
