"""Signing in at a real issuer, and its tokens."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio
from authlib.integrations.httpx_client import AsyncOAuth2Client

from tests.issuer import CLIENT, SECRET, issuing, sign_in, trusting
from tests.server import Server, free_port, serving

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="module")]


@dataclass
class House:
    server: Server
    issuer: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[House]:
    folder: Path = tmp_path_factory.mktemp("data")
    port = free_port()
    async with (
        issuing(f"http://127.0.0.1:{port}") as issuer,
        serving(folder, PRESSROOM_PORT=str(port), **trusting(issuer)) as server,
    ):
        yield House(server, issuer)


@pytest_asyncio.fixture(loop_scope="module")
async def browser(house: House) -> AsyncGenerator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=house.server.url, timeout=60) as browser:
        yield browser


async def signed_in(browser: httpx2.AsyncClient, name: str, to: str = "") -> httpx2.Response:
    """The answer to the issuer's callback."""
    url = (await browser.post("/oidc/begin", json={"to": to})).json()["url"]
    return await browser.get(await sign_in(browser, url, name))


async def test_who_has_an_account_signs_in_and_out(house: House, browser: httpx2.AsyncClient) -> None:
    nobody = {"needed": True, "name": None, "workspace": None, "role": None, "issuer": "Example"}
    nobody["sign_out_url"] = None
    assert (await browser.get("/session")).json() == nobody
    answer = await signed_in(browser, "writer@bees", "progress.html?job_id=1#end")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/progress.html?job_id=1#end")
    [cookie] = [each for each in answer.headers.get_list("Set-Cookie") if each.startswith("pressroom_session=")]
    assert "HttpOnly; Max-Age=86400; Path=/; SameSite=lax" in cookie
    assert not begun(browser)
    told = {"needed": True, "name": "The writer", "workspace": "bees", "role": "writer", "issuer": "Example"}
    session = (await browser.get("/session")).json()
    assert session.pop("sign_out_url").startswith(f"{house.issuer}/session/end?")
    assert session == told
    assert (await browser.post("/start-job", json={"topic": "Bees"})).status_code == 200
    assert (await browser.get("/keys")).status_code == 403
    headers = {"Cookie": cookie.partition(";")[0]}
    assert (await browser.delete("/session")).status_code == 204
    assert (await browser.get("/articles/", headers=headers)).status_code == 401


async def test_an_admin_ends_what_somebody_with_an_account_has_open(house: House, browser: httpx2.AsyncClient) -> None:
    subject = "writer@hives@/../?a=%2F&b#c"
    async with (
        httpx2.AsyncClient(base_url=house.server.url, timeout=60) as admin,
        httpx2.AsyncClient(base_url=house.server.url, timeout=60) as foreign,
    ):
        for each, name in ((admin, "admin@hives"), (foreign, "admin@wasps"), (browser, subject)):
            await signed_in(each, name)
        brief = {"topic": "Bees", "review_outline": True}
        article = (await browser.post("/articles/create", json=brief)).json()["id"]
        async with browser.stream("GET", f"/articles/{article}/events") as events:
            lines = events.aiter_lines()
            async for line in lines:
                if '"awaiting_review"' in line:
                    break  # what has come has come; nothing more will, and it stays open
            for who, status in ((foreign, 404), (browser, 403), (admin, 204), (admin, 404)):
                answer = await who.delete("/accounts", params={"subject": subject})
                assert answer.status_code == status, answer.text
            async with asyncio.timeout(60):
                rest = [line async for line in lines]
        assert not [line for line in rest if line.startswith("event: done")]
        assert (await browser.get("/articles/")).status_code == 401
        [left] = (await admin.get("/accounts")).json()
        assert (left["subject"], left["name"], left["role"]) == ("admin@hives", "The admin", "admin")
        entry = (await admin.get("/audit")).json()["entries"][0]
        told = {"action": "account_signed_out", "actor": "The admin", "key": None, "subject": "admin@hives"}
        told["target"] = subject
        assert entry | told == entry
        assert entry["details"] == {"name": "The writer"}
        await signed_in(browser, subject)  # the issuer still lets them in
        assert (await browser.get("/articles/")).status_code == 200


