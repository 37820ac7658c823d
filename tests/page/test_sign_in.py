"""Signing in to the page with a key, and out."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.closed import closed
from tests.issuer import issuing, trusting
from tests.page.conftest import OpenPage
from tests.page.judging import objections
from tests.server import Server, free_port, serving


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[tuple[Server, dict[str, str]]]:
    async with closed(tmp_path_factory.mktemp("data")) as (server, keys):
        server.client.headers["Authorization"] = f"Bearer {keys['admin']}"
        yield server, keys


async def enter(page: Page, key: str) -> None:
    await page.get_by_label("Your key").fill(key)
    await page.get_by_role("button", name="Sign in").click()


async def test_who_signs_in_goes_where_they_wanted_to_go_and_writes(
    house: tuple[Server, dict[str, str]], open_page: OpenPage
) -> None:
    server, keys = house
    page = await open_page(f"{server.url}/library.html?status=completed")
    await expect(page.get_by_label("Your key")).to_be_focused()
    assert await objections(page) == []
    await enter(page, "pr_mistyped")
    await expect(page.get_by_role("alert")).to_have_text("This key is not valid.")
    await enter(page, keys["writer"])
    await expect(page).to_have_url(f"{server.url}/library.html?status=completed")
    await page.get_by_role("link", name="Write", exact=True).click()
    await page.wait_for_url(f"{server.url}/")
    await page.get_by_label("Topic").fill("Bees behind a door")
    await page.get_by_label("Topic").press("Enter")
    await expect(page.get_by_role("status").first).to_contain_text("Finished")
    await page.get_by_role("link", name="Who is signed in").click()
    await expect(page.get_by_role("status")).to_have_text("writer is signed in to “default” as a writer.")
    assert await objections(page) == []
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_label("Your key")).to_be_focused()
    await page.goto(f"{server.url}/")
    await expect(page.get_by_label("Your key")).to_be_visible()
    await expect(page).to_have_url(f"{server.url}/sign-in.html")


async def test_who_is_signed_in_no_longer_is_told_so(house: tuple[Server, dict[str, str]], open_page: OpenPage) -> None:
    server, keys = house
    article = await server.start_long()
    key = (await server.client.post("/keys", json={"name": "Ada"})).json()
    page = await open_page(f"{server.url}/progress.html?job_id={article}", bypass_csp=True)
    ended = page.get_by_text("Your key or session has ended. Sign in again to continue.")
    await enter(page, key["key"])
    await expect(page.get_by_role("button", name="Stop")).to_be_visible()
    await server.client.delete(f"/keys/{key['id']}")
    await expect(ended).to_be_visible()
    await expect(page.get_by_label("Your key")).to_be_focused()
    assert await objections(page) == []
    await enter(page, keys["admin"])
    await expect(page).to_have_url(f"{server.url}/progress.html?job_id={article}")
    page = await open_page(f"{server.url}/library.html")  # who never was
    await expect(page.get_by_label("Your key")).to_be_focused()
    await expect(page.get_by_text("has ended")).to_have_count(0)
    await server.client.post(f"/articles/{article}/cancel", json={})


async def test_after_signing_out_back_shows_nothing(house: tuple[Server, dict[str, str]], open_page: OpenPage) -> None:
    """Neither of what the browser has stored, nor of a page that it has kept whole."""
    server, keys = house
    page = await open_page(f"{server.url}/people.html")
    for kept_whole in (False, True):
        await enter(page, keys["admin"])
        await expect(page.get_by_role("region", name="What was done").locator("time").first).to_be_visible()
        if kept_whole:  # as other browsers do, without a way to have this one do it
            await page.request.delete(f"{server.url}/session")
            await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
        else:
            await page.get_by_role("link", name="Who is signed in").click()
            await page.get_by_role("button", name="Sign out").click()
            await expect(page.get_by_label("Your key")).to_be_focused()
            await page.evaluate("history.back()")
        await page.wait_for_url(f"{server.url}/sign-in.html?to=people.html")
        await expect(page.get_by_label("Your key")).to_be_focused()


async def test_too_much_is_said_where_it_was_tried(tmp_path: Path, open_page: OpenPage) -> None:
    rates = {"RATE_PER_KEY": "1/day", "MESSAGES_PER_KEY": "1/day", "FAILED_SIGN_INS": "1/day"}
    words = {f"PRESSROOM_{name}": rate for name, rate in rates.items()}
    async with closed(tmp_path, **words) as (server, keys):
        page = await open_page(f"{server.url}/sign-in.html")
        await enter(page, "pr_mistyped")
        await expect(page.get_by_role("alert")).to_have_text("This key is not valid.")
        await enter(page, "pr_mistyped")
        await expect(page.get_by_role("alert")).to_contain_text("Too many failed sign-ins from this address")
        await enter(page, keys["writer"])
        for said in ("Finished", "Too many requests with this key; try again in"):
            await page.get_by_role("link", name="Write", exact=True).click()
            await page.wait_for_url(f"{server.url}/")
            await page.get_by_label("Topic").fill("Bees behind a door")
            await page.get_by_label("Topic").press("Enter")
            await expect(page.locator("[role=status], [role=alert]").filter(has_text=said).first).to_be_visible()
        await page.get_by_role("link", name="Chat", exact=True).click()
        for said in ("canned", "Too many messages; try again in"):
            await page.get_by_label("Message", exact=True).fill("Bees?")
            await page.get_by_label("Message", exact=True).press("Enter")
            await expect(page.get_by_role("main")).to_contain_text(said)
            await expect(page.get_by_role("button", name="Send")).to_be_visible()  # nothing is sent while it answers


async def test_who_has_an_account_elsewhere_signs_in_there_and_comes_back_to_what_they_opened(
    tmp_path: Path, open_page: OpenPage
) -> None:
    port = free_port()
    own = f"http://127.0.0.1:{port}"
    async with issuing(own) as issuer, serving(tmp_path, PRESSROOM_PORT=str(port), **trusting(issuer)) as server:
        page = await open_page(f"{server.url}/library.html?status=failed")
        button = page.get_by_role("button", name="Sign in with Example")
        await expect(button).to_be_visible()
        assert await objections(page) == []
        for name in ("nobody", "writer@bees"):
            await button.click()
            await page.get_by_label("Name").fill(name)
            await page.get_by_role("button", name="Enter").click()
            if name == "nobody":
                refused = "Your account has no access here because it has no role or workspace."
                await expect(page.get_by_role("alert").first).to_have_text(refused)
                await page.context.clear_cookies()  # those of the issuer, too
                await page.goto(f"{server.url}/library.html?status=failed")
        await expect(page).to_have_url(f"{server.url}/library.html?status=failed")
        await page.get_by_role("link", name="Who is signed in").click()
        said = "The writer is signed in to “bees” as a writer."
        await expect(page.get_by_role("status")).to_have_text(said)
        await page.get_by_role("button", name="Sign out").click()
        await page.get_by_role("button", name="Leave").click()
        await expect(page).to_have_url(f"{server.url}/sign-in.html")
        await expect(button).to_be_visible()
        await page.goto(f"{server.url}/sign-in.html?refused=as_told&text=Call+us")
        await expect(button).to_be_visible()
        await expect(page.get_by_role("alert").first).to_be_empty()


async def test_signing_in_leads_to_no_other_site(house: tuple[Server, dict[str, str]], open_page: OpenPage) -> None:
    server, keys = house
    page = await open_page(f"{server.url}/sign-in.html?to=//elsewhere.example/")
    await enter(page, keys["reader"])
    await expect(page).to_have_url(f"{server.url}/elsewhere.example/")


async def test_where_nobody_has_to_sign_in_nothing_asks_for_it(server, open_page: OpenPage) -> None:
    page = await open_page(f"{server.url}/sign-in.html")
    await expect(page.get_by_role("status")).to_have_text("Nobody has to sign in here.")
    await page.goto(server.url)
    await expect(page.get_by_label("Topic")).to_be_focused()
    await expect(page.get_by_role("link", name="Who is signed in")).to_be_hidden()
