"""The article's picture: made, brought along, described and removed on its page."""

from pathlib import Path
from typing import Any

from playwright.async_api import Locator, Page, expect

from service.demo import picture
from tests.page.conftest import Server
from tests.page.looking import deletions, from_menu, passed, rendered

PICTURES = Path(__file__).parents[1] / "data" / "pictures"
PNG: Any = {"name": "hills.png", "mimeType": "image/png", "buffer": picture.png(3)}
DROP = """(zone, [name, data]) => {
  const files = new DataTransfer();
  files.items.add(new File([Uint8Array.from(data)], name));
  for (const type of ['dragover', 'drop'])
    zone.dispatchEvent(new DragEvent(type, { dataTransfer: files, bubbles: true, cancelable: true }));
}"""


async def opened(server: Server, page: Page, **wanted: Any) -> tuple[str, Locator]:
    """A finished article, and its panel for the picture."""
    job = await server.written("Rivers", min_words=100, language="en", **wanted)
    await page.goto(server.live(job))
    await rendered(page)
    await from_menu(page, "Picture")
    panel = page.get_by_role("region", name="Picture")
    await expect(panel).to_be_visible()
    return job, panel


async def stored(server: Server, job: str) -> dict:
    return await server.ask(f"articles/{job}/result")


async def test_a_picture_is_added_by_choosing_a_file_and_described(server, open_page):
    page = await open_page("about:blank")
    job, panel = await opened(server, page)
    await expect(page.locator(".picture")).to_be_hidden()
    await expect(panel.get_by_label("Description")).to_be_hidden()
    async with page.expect_file_chooser() as chooser:
        await panel.get_by_role("button", name="choose a file").click()
    await (await chooser.value).set_files(PNG)
    image = page.locator(".picture img")
    await expect(image).to_be_visible()
    assert await image.evaluate("image => image.naturalWidth") == picture.WIDTH
    description = panel.get_by_label("Description")
    await expect(description).to_be_focused()
    await description.fill("Hills at dawn")
    await expect(panel.get_by_text("13 of 500 characters")).to_be_visible()
    await panel.get_by_role("button", name="Save description").click()
    await expect(image).to_have_attribute("alt", "Hills at dawn")
    share = await server.ask(f"articles/{job}/shares", {})
    reader = await open_page(server.url + share["url"])
    await expect(reader.get_by_role("img", name="Hills at dawn")).to_be_visible()


async def test_a_picture_is_dropped_where_it_belongs(server, open_page):
    page = await open_page("about:blank")
    job, panel = await opened(server, page, include_image=True)
    before = await page.locator(".picture img").get_attribute("src")
    photograph = list((PICTURES / "turned.jpg").read_bytes())
    await panel.locator(".extra__drop").evaluate(DROP, ["IMG_1.png", photograph])
    await expect(page.locator(".picture img")).not_to_have_attribute("src", before or "")
    await expect(panel.get_by_label("Description")).to_have_value("")
    answer = await page.request.get(server.url + (await stored(server, job))["image_url"])
    assert answer.headers["content-type"] == "image/jpeg"
    await page.locator("article").evaluate(DROP, ["IMG_1.png", photograph])  # beside it: nothing, and the page stays
    assert (await stored(server, job))["image_version"] == 2


NO_PICTURES = [
    ("empty.png", b"", "The file is empty."),
    ("drawn.png", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "This is not a PNG"),
    ("moving.gif", b"GIF89a" + bytes(90), "This is not a PNG, JPEG or WebP picture."),
    ("cut.jpg", (PICTURES / "turned.jpg").read_bytes()[:300], "This picture is damaged and can't be shown."),
    ("large.png", bytes(8_000_001), "The picture is larger than 8 MB."),
]


async def test_what_is_no_picture_is_refused_at_its_place(server, open_page, tmp_path):
    page = await open_page("about:blank")
    _, panel = await opened(server, page)
    for name, data, said in NO_PICTURES:
        (tmp_path / name).write_bytes(data)
        await panel.locator("input[type=file]").set_input_files(tmp_path / name)
        await expect(panel.locator(".extra__drop .field-error")).to_contain_text(said)
    await expect(page.locator(".picture")).to_be_hidden()
    await panel.locator("input[type=file]").set_input_files(PNG)
    await expect(page.locator(".picture img")).to_be_visible()
    await expect(panel.locator(".extra__drop .field-error")).to_be_empty()


async def test_an_upload_can_be_stopped(server, open_page):
    page = await open_page("about:blank")
    job, panel = await opened(server, page)
    await page.route("**/image?*", lambda route: None)  # never sent
    await panel.locator("input[type=file]").set_input_files(PNG)
    await expect(panel.get_by_text("Uploading…")).to_be_visible()
    await panel.get_by_role("button", name="Stop").click()
    await expect(panel.get_by_role("button", name="choose a file")).to_be_visible()
    await expect(panel.locator(".extra__drop .field-error")).to_be_empty()
    assert (await stored(server, job))["image_version"] == 0


