"""The page for admins: keys, what was spent, what was done."""

import asyncio
import re
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Page, Route, expect

from tests.closed import closed
from tests.page.conftest import OpenPage
from tests.page.judging import OUTGROWN, objections, too_wide
from tests.server import Server

House = tuple[Server, dict[str, str]]
# axe styles the page while it looks at it, which our content security policy forbids.
LOOK: dict[str, Any] = {"bypass_csp": True, "reduced_motion": "reduce"}
NAMES = {
    "day": ["2026-11-24", "2026-11-26"],
    "key": ["Ada", "Grace"],
    "model": ["gpt-4o-mini", "x" * 90],
    "stage": ["seo"],
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[House]:
    folder = tmp_path_factory.mktemp("data")
    async with closed(folder) as (server, keys):
        server.client.headers["Authorization"] = f"Bearer {keys['admin']}"
        yield server, keys


async def entered(
    open_page: OpenPage, house: House, role: str, path: str = "/people.html", accounts: Any = None, **how: Any
) -> Page:
    server, keys = house
    page = await open_page("about:blank", **how)
    await page.route("**/usage?*", counted)
    await page.route("**/audit?*", few)
    if accounts:
        await page.route(re.compile(r"/accounts(\?|$)"), accounts)
    await page.request.post(f"{server.url}/session", data={"key": keys[role]})
    await page.goto(server.url + path)
    return page


async def counted(route: Route) -> None:
    """A server that has counted something; on others, the page has no such part."""
    [by] = parse_qs(urlsplit(route.request.url).query)["by"]
    row = {"prompt_tokens": 1_000, "completion_tokens": 500, "cost": 0.25}
    rows = [{"name": name, "label": name} | row for name in NAMES[by]]
    month = {"tokens": 3_000, "tokens_limit": 2_000, "cost": 0.5, "cost_limit": 10}
    await route.fulfill(json={"since": "2026-11-20", "until": "2026-11-26", "by": by, "rows": rows, "month": month})


async def signed_in(route: Route) -> None:
    """A server where some have signed in at an issuer, and one of them has gone meanwhile."""
    if route.request.method == "DELETE":
        await route.fulfill(status=204 if "%2F" in route.request.url else 404, json={})
        return
    begun = {"begun_at": "2025-11-26T08:00:00Z", "used_at": "2025-11-26T12:00:00Z"}
    who = {"auth0|/1": "Mary", "x" * 90: "Mary", "auth0|3": "Lise"}
    await route.fulfill(json=[{"subject": subject, "name": who[subject], "role": "writer"} | begun for subject in who])


async def few(route: Route) -> None:
    """As if there were much to tell."""
    await route.continue_(url=route.request.url.replace("limit=50", "limit=5"))


async def status(server: Server, key: str) -> int:
    return (await server.client.get("/articles/", headers={"Authorization": f"Bearer {key}"})).status_code


async def test_a_key_is_made_shown_once_used_replaced_and_revoked(house: House, open_page: OpenPage) -> None:
    server, _ = house
    page = await entered(open_page, house, "admin", **LOOK)
    await page.get_by_role("button", name="Make a key").press("Enter")
    dialog = page.get_by_role("dialog", name="Make a key")
    await expect(dialog.get_by_label("Whose is it")).to_be_focused()
    await dialog.get_by_text("Limits").click()
    await dialog.get_by_label("Days until it expires").fill("many")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_label("Whose is it")).to_have_accessible_description("Must not be empty.")
    await expect(dialog.get_by_text("Must be a whole number.")).to_be_visible()
    assert await objections(page) == []
    await dialog.get_by_label("Whose is it").fill("Grace")
    await dialog.get_by_label("Days until it expires").fill("3")
    await dialog.get_by_text("Reader").click()
    async with page.expect_request(lambda request: request.method == "POST") as sent:
        await dialog.get_by_role("button", name="Make a key").click()
    assert (await sent.value).post_data_json == {"name": "Grace", "role": "reader", "days": 3}
    text = page.get_by_role("textbox", name="The key")
    key = await text.input_value()
    assert await status(server, key) == 200
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    assert await objections(page) == []
    await expect(text).to_be_visible()  # until it is kept
    await page.get_by_role("button", name="I have saved it").click()
    await expect(page.locator("textarea[readonly]")).to_have_value("")
    row = page.get_by_role("listitem").filter(has_text="Grace")
    await expect(row).to_contain_text(f"…{key[-4:]}")
    await row.get_by_role("button", name="Replace").click()
    await page.get_by_role("button", name="Replace", exact=True).click()
    await expect(text).to_be_visible()
    replaced = await text.input_value()
    assert (await status(server, key), await status(server, replaced)) == (401, 200)
    await page.get_by_role("button", name="I have saved it").click()
    await row.get_by_role("button", name="Revoke").click()
    await page.get_by_role("button", name="Cancel").click()
    assert await status(server, replaced) == 200
    await row.get_by_role("button", name="Revoke").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    await expect(page.get_by_text("3 keys that have ended")).to_be_visible()
    await expect(row).to_be_hidden()
    await expect(page.get_by_role("button", name="Make a key")).to_be_focused()
    assert await status(server, replaced) == 401
    await expect(page.get_by_role("heading", name="Signed in with an account")).to_be_hidden()  # nobody is


