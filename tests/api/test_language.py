"""Pages come in the language that was chosen there, or else in the one that the browser asks for."""

import re

import pytest

from tests.server import Server

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="module")]

BROWSER = {"Accept": "text/html"}


def language(page: str) -> str:
    return re.findall(r'<html lang="([^"]+)">', page)[0]


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("zh-CN,zh;q=0.9", "zh"),
        ("zh-Hans-SG", "zh"),
        ("fr-FR,fr;q=0.9,de;q=0.5,en;q=0.3", "de"),
        ("en;q=0.3, de;q=0.5", "de"),
        ("EN-us,de", "en"),
        ("eo", "en"),
        ("*", "en"),
        ("", "en"),
        ("de;q=x, zh", "zh"),
    ],
)
async def test_a_page_is_in_the_language_that_the_browser_asks_for(server: Server, wanted: str, given: str) -> None:
    page = await server.client.get("/", headers=BROWSER | {"Accept-Language": wanted})
    assert language(page.text) == given
    assert {"Accept-Language", "Cookie"} <= set(page.headers["vary"].split(", "))


@pytest.mark.parametrize(("cookie", "given"), [("language=zh", "zh"), ("language=tlh", "de"), ("theme=x", "de")])
async def test_what_was_chosen_on_the_page_comes_first(server: Server, cookie: str, given: str) -> None:
    page = await server.client.get("/", headers=BROWSER | {"Accept-Language": "de", "Cookie": cookie})
    assert language(page.text) == given


async def test_pages_of_two_languages_differ_for_caches_too(server: Server) -> None:
    german, chinese = [
        await server.client.get("/library.html", headers=BROWSER | {"Accept-Language": tag}) for tag in ("de", "zh")
    ]
    assert german.headers["etag"] != chinese.headers["etag"]
    again = {"Accept-Language": "zh", "If-None-Match": german.headers["etag"]}
    assert (await server.client.get("/library.html", headers=BROWSER | again)).status_code == 200
    script = re.findall(r'"(static/packed/library-[^"]+)"', german.text)[0]
    kept = await server.client.get(f"/{script}")
    assert 'const language = "de";' in kept.text
    assert kept.headers["vary"] == "Accept-Encoding"  # a kept file is the same for everybody


@pytest.mark.parametrize("path", ["/nowhere/at/all", "/read/nothing"])
async def test_what_is_not_there_is_not_there_in_the_readers_language(server: Server, path: str) -> None:
    page = await server.client.get(path, headers=BROWSER | {"Accept-Language": "zh-CN"})
    assert (page.status_code, language(page.text)) == (404, "zh")
    assert re.search(r"<h1[^>]*>[^<a-z]+</h1>", page.text)


async def test_the_sentences_of_a_language_are_served(server: Server) -> None:
    german = (await server.client.get("/messages/de")).json()
    assert german["not_found.article"] == "diesen Artikel gibt es nicht"
    assert german["research.label"] == "Recherche"
