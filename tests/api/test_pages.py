"""How pages and their files are delivered: revalidated or kept for good, and zipped."""

import json
import re

import pytest

from service import messages
from tests.server import Server

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="module")]

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Encoding": "gzip, br"}
PAGES = ["/", "/progress.html", "/library.html", "/chat.html"]
KEPT = "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_asked_for_again_and_what_it_links_is_not(server: Server, path: str) -> None:
    page = await server.client.get(path, headers=BROWSER)
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-cache")
    assert page.headers["content-encoding"] == "gzip"
    assert {"Accept", "Accept-Encoding"} <= set(page.headers["vary"].split(", "))
    again = await server.client.get(path, headers=BROWSER | {"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == page.headers["etag"]
    links = re.findall(r'"(static/[^"]+)"', page.text)
    assert len(links) >= 5
    for link in links:
        linked = await server.client.get(f"/{link}", headers=BROWSER)
        assert (linked.status_code, linked.headers["cache-control"]) == (200, KEPT), link
        assert ("content-encoding" in linked.headers) == (linked.headers["content-type"] != "font/woff2"), link


async def test_who_takes_no_gzip_is_sent_none(server: Server) -> None:
    zipped = await server.client.get("/", headers=BROWSER)
    plain = await server.client.get("/", headers=BROWSER | {"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == zipped.text
    assert plain.headers["etag"] == zipped.headers["etag"]
    assert int(plain.headers["content-length"]) > 2 * int(zipped.headers["content-length"])


async def test_what_was_never_linked_is_not_found_nor_kept(server: Server) -> None:
    answer = await server.client.get("/static/packed/progress-0123456789.js")
    assert answer.status_code == 404
    assert "cache-control" not in answer.headers


async def test_the_head_of_a_file_can_be_asked_for(server: Server) -> None:
    page = await server.client.get("/", headers=BROWSER)
    link = re.findall(r'"(static/packed/index-[^"]+)"', page.text)[0]
    answer = await server.client.head(f"/{link}")
    assert (answer.status_code, answer.headers["cache-control"], answer.content) == (200, KEPT, b"")


async def test_the_sources_can_be_read_as_they_are(server: Server) -> None:
    for path in ("/static/js/progress.js", "/static/js/known.js", "/static/css/base.css"):
        answer = await server.client.get(path)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache"), path
    assert "export const options = {" in (await server.client.get("/static/js/known.js")).text


@pytest.mark.parametrize("path", ["/", "/progress.html"])
async def test_a_script_has_the_sentences_of_the_server_and_those_that_it_names(server: Server, path: str) -> None:
    page = await server.client.get(path, headers=BROWSER | {"Accept-Language": "de"})
    (link,) = re.findall(r'"(static/packed/(?:index|progress)-\w+\.js)"', page.text)
    script = (await server.client.get(f"/{link}")).text
    said = json.loads(re.findall(r"const messages = (.+);\n", script)[0])
    named = {f"page.{code}" for code in re.findall(r'phrase\("([\w.]+)"', script)}
    assert len(named) > 30
    assert named | {"page.state.failed", "page.key.help", "page.count.word.other", "page.tone.friendly"} <= set(said)
    assert said["input.empty"] == messages.catalog("de")["input.empty"]
    assert not {"page.masthead.skip", "page.compose.promise", "page.tools.more", "page.library.name"} & set(said)
    assert ("page.versions.first" in said) is (path == "/progress.html")
    all_of_them = (await server.client.get("/static/js/known.js")).text
    assert '"page.masthead.skip":' in all_of_them


async def test_what_a_page_will_ask_for_is_on_its_way_with_it(server: Server) -> None:
    job = await server.start_job("On its way")
    running = await server.client.get(f"/progress.html?job_id={job}", headers=BROWSER)
    assert early(running.headers["link"]) == [f"articles/{job}"]
    await server.watch(job)
    ended = await server.client.get(f"/progress.html?job_id={job}", headers=BROWSER)
    assert early(ended.headers["link"]) == [f"articles/{job}", f"articles/{job}/events", f"articles/{job}/result"]
    unchanged = {"If-None-Match": ended.headers["etag"]}
    again = await server.client.get(f"/progress.html?job_id={job}", headers=BROWSER | unchanged)
    assert (again.status_code, again.headers["link"]) == (304, ended.headers["link"])


@pytest.mark.parametrize("job", ["", "unknown", 'a"b>;,c'])
async def test_nothing_is_on_its_way_of_an_article_that_is_not_there(server: Server, job: str) -> None:
    page = await server.client.get("/progress.html", params={"job_id": job}, headers=BROWSER)
    assert page.status_code == 200
    assert "link" not in page.headers


async def test_a_page_that_does_not_exist_is_styled_wherever_it_is(server: Server) -> None:
    page = await server.client.get("/no/such/page", headers=BROWSER)
    assert page.status_code == 404
    (sheet,) = re.findall(r'rel="stylesheet" href="(\.\./\.\./static/packed/[^"]+)"', page.text)
    assert (await server.client.get(sheet.replace("../..", ""))).status_code == 200


def early(link: str) -> list[str]:
    return re.findall(r"<([^>]+)>; rel=preload; as=fetch; crossorigin", link)
