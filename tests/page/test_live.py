"""An article is watched while it is written."""

import pytest
from playwright.async_api import expect

from service.core import words
from tests.page.looking import copied, drafting, ended, paragraphs, rendered
from tests.page.telling import outline, result, stage, tell, token

# Every value of the progress bar, and how much what stands moves: the browser's own measure of layout shift.
RECORD = """
window.progress = []; window.shifts = [];
addEventListener('DOMContentLoaded', () => {
  const bar = document.querySelector('[role=progressbar]');
  new MutationObserver(() => progress.push(Number(bar.ariaValueNow)))
    .observe(bar, { attributeFilter: ['aria-valuenow'] });
});
window.began = Infinity;  // the desk is set up with the first words, and is to stay as it is from then on
const painted = (then) => requestAnimationFrame(() => requestAnimationFrame(then));
new MutationObserver((changes, first) => {
  if (!document.querySelector('.manuscript > p')) return;
  first.disconnect();
  painted(() => window.began = performance.now());
}).observe(document, { subtree: true, childList: true });
new PerformanceObserver((list) => {
  const writing = document.querySelector('.manuscript.article')?.hidden;
  const later = list.getEntries().filter((each) => each.startTime > window.began);
  if (writing) shifts.push(...later.map((each) => each.value));
}).observe({ type: 'layout-shift' });
"""


async def test_the_draft_shows_every_section_as_stored(server, open_page):
    job = await server.begin("旅行 and travel — 東京, naïve café's 3.5 % 🌱")
    page = await open_page(server.live(job))
    await ended(page, "completed")
    await page.locator(".drafts summary").click()
    stages = await server.ask(f"articles/{job}/stages")
    stored = {stage["section"]: stage["output"] for stage in stages if stage["stage"] == "content"}
    columns = page.locator(".column")
    await expect(columns).to_have_count(len(stored))
    for number in sorted(stored):
        text = await paragraphs(columns.nth(number - 1))
        assert text == stored[number]
        await expect(columns.nth(number - 1)).to_contain_text(f"{number} · {words.count(text)} words")


async def test_progress_never_falls_and_nothing_jumps(slow_server, open_page):
    page = await open_page("about:blank", viewport={"width": 1280, "height": 900}, reduced_motion="no-preference")
    await page.add_init_script(RECORD)
    await page.goto(slow_server.live(await slow_server.begin("Why rivers meander")))
    await ended(page, "completed")
    progress = await page.evaluate("progress")
    assert progress == sorted(progress)
    assert progress[-1] == 100
    assert len(progress) > 20
    assert await page.evaluate("began") < await page.evaluate("performance.now()") - 1000
    assert sum(await page.evaluate("shifts")) < 0.01


DRAFT = (
    stage("outline", "completed", 1, outline("One")),
    stage("content", "started", 2, section=1),
    token("A draft to be read.", 1),
)


STYLED = token("# Styled\n\nA text.", None, "style")


@pytest.mark.parametrize("read", [False, True])
async def test_the_draft_makes_room_for_the_article_unless_it_is_being_read(server, open_page, read):
    page = await open_page("about:blank")
    await tell(page, *DRAFT)
    await page.goto(server.live(await server.begin("Folding")))
    text = await drafting(page)
    await expect(page.locator(".drafts")).to_have_attribute("open", "")
    if read:
        await text.click(click_count=2)
    await tell(page, *DRAFT, STYLED)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Styled")
    await expect(page.locator("main")).to_have_attribute("data-layout", "desk" if read else "reader")
    await expect(page.locator(".column__words").first).to_be_visible(visible=read)
    if read:
        await page.evaluate("getSelection().empty()")
        await expect(page.locator("main")).to_have_attribute("data-layout", "reader")


async def test_stopping_keeps_what_there_is(held_server, model, open_page):
    model.hold("section", after=30)
    job = await held_server.begin("Stopping")
    page = await open_page(held_server.live(job))
    await drafting(page)
    await page.get_by_role("button", name="Stop").click()
    await ended(page, "cancelled")
    stored = await held_server.ask(f"articles/{job}/result")
    assert stored["status"] == "cancelled"
    assert await copied(page) == stored["content"] != ""
    await expect(page.get_by_role("status").first).to_contain_text("Stopped: ")
    steps = await page.locator(".step__state").all_text_contents()
    assert sorted(steps)[-1] == "Stopped"
    assert "Writing…" not in steps

    later = await open_page(held_server.live(job))
    await ended(later, "cancelled")
    await rendered(later)
    assert await copied(later) == stored["content"]
    assert await later.locator(".step__state").all_text_contents() == steps


async def test_a_failed_article_says_why_and_offers_another_try(modelless_server, open_page):
    page = await open_page(modelless_server.live(await modelless_server.begin("Failing & trying")))
    await ended(page, "failed")
    await expect(page.locator(".failure")).to_contain_text("model")
    await expect(page.locator(".step__state")).to_have_text(["Failed", "Not started", "Not started"])
    await page.reload()
    await ended(page, "failed")
    await page.get_by_role("link", name="Start over").click()
    await expect(page.get_by_label("Topic")).to_have_value("Failing & trying")


