"""Signing in with a key, for a page that keeps a cookie."""

from collections.abc import AsyncGenerator
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio
import websockets

from tests.closed import AUTH, made
from tests.server import Server, serving

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def keys(folder: Path) -> dict[str, str]:
    return await made(folder)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(folder: Path, keys: dict[str, str]) -> AsyncGenerator[Server]:
    async with serving(folder, **AUTH) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def browser(server: Server) -> AsyncGenerator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=server.url, timeout=60) as client:
        yield client


async def test_a_session_lasts_until_it_is_ended(server: Server, browser: httpx2.AsyncClient, keys: dict) -> None:
    nobody = {"needed": True, "name": None, "workspace": None, "role": None, "issuer": None, "sign_out_url": None}
    assert (await browser.get("/session")).json() == nobody
    answer = await browser.post("/session", json={"key": f" {keys['writer']} "})
    signed_in = {
        "needed": True,
        "name": "writer",
        "workspace": "default",
        "role": "writer",
        "issuer": None,
        "sign_out_url": None,
    }
    assert answer.json() == signed_in
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie  # without https, the browser would not send it
    assert (await browser.get("/session")).json() == signed_in
    assert (await browser.get("/articles/")).status_code == 200
    assert (await browser.post("/start-job", json={"topic": "Bees"})).status_code == 200
    headers = {"Cookie": cookie.partition(";")[0]}
    async with websockets.connect(f"{server.url.replace('http', 'ws')}/ws", additional_headers=headers) as socket:
        assert await socket.recv()
    assert (await browser.delete("/session")).status_code == 204
    assert (await browser.get("/session")).json()["name"] is None
    assert (await browser.get("/articles/", headers=headers)).status_code == 401


async def test_with_an_old_session_one_can_still_sign_in(browser: httpx2.AsyncClient, keys: dict) -> None:
    browser.cookies.set("pressroom_session", "long over")
    assert (await browser.get("/articles/")).status_code == 401
    assert (await browser.get("/", headers={"Accept": "text/html"})).status_code == 200
    assert (await browser.post("/session", json={"key": keys["reader"]})).json()["role"] == "reader"


@pytest.mark.parametrize("key", ["expired", "revoked", "another server's"])
async def test_a_key_that_is_not_valid_begins_nothing(browser: httpx2.AsyncClient, keys: dict, key: str) -> None:
    answer = await browser.post("/session", json={"key": keys[key]})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert not browser.cookies


async def test_another_site_can_not_act_with_the_cookie(browser: httpx2.AsyncClient, keys: dict) -> None:
    await browser.post("/session", json={"key": keys["writer"]})
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert (await browser.post("/start-job", json={"topic": "Bees"}, headers=elsewhere)).status_code == 403


async def test_where_no_issuer_is_set_nobody_signs_in_there(browser: httpx2.AsyncClient) -> None:
    assert (await browser.post("/oidc/begin", json={})).status_code == 404
    assert (await browser.get("/oidc/callback")).status_code == 404
