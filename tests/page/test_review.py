"""The outline is reviewed before anything is written: by keyboard, by pointer, and with the server's objections."""

from typing import Any

from playwright.async_api import Page, Route, expect

from tests.page.conftest import OpenPage, Server
from tests.page.looking import ended
from tests.page.telling import Json, done, outline, stage, tell, token

PLAN = {
    "kind": "plan",
    "stages": [{"stage": "outline", "start": 0, "end": 20}, {"stage": "content", "start": 20, "end": 60}],
}
PLANNED = outline("One", "Two <b>", "Three")
WAITING = (
    stage("article", "processing", 0, PLAN),
    stage("outline", "started", 1),
    stage("outline", "completed", 3, PLANNED),
    stage("article", "awaiting_review", 3, PLANNED),
)


async def reviewing(server: Server, open_page: OpenPage, *later: Json, **options: Any) -> tuple[Page, list[Any]]:
    """The page with an outline to review, and what is sent when it is approved."""
    page = await open_page("about:blank", **options)
    sent: list[Any] = []
    await tell(page, *WAITING)

    async def approved(route: Route) -> None:
        sent.append(route.request.post_data_json)
        await tell(page, *WAITING, stage("article", "processing", 4), *later)
        await route.fulfill(status=202, json={})

    await page.route("**/outline", approved)
    await page.goto(server.live(await server.begin("Reviewing")))
    await expect(titles(page).first).to_have_value("One")
    return page, sent


def titles(page: Page) -> Any:
    return page.locator(".outline-row__title")


async def order(page: Page) -> list[str]:
    return await page.locator(".outline-row__title").evaluate_all("fields => fields.map((field) => field.value)")


async def test_sections_are_moved_renamed_added_and_removed_by_keyboard(server: Server, open_page: OpenPage) -> None:
    page, sent = await reviewing(
        server, open_page, stage("content", "started", 5, section=1), token("Begun.", 1), done()
    )
    await page.locator(".outline-row__title").first.focus()
    await page.keyboard.press("Alt+ArrowDown")
    assert await order(page) == ["Two <b>", "One", "Three"]
    await expect(page.locator(".outline-row__title").nth(1)).to_be_focused()
    await expect(page.locator('[data-part="moved"]')).to_have_text("One: now 2 of 3")
    await page.keyboard.press("Alt+ArrowDown")
    await page.keyboard.type(" more")
    await page.get_by_role("button", name="Remove").first.press("Enter")
    await page.get_by_role("button", name="Add a section").press("Enter")
    await page.keyboard.type("New")
    assert await order(page) == ["Three", "One more", "New"]
    await page.keyboard.press("Enter")
    await ended(page, "completed")
    kept = {"covers": "what One covers", "leaves": "the rest"}
    assert sent[0]["title"] == "The plan"
    assert sent[0]["sections"][1] == {"title": "One more", **kept}
    assert sent[0]["sections"][2] == {"title": "New", "covers": "", "leaves": ""}
    await expect(page.locator("form.review")).to_be_hidden()


async def test_sections_are_moved_by_pointer(server: Server, open_page: OpenPage) -> None:
    page, _ = await reviewing(server, open_page, viewport={"width": 1280, "height": 1400})
    grip = await page.locator(".outline-row__grip").first.bounding_box()
    last = await page.locator(".outline-row").last.bounding_box()
    assert grip is not None
    assert last is not None
    await page.mouse.move(grip["x"] + 5, grip["y"] + 10)
    await page.mouse.down()
    await page.mouse.move(last["x"] + 5, last["y"] + last["height"] / 2, steps=12)
    await page.mouse.up()
    await expect(page.locator("[data-dragged]")).to_have_count(0)
    assert await order(page) == ["Two <b>", "Three", "One"]


async def test_what_is_dragged_to_the_edge_of_the_screen_scrolls_it(server: Server, open_page: OpenPage) -> None:
    page, _ = await reviewing(server, open_page, viewport={"width": 1280, "height": 420})
    await page.locator(".outline-row__grip").first.scroll_into_view_if_needed()
    grip = await page.locator(".outline-row__grip").first.bounding_box()
    assert grip is not None
    await page.mouse.move(grip["x"] + 5, grip["y"] + 10)
    await page.mouse.down()
    await page.mouse.move(grip["x"] + 5, 415)
    await expect(page.locator(".outline-row").last).to_have_attribute("data-dragged", "")
    await page.mouse.move(grip["x"] + 5, 5)
    await expect(page.locator(".outline-row").first).to_have_attribute("data-dragged", "")
    await page.mouse.up()
    await expect(page.locator("[data-dragged]")).to_have_count(0)
    assert await order(page) == ["One", "Two <b>", "Three"]


async def test_objections_stand_at_the_sections_they_are_about(server: Server, open_page: OpenPage) -> None:
    page, _ = await reviewing(server, open_page)
    objections = [{"field": "sections.1.title", "message": "is too plain"}, {"field": "sections", "message": "no"}]
    await page.route("**/outline", lambda route: route.fulfill(status=422, json={"detail": "x", "errors": objections}))
    await page.get_by_role("button", name="Write the article").click()
    second = page.locator(".outline-row").nth(1)
    await expect(second.locator(".field-error")).to_have_text("Is too plain.")
    await expect(second.locator("input")).to_be_focused()
    await expect(second.locator("input")).to_have_attribute("aria-invalid", "true")


async def test_a_connection_that_comes_back_leaves_the_review_alone(server: Server, open_page: OpenPage) -> None:
    page, _ = await reviewing(server, open_page)
    await titles(page).first.fill("Changed")
    for _ in range(2):
        async with page.expect_response(lambda answer: answer.headers["content-type"] == "text/event-stream"):
            await tell(page, *WAITING)
    assert (await order(page))[0] == "Changed"


async def test_a_long_plan_takes_no_more_sections(server: Server, open_page: OpenPage) -> None:
    page, _ = await reviewing(server, open_page)
    add = page.get_by_role("button", name="Add a section")
    for _ in range(5):
        await add.click()
    await expect(add).to_be_disabled()