async def test_who_has_no_role_is_told_so_on_the_page(browser: httpx2.AsyncClient) -> None:
    answer = await signed_in(browser, "nobody@bees")
    assert answer.headers["Location"] == "/sign-in.html?refused=forbidden.account"
    assert (await browser.get("/session")).json()["name"] is None


async def test_an_answer_opens_nothing_in_another_browser_and_nothing_twice(
    house: House, browser: httpx2.AsyncClient
) -> None:
    url = (await browser.post("/oidc/begin", json={})).json()["url"]
    back = await sign_in(browser, url, "writer@bees")
    async with httpx2.AsyncClient(base_url=house.server.url, timeout=60) as another:
        await another.post("/oidc/begin", json={})
        for brought in (None, {"Cookie": f"{next(iter(begun(browser)))}=x"}):
            answer = await another.get(back, headers=brought)
            assert answer.headers["Location"] == "/sign-in.html?refused=unauthorized.sign_in"
            assert "pressroom_session" not in answer.headers.get("Set-Cookie", "")
    kept = {"Cookie": "; ".join(f"{name}={value}" for name, value in begun(browser).items())}
    assert (await browser.get(back)).headers["Location"] == "/"
    again = await browser.get(back, headers=kept)  # the code has been used
    assert again.headers["Location"] == "/sign-in.html?refused=unauthorized.sign_in"


async def test_two_tabs_can_sign_in_at_once(browser: httpx2.AsyncClient) -> None:
    urls = [(await browser.post("/oidc/begin", json={"to": to})).json()["url"] for to in ("one", "two")]
    assert (await browser.get("/oidc/callback?state=strange&code=x")).headers["Location"].endswith("sign_in")
    for url, to in zip(urls, ("/one", "/two"), strict=True):
        assert (await browser.get(await sign_in(browser, url, "writer@bees"))).headers["Location"] == to
    assert (await browser.get("/articles/")).status_code == 200
    assert not begun(browser)


async def test_of_many_sign_ins_that_are_begun_the_latest_are_kept(browser: httpx2.AsyncClient) -> None:
    urls = [(await browser.post("/oidc/begin", json={})).json()["url"] for _ in range(7)]
    kept = [name.removeprefix("pressroom_sign_in_") for name in begun(browser)]
    assert [state in url for state, url in zip(kept, urls[2:], strict=True)] == [True] * 5
    assert (await browser.get(await sign_in(browser, urls[-1], "writer@bees"))).headers["Location"] == "/"


def begun(browser: httpx2.AsyncClient) -> dict[str, str]:
    """The cookies of sign-ins that have not ended."""
    return {name: value for name, value in browser.cookies.items() if name.startswith("pressroom_sign_in_")}


@pytest.mark.parametrize(
    "to", ["//elsewhere.example/", "/x", "\\elsewhere.example", "a\\b", "a\tb", "\n", "x" * 1_001, " x"]
)
async def test_one_is_led_to_this_server_alone(browser: httpx2.AsyncClient, to: str) -> None:
    assert (await browser.post("/oidc/begin", json={"to": to})).status_code == 422


async def test_another_site_begins_nothing(browser: httpx2.AsyncClient) -> None:
    answer = await browser.post("/oidc/begin", json={}, headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 403
    form = await browser.post("/oidc/begin", content="{}", headers={"Content-Type": "text/plain"})
    assert form.status_code == 415
    assert (await browser.get("/oidc/begin")).status_code == 405


async def test_its_tokens_for_programs_let_in(house: House, browser: httpx2.AsyncClient) -> None:
    callback = f"{house.server.url}/oidc/callback"
    usual = {"redirect_uri": callback, "scope": "openid", "code_challenge_method": "S256"}
    async with AsyncOAuth2Client(CLIENT, SECRET, **usual) as client:
        url, _ = client.create_authorization_url(f"{house.issuer}/auth", code_verifier="v" * 43)
        back = await sign_in(browser, url, "admin@wasps")
        token = await client.fetch_token(f"{house.issuer}/token", authorization_response=back, code_verifier="v" * 43)
    told = (await browser.get("/session", headers={"Authorization": f"Bearer {token['access_token']}"})).json()
    assert (told["name"], told["workspace"], told["role"]) == ("The admin", "wasps", "admin")
    refused = {"Authorization": f"Bearer {token['id_token']}"}  # it is for the page
    assert (await browser.get("/articles/", headers=refused)).status_code == 401