async def test_what_a_failed_article_has_drafted_can_be_taken_away(server, open_page):
    section = stage("content", "failed", 3, section=2, message="no answer")
    failed = {"type": "error", "run": 1, "message": "the model can't be reached", "retryable": True, "stage": "content"}
    page = await open_page("about:blank")
    await tell(page, *DRAFT, stage("content", "started", 2, section=2), section, failed)
    await page.route("**/result", lambda route: route.fulfill(json=result("", status="failed")))
    await page.goto(server.live(await server.begin("Saving what there is")))
    await ended(page, "failed")
    await expect(page.locator(".failure")).to_contain_text("Section 2: the model can't be reached.")
    await expect(page.locator(".log")).to_contain_text("Section 2: no answer")
    assert await copied(page) == "# The plan\n\n## One\n\nA draft to be read.\n"
    await expect(page.get_by_role("button", name="Continue writing")).to_be_visible()
    await expect(page.get_by_role("button", name="Edit", exact=True)).to_be_hidden()


async def test_an_unknown_article_is_said_to_be_unknown(server, open_page):
    for job in ("01a1f84f-0000-7000-8000-000000000000", ".."):
        page = await open_page(server.live(job))
        await expect(page.get_by_role("heading", name="Article not found")).to_be_visible()
        await expect(page.get_by_role("link", name="Write a new article")).to_be_visible()
        await expect(page.get_by_role("button", name="Stop")).to_be_hidden()


EDITING = (
    stage("outline", "completed", 1, outline("One", "Two", "Three")),
    *(stage("content", "completed", 2, section=n) for n in (1, 2, 3)),
    *(token(f"Draft {n} begins.\n\nDraft {n} ends.", n) for n in (1, 2, 3)),
    stage("style", "started", 3),
    token("# The plan\n\n## One\n\nEdited 1 begins.\n\nEdited 1 ends.\n\n## Two\n\nEdited 2 be", None, "style"),
    token("Edited 3 begins.", 3, "style"),
)


async def test_while_it_is_edited_there_is_one_text(server, open_page):
    """What has been edited stands in the place of its draft, block by block; the rest stands dimmed under it."""
    page = await open_page("about:blank", viewport={"width": 1280, "height": 900})
    await tell(page, *EDITING)
    await page.goto(server.live(await server.begin("One text")))
    await expect(page.locator(".drafts")).to_have_attribute("data-merged", "")
    shown = page.locator(".text :is(h2, p):visible")
    texts = [
        "One",
        "Edited 1 begins.",
        "Edited 1 ends.",
        "Two",
        "Edited 2 be",
        "Draft 2 ends.",
        "Three",
        "Edited 3 begins.",
    ]
    await expect(shown).to_have_text(texts)
    colours = [await shown.nth(n).evaluate("text => getComputedStyle(text).color") for n in (4, 5, 7)]
    assert colours[0] == colours[2] != colours[1]
    await tell(page, *EDITING[:-2], token("", None, "style"))  # withdrawn: the drafts are there again
    await expect(page.locator(".column:visible .manuscript > p:visible")).to_have_count(6)


ACROSS = {1: 1, 2: 2, 3: 3, 4: 2, 5: 3, 6: 3, 7: 4, 8: 4}  # columns in a row, by how many there are


async def test_sections_stand_in_balanced_rows(server, open_page):
    page = await open_page("about:blank", viewport={"width": 1280, "height": 900})
    plan = stage("outline", "completed", 1, outline(*(f"Section {n}" for n in range(8))))
    await tell(page, plan, stage("content", "started", 2, section=1))
    await page.goto(server.live(await server.begin("Balancing")))
    await expect(page.locator(".columns[data-count='8'] > .column:visible")).to_have_count(8)
    across = """(counts) => counts.map((count) => {
      const columns = document.querySelector(".columns");
      columns.dataset.count = count;
      return getComputedStyle(columns).gridTemplateColumns.split(" ").length;
    })"""
    assert await page.evaluate(across, list(ACROSS)) == list(ACROSS.values())


async def test_what_has_moved_up_in_a_column_fades(server, open_page):
    page = await open_page("about:blank")
    long = token("\n\n".join(f"Paragraph {n}." for n in range(60)), 1)
    await tell(page, DRAFT[0], DRAFT[1], long)
    await page.goto(server.live(await server.begin("Fading")))
    frame = page.locator(".column__scroll")
    await expect(frame).to_have_attribute("data-moved", "")
    assert "gradient" in await frame.evaluate("frame => getComputedStyle(frame).maskImage")
    await frame.evaluate("frame => (frame.scrollTop = 0)")
    await expect(frame).not_to_have_attribute("data-moved", "")


async def test_a_text_below_the_screen_can_be_followed(held_server, model, open_page):
    model.hold("style", after=200)
    page = await open_page(
        held_server.live(await held_server.begin("Following")), viewport={"width": 800, "height": 400}
    )
    follow = page.get_by_role("button", name="Follow the text")
    await follow.click()
    await expect(page.locator(".manuscript.article [data-caret]")).to_be_in_viewport()
    await expect(follow).to_be_hidden()
    await page.mouse.wheel(0, -4000)
    await expect(follow).to_be_visible()
    model.release()
    await ended(page, "completed")
    await expect(follow).to_be_hidden()