async def test_what_was_spent_and_done_is_shown_in_every_theme_and_language(house: House, open_page: OpenPage) -> None:
    server, _ = house
    article = await server.start_job("Bees")
    for n in range(6):
        await server.client.put(f"/articles/{article}/tags", json={"tags": [str(n)]})
    await server.client.get("/articles/", headers={"Authorization": "Bearer nonsense"})
    page = await entered(open_page, house, "admin", accounts=signed_in, **LOOK)
    accounts = page.get_by_role("region", name="Signed in with an account")
    rows = accounts.get_by_role("listitem")
    await expect(rows.nth(0)).to_have_text(
        re.compile(r"Mary\s+Writer\s+last used: Nov 26, 2025\s+auth0\|/1\s+Sign out")
    )
    await expect(rows.nth(2).get_by_text("auth0")).to_be_hidden()  # her name says who she is
    for subject, left in (("auth0%7C%2F1", 2), ("x" * 90, 1)):
        async with page.expect_request(lambda request: request.method == "DELETE") as sent:
            await rows.first.get_by_role("button", name="Sign out Mary").click()
        assert (await sent.value).url == f"{server.url}/accounts?subject={subject}"
        await expect(rows).to_have_count(left)
        await expect(accounts.get_by_role("status")).to_have_text("Mary is signed out")
        await expect(accounts.get_by_role("heading", level=2)).to_be_focused()
    spent = page.get_by_role("region", name="What was spent")
    await expect(spent).to_contain_text("3,000 of 2,000 (150%)")
    await expect(spent.get_by_role("img")).to_have_accessible_name(
        "Tokens from Nov 20, 2026 to Nov 26, 2026; most on Nov 24, 2026: 1,500 tokens"
    )
    late = asyncio.Event()

    async def fails(route: Route) -> None:
        await late.wait()
        await route.fulfill(status=500, json={})

    await page.route("**/usage?*by=key*", fails, times=1)
    await spent.get_by_text("Key", exact=True).first.click()
    await spent.get_by_text("Model", exact=True).first.click()
    await expect(spent.get_by_role("table", name="Tokens and cost")).to_be_visible()
    async with page.expect_response("**/usage?*by=key*"):
        late.set()
    await page.evaluate("fetch('healthz')")
    await expect(spent.get_by_role("status")).to_be_empty()
    for by, name in (("Key", "Ada"), ("Model", "gpt-4o-mini"), ("Stage", "SEO")):
        await spent.get_by_text(by, exact=True).first.click()
        await expect(spent.get_by_role("row", name=f"{name} 1,000 500 $0.25")).to_be_visible()
    done = page.get_by_role("region", name="What was done")
    entries = done.locator("tr:has(time)")
    await expect(entries).to_have_count(5)
    assert await objections(page) == []
    older = done.get_by_role("button", name="Show older")
    await older.dblclick()
    await expect(entries).to_have_count(10)
    while await older.is_visible():
        shown = await entries.count()
        await older.click()
        await expect(entries.nth(shown)).to_be_visible()
    await expect(entries.filter(has_text="admin changed tags")).to_have_count(6)
    await expect(entries.filter(has_text="Somebody tried to sign in with an invalid key").first).to_be_visible()
    await expect(done.get_by_role("link", name="asked for an article")).to_have_attribute(
        "href", f"{server.url}/progress.html?job_id={article}"
    )
    async with page.expect_download() as saved:
        await done.get_by_role("link", name="Save as JSON lines").click()
    assert (await saved.value).suggested_filename == "audit.jsonl"
    for language in ("de", "zh"):
        await page.set_viewport_size({"width": 320, "height": 640})
        await page.locator("[data-language-switch]").select_option(language)
        await expect(page.locator("html")).to_have_attribute("lang", language)
        await expect(page.locator(".happened tbody").first).to_be_visible()
        await expect(page.locator(".usage__chart")).to_be_visible()
        await expect(page.get_by_text("x" * 90)).to_be_visible()
        assert not await too_wide(page)
        assert await page.evaluate(OUTGROWN) == []