async def test_a_picture_is_made_as_somebody_wishes(painting_server, model, open_page):
    page = await open_page("about:blank")
    _, panel = await opened(painting_server, page)
    model.hold("image")
    await panel.get_by_label("What it should show").fill("A river from above")
    await panel.get_by_role("button", name="Make a picture").click()
    await expect(panel.get_by_text("Making a picture…")).to_be_visible()
    await expect(panel.get_by_role("button", name="Stop")).to_be_focused()
    await page.reload()  # who comes back sees that it is being made
    await rendered(page)
    await from_menu(page, "Picture")
    await expect(panel.get_by_text("Making a picture…")).to_be_visible()
    model.release()
    await expect(page.get_by_role("img", name="A river from above")).to_be_visible()
    await expect(panel.get_by_role("button", name="Make a new one")).to_be_visible()


async def test_making_a_picture_can_be_stopped(painting_server, model, open_page):
    page = await open_page("about:blank")
    job, panel = await opened(painting_server, page, include_image=True)
    src = await page.locator(".picture img").get_attribute("src")
    model.hold("image")
    await panel.get_by_role("button", name="Make a new one").click()
    await panel.get_by_role("button", name="Stop").click()
    await expect(panel.get_by_role("button", name="Make a new one")).to_be_visible()
    await expect(page.locator(".picture img")).to_have_attribute("src", src or "")
    assert (await stored(painting_server, job))["image_version"] == 1


async def test_without_an_image_model_it_says_so(held_server, open_page):
    page = await open_page("about:blank")
    _, panel = await opened(held_server, page)
    await expect(panel.get_by_text("No image model is configured")).to_be_visible()
    await expect(panel.get_by_role("button", name="Make a picture")).to_be_disabled()
    await panel.locator("input[type=file]").set_input_files(PNG)
    await expect(page.locator(".picture img")).to_be_visible()


async def test_a_picture_is_removed_after_a_while_in_which_that_can_be_undone(server, open_page):
    page = await open_page("about:blank")
    asked = deletions(page)
    job, panel = await opened(server, page, include_image=True)
    await page.clock.install()
    await panel.get_by_role("button", name="Remove picture").click()
    await expect(page.locator(".picture")).to_be_hidden()
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator(".picture")).to_be_visible()
    await passed(page, 10_000)
    assert asked == []
    await panel.get_by_role("button", name="Remove picture").click()
    await passed(page, 10_000)
    await expect(panel.get_by_role("button", name="Make a picture")).to_be_visible()
    await expect(page.locator(".picture")).to_be_hidden()
    assert (await stored(server, job))["image_url"] is None
    assert len(asked) == 1


async def test_a_picture_that_takes_the_place_of_a_removed_one_is_shown_and_stays(server, open_page):
    page = await open_page("about:blank")
    job, panel = await opened(server, page, include_image=True)
    await page.clock.install()
    await panel.get_by_role("button", name="Remove picture").click()
    await expect(page.locator(".picture")).to_be_hidden()
    await panel.locator("input[type=file]").set_input_files(PNG)
    await expect(page.locator(".picture img")).to_be_visible()
    async with page.expect_response(lambda answer: answer.request.method == "DELETE"):
        await page.clock.run_for(10_000)
    await expect(page.locator(".picture img")).to_be_visible()
    assert (await stored(server, job))["image_version"] == 2


async def test_what_somebody_else_has_changed_meanwhile_is_told_and_shown(server, open_page):
    page, other = await open_page("about:blank"), await open_page("about:blank")
    job, panel = await opened(server, page, include_image=True)
    await other.goto(server.live(job))
    await rendered(other)
    await from_menu(other, "Picture")
    await other.locator("input[type=file]").set_input_files(PNG)
    await expect(other.get_by_label("Description")).to_have_value("")
    await panel.get_by_label("Description").fill("Mine")
    await panel.get_by_role("button", name="Save description").click()
    await expect(panel.get_by_text("It was changed in the meantime")).to_be_visible()
    src = await other.locator(".picture img").get_attribute("src")
    await expect(page.locator(".picture img")).to_have_attribute("src", src or "")


async def test_what_was_objected_to_is_gone_once_another_picture_is_made(painting_server, open_page):
    page = await open_page("about:blank")
    _, panel = await opened(painting_server, page)
    await page.locator("input[type=file]").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": b"no"})
    await expect(panel.get_by_text("This is not a PNG")).to_be_visible()
    await panel.get_by_role("button", name="Make a picture").click()
    await expect(panel.get_by_text("This is not a PNG")).to_be_hidden()
    await expect(page.locator(".picture img")).to_be_visible()