async def test_who_did_it_is_told_apart_whatever_they_call_themselves(house: House, open_page: OpenPage) -> None:
    page = await entered(open_page, house, "admin")

    async def told(route: Route) -> None:
        usual = {"at": "2026-11-26T12:00:00Z", "actor": "command-line", "action": "key_made", "target": "key-2"}
        entry: dict[str, Any] = usual | {"address": "192.0.2.7", "details": {}, "count": 1}
        who = (None, "auth0|1"), (None, "x" * 255), ("key-1", None), (None, None)
        entries = [entry | {"id": str(n), "key": key, "subject": subject} for n, (key, subject) in enumerate(who)]
        await route.fulfill(json={"entries": entries, "next": None})

    await page.route("**/audit?*", told)
    await page.reload()
    entries = page.get_by_role("region", name="What was done").locator("tr:has(time) td:nth-child(2)")
    made = "made a key"
    said = [f"command-line {made} account {subject}" for subject in ("auth0|1", "x" * 255)]
    await expect(entries).to_have_text([*said, f"command-line {made}", f"The command line {made}"])
    await page.set_viewport_size({"width": 320, "height": 640})
    assert not await too_wide(page)


async def test_admins_find_it_and_others_are_told_why_there_is_nothing(house: House, open_page: OpenPage) -> None:
    server, _ = house
    page = await entered(open_page, house, "admin", "/library.html")
    await page.route("**/audit?*", lambda route: route.fulfill(status=500, json={}), times=1)
    await page.get_by_role("link", name="People").click()
    await expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    await expect(page.get_by_role("region", name="What was done").get_by_role("alert")).to_contain_text("500")
    await page.set_viewport_size({"width": 320, "height": 640})
    await page.get_by_role("link", name="Who is signed in").click()
    await expect(page.get_by_role("link", name="People and keys")).to_be_visible()
    page = await entered(open_page, house, "reader")
    await expect(page.get_by_role("alert").first).to_have_text("Only an admin may do that.")
    await expect(page.get_by_role("button", name="Make a key")).to_be_hidden()
    await page.goto(f"{server.url}/library.html")
    await expect(page.get_by_role("link", name="Who is signed in")).to_be_visible()
    await expect(page.get_by_role("link", name="People")).to_have_count(0)


async def test_the_limits_of_a_key_are_changed_and_taken_away(house: House, open_page: OpenPage) -> None:
    server, _ = house
    key = {"name": "Hopper", "role": "reader", "rate": "30/minute", "cost_per_month": 2.5}
    assert (await server.client.post("/keys", json=key)).status_code == 201
    page = await entered(open_page, house, "admin", **LOOK)
    row = page.get_by_role("listitem").filter(has_text="Hopper")
    await row.get_by_role("button", name="Change the limits of Hopper").click()
    dialog = page.get_by_role("dialog", name="The limits of Hopper")
    rate = dialog.get_by_label("Requests, such as 30/minute")
    await expect(rate).to_be_focused()
    await expect(rate).to_have_value("30/minute")
    await expect(dialog.get_by_label("Dollars a month")).to_have_value("2.5")
    await expect(dialog.get_by_label("Whose is it")).to_be_hidden()
    await rate.fill("often")
    await dialog.get_by_label("Tokens a month").fill("many")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.locator("[data-error=rate]")).not_to_be_empty()
    await expect(dialog.locator("[data-error=tokens_per_month]")).to_have_text("Must be a whole number.")
    await expect(rate).to_be_focused()
    assert await objections(page) == []
    await rate.fill("")
    await dialog.get_by_label("Tokens a month").fill("5000")
    async with page.expect_request(lambda request: request.method == "PATCH") as sent:
        await page.keyboard.press("Enter")
    limits = {"rate": None, "tokens_per_month": 5000, "cost_per_month": 2.5, "articles_at_once": None}
    assert (await sent.value).post_data_json == limits
    await expect(page.get_by_text("The limits of Hopper have changed")).to_be_attached()
    await expect(row.get_by_role("button", name="Change the limits of Hopper")).to_be_focused()
    await expect(row).to_contain_text("5,000 tokens a month")
    await expect(row).not_to_contain_text("30/minute")
    kept = next(each for each in await server.get("/keys") if each["name"] == "Hopper")
    assert kept | limits == kept
    await page.get_by_role("button", name="Make a key").click()
    await expect(page.get_by_label("Whose is it")).to_be_focused()
    await expect(page.locator("[name=rate]")).to_have_value("")
    late = asyncio.Event()

    async def in_time(route: Route) -> None:
        await late.wait()
        await route.continue_()

    await page.route("**/keys", in_time, times=1)
    await page.get_by_label("Whose is it").fill("Curie")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await row.get_by_role("button", name="Change the limits of Hopper").click()
    late.set()
    await page.get_by_role("button", name="I have saved it").click()
    await expect(dialog.get_by_label("Tokens a month")).to_have_value("5000")
    await expect(dialog.get_by_label("Tokens a month")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.route("**/rotate", lambda route: route.abort(), times=1)
    replace = row.get_by_role("button", name="Replace")
    for said in ("Can't reach the server.", ""):
        await replace.click()
        await page.get_by_role("button", name="Replace", exact=True).click()
        await expect(page.get_by_role("region", name="Keys").locator("> [role=alert]")).to_have_text(said)
    await page.get_by_role("button", name="I have saved it").click()
    await expect(replace).to_be_focused()
    assert (await page.locator("[data-part=list] h3 > :first-child").all_inner_texts())[-2:] == ["Hopper", "Curie"]


async def test_writers_are_led_to_what_was_spent_and_readers_are_not(house: House, open_page: OpenPage) -> None:
    page = await entered(open_page, house, "writer", "/sign-in.html", **LOOK)
    out = page.get_by_role("button", name="Sign out")
    await out.wait_for()
    await page.route("**/session", lambda route: route.abort(), times=1)
    await out.click()
    said = page.get_by_role("status").filter(has_text="Can't reach the server.")
    await said.wait_for()
    await page.evaluate("fetch('healthz')")
    await expect(said).to_be_visible()
    await page.get_by_role("link", name="What was spent").click()
    await expect(page.get_by_role("region", name="What was spent")).to_contain_text("3,000 of 2,000 (150%)")
    await expect(page.get_by_role("heading", name="Keys")).to_be_hidden()
    assert await objections(page) == []
    page = await entered(open_page, house, "reader", "/sign-in.html")
    await expect(page.get_by_role("status")).to_have_text("reader is signed in to “default” as a reader.")
    await expect(page.locator("a[href='people.html']")).to_be_hidden()
