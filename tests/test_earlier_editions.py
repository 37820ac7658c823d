"""Data of earlier editions, whose servers were killed in mid-sentence: all of it is there, and all of it goes on, in
its folder and in a PostgreSQL.
"""

import asyncio
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
import pytest_asyncio

from service import demo
from service.store.moving import move
from service.wire.events import Done
from service.wire.viewer import Viewer
from tests import editions, postgres
from tests.editions import FIRST, SECOND, Edition
from tests.server import Server, serving
from tests.talking import talking

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="module")]

SILENT, FAST = demo.Pace(1, 600), demo.Pace(3_000, 0)
RETRIED = {
    "failed at once": 1,
    "failed in mid-section": 1,
    "refused": 1,
    "cancelled": 2,
    "cancelled while it waited": 1,
    "rewrite failed": 2,
    "rewrite cancelled": 2,
}


class Kept(NamedTuple):
    edition: Edition
    moved: bool

    def __str__(self) -> str:
        return f"{self.edition}{', moved' * self.moved}"


def differences(is_now: Any, was: Any, at: str = "") -> Iterator[str]:
    """What has changed or is missing; what was added is fine."""
    if isinstance(was, dict) and isinstance(is_now, dict):
        for key, value in was.items():
            if key in is_now:
                yield from differences(is_now[key], value, f"{at}.{key}")
            else:
                yield f"{at}.{key} is missing"
    elif isinstance(was, list) and isinstance(is_now, list) and len(was) == len(is_now):
        for n, value in enumerate(was):
            yield from differences(is_now[n], value, f"{at}[{n}]")
    elif is_now != was:
        yield f"{at} was {was!r}, is {is_now!r}"


def events(stream: str) -> Iterator[dict[str, Any]]:
    for block in stream.replace("\r\n", "\n").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if line and not line.startswith(":"))
        if "data" in fields:
            yield {"id": int(fields["id"]), "event": fields["event"], "data": json.loads(fields["data"])}


def texts(told: list[dict[str, Any]]) -> dict[tuple[str, int | None], str]:
    """As the one rule makes them."""
    held: defaultdict[tuple[str, int | None], bytes] = defaultdict(bytes)
    for data in (event["data"] for event in told if event["event"] == "token"):
        key = data["stage"], data["section"]
        held[key] = held[key][: 2 * data["offset"]] + data["text"].encode("utf-16-le")
    return {key: text.decode("utf-16-le") for key, text in held.items()}


def without_texts(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [without_our_words(event["data"]) for event in told if event["event"] != "token"]


def without_our_words(data: dict[str, Any]) -> dict[str, Any]:
    """What is told in words of today's edition is told better than it was; what was stored in words stays so. The usage
    forgot what a later run had replaced."""
    if data["type"] == "done":
        return {key: value for key, value in data.items() if key != "usage"}
    said = data["message"].removeprefix("Left out: ").removeprefix("Skipped: ").removeprefix("Only your own sources: ")
    ours = data["type"] == "stage" and data["status"] not in ("skipped", "failed")
    return data | {"message": "" if ours and "sources: " not in data["message"] else said}


def spent(article: dict[str, Any]) -> dict[str, int]:
    """All that was paid for, by its stage log."""
    log = article["answers"]["/stages"]["body"]
    return {name: sum(record[name] for record in log) for name in ("prompt_tokens", "completion_tokens")}


def ended(answer: dict[str, Any]) -> dict[str, Any]:
    """A stage log without what was under way: that begins anew."""
    return answer | {"body": [record for record in answer["body"] if record["ended_at"]]}


@pytest.fixture(
    scope="module",
    params=[
        *(Kept(edition, moved=False) for edition in editions.ALL),
        pytest.param(Kept(SECOND, moved=True), marks=pytest.mark.long),
    ],
    ids=str,
)
def kept(request: pytest.FixtureRequest) -> Kept:
    return request.param


@pytest.fixture(scope="module")
def edition(kept: Kept) -> Edition:
    return kept.edition


@contextmanager
def prepared(kept: Kept, folder: Path) -> Generator[dict[str, str]]:
    """A copy of the data as if it were made today, and the settings of a server on it."""
    kept.edition.copy(folder)
    with closing(sqlite3.connect(folder / "pressroom.db")) as database:
        database.execute("UPDATE idempotency_keys SET created_at = strftime('%Y-%m-%d %H:%M:%f', 'now')")
        if kept.edition == SECOND:
            database.execute("UPDATE shares SET expires_at = strftime('%Y-%m-%d %H:%M:%f', 'now', '1 day')")
        database.commit()
    if not kept.moved:
        yield {}
        return
    with postgres.url() as url:
        move(folder, url)
        yield {"PRESSROOM_DATABASE_URL": url}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asleep(kept: Kept, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Server]:
    """A server on the data that leaves all as it is: its model says nothing, or it writes nothing."""
    folder = tmp_path_factory.mktemp("asleep")
    patience = {"PRESSROOM_ARTICLES_AT_ONCE": "1", "PRESSROOM_MODEL_FIRST_TOKEN_TIMEOUT": "600"}
    arguments = ("serve", "--no-writing") if kept.moved else ()
    with prepared(kept, folder) as settings:
        words = patience | settings
        async with demo.serving(pace=SILENT) as model:
            async with serving(folder, *arguments, OPENAI_BASE_URL=model.url, **words) as server:
                async with asyncio.timeout(60):
                    while not (kept.moved or model.counts.under_way):
                        await asyncio.sleep(0.01)
                yield server


async def answer(server: Server, path: str) -> dict[str, Any]:
    got = await server.client.get(path)
    body = got.json() if "json" in got.headers["content-type"] else got.text.replace(server.url, "")
    return {"status": got.status_code, "body": body}


async def test_every_answer_is_what_it_was(edition: Edition, asleep: Server) -> None:
    for name, article in edition.articles.items():
        for path, was in article["answers"].items():
            is_now = await answer(asleep, f"/articles/{article['id']}{path}")
            assert list(differences(*comparable(edition, article, path, is_now, was), f"{name} {path}")) == []


def comparable(edition: Edition, article: Any, path: str, is_now: Any, was: Any) -> tuple[Any, Any]:
    if path == "/stages":
        return ended(is_now), ended(was)
    if path.startswith("/export") and was["status"] == 409 and is_now["status"] == 200:  # it is a draft now
        assert is_now["body"]
        return None, None
    if was["status"] != 200:  # the sentence is today's
        return is_now, was | {"body": {"code": was["body"]["code"]}}
    if path == "/shares":  # how long they last was changed
        return is_now, was | {"body": [{"id": share["id"], "created_at": share["created_at"]} for share in was["body"]]}
    if path == "/result" and edition == FIRST:  # it forgot what a later run had replaced
        return is_now, was | {"body": was["body"] | {"usage": spent(article)}}
    return is_now, was


async def test_a_finished_article_is_told_as_it_was(edition: Edition, asleep: Server) -> None:
    for name, article in edition.articles.items():
        if not (was := article["events"]):
            continue
        url = f"/articles/{article['id']}/events"
        stream = (await asleep.client.get(url)).text
        is_now = list(events(stream))
        assert list(differences(without_texts(is_now), without_texts(was), name)) == []
        viewer = Viewer()
        viewer.feed(stream.encode())
        assert viewer.texts == texts(was)
        end = was[-1]["id"]
        assert viewer.last_id == end
        for seen, status in ((end, 204), (end - 1, 200)):
            assert (await asleep.client.get(url, headers={"Last-Event-ID": str(seen)})).status_code == status


async def test_nothing_is_missing_in_a_list(edition: Edition, asleep: Server) -> None:
    for path, was in edition.expected["pages"].items():
        assert list(differences(await asleep.get(path), was, path)) == []


async def test_every_text_is_found(edition: Edition, asleep: Server) -> None:
    for article in edition.articles.values():
        answers = article["answers"]
        content: str = answers["/result"]["body"].get("content") or answers[""]["body"]["topic"]
        longest = max(content.replace('"', " ").split("\n"), key=lambda line: len(line))
        phrase = quote(f'"{longest[:100]}"')
        page = await asleep.get(f"/articles/?limit=100&q={phrase}")
        assert article["id"] in [found["id"] for found in page["articles"]]


async def test_a_conversation_is_what_it_was(edition: Edition, asleep: Server) -> None:
    for name, was in edition.expected["conversations"].items():
        assert list(differences(await asleep.get(f"/conversations/{was['id']}"), was, name)) == []


async def test_a_link_opens_what_it_opened(edition: Edition, asleep: Server) -> None:
    for name, link in edition.expected.get("links", {}).items():
        for path, was in link["answers"].items():
            assert list(differences(await answer(asleep, link["path"] + path), was, f"{name} {path}")) == []
        if name == "full":
            assert (await asleep.client.get(f"{link['path']}/image")).content == edition.picture


async def test_pictures_are_served(edition: Edition, asleep: Server) -> None:
    result = await asleep.get(f"/articles/{edition.articles['full']['id']}/result")
    served = await asleep.client.get(result["image_url"])
    assert served.headers["content-type"] == "image/png"
    assert served.content == edition.picture


async def test_a_request_of_yesterday_is_known_by_its_key(edition: Edition, asleep: Server) -> None:
    keyed = {"Idempotency-Key": "the-same-article-please"}
    again = await asleep.client.post("/start-job", json={"topic": "Why rivers meander"}, headers=keyed)
    assert again.json()["job_id"] == edition.articles["quick"]["id"]
    other = await asleep.client.post("/start-job", json={"topic": "Why not"}, headers=keyed)
    assert other.status_code == 409


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at_work(
    kept: Kept, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[tuple[Server, demo.DemoModel]]:
    """A server on the data, and the model that it asks."""
    folder = tmp_path_factory.mktemp("at_work")
    with prepared(kept, folder) as settings:
        async with demo.serving(pace=FAST) as model:
            words = {"OPENAI_BASE_URL": model.url, "PRESSROOM_IMAGE_MODEL": "demo"}
            async with serving(folder, **words, **settings) as server:
                yield server, model


async def completed(server: Server, article: str) -> dict[str, Any]:
    """The article's result, once it is written."""
    viewer = await server.watch(article)
    assert isinstance(viewer.end, Done), viewer.end
    result = await server.get(f"/articles/{article}/result")
    assert result["status"] == "completed"
    assert result["content"] == viewer.texts["style", None]
    return result


async def test_a_half_written_article_goes_on_without_asking_twice(
    edition: Edition, at_work: tuple[Server, demo.DemoModel]
) -> None:
    server, model = at_work
    result = await completed(server, edition.articles["half written"]["id"])
    assert result["seo_meta"]
    assert (await server.client.get(result["image_url"])).status_code == 200
    article = edition.articles["half written"]
    stages = await server.get(f"/articles/{article['id']}/stages")
    stored = ended(article["answers"]["/stages"])["body"]
    kept = [(record["stage"], record["section"]) for record in stored]
    assert kept == [("research", None), ("outline", None), ("content", 1)]
    again = [record for record in stages if (record["stage"], record["section"]) in kept]
    assert list(differences(again, stored)) == []
    told = [(call.kind, "\n".join(message.content for message in call.messages)) for call in model.calls]
    asked = Counter[str](kind for kind, text in told if "Lighthouse keepers" in text and "<text>" not in text)
    paid = {"synthesis": 0, "outline": 0, "section": 2, "style": 3, "seo": 1, "image": 1}
    assert {kind: asked[kind] for kind in paid} == paid


async def test_what_waited_is_written(edition: Edition, at_work: tuple[Server, demo.DemoModel]) -> None:
    server, _ = at_work
    assert (await completed(server, edition.articles["pending"]["id"]))["words"] >= 150
    assert (await completed(server, edition.articles["rewrite waiting"]["id"]))["version"] == 2


async def test_a_reviewed_outline_can_be_approved(edition: Edition, at_work: tuple[Server, demo.DemoModel]) -> None:
    server, _ = at_work
    article = edition.articles["awaiting review"]["id"]
    outline = (await server.get(f"/articles/{article}/stages"))[-1]["output"]
    approved = await server.client.post(f"/articles/{article}/outline", json=outline)
    assert approved.status_code == 202
    result = await completed(server, article)
    assert result["outline"] == outline
    assert [source["title"] for source in result["research_data"]["sources"]] == ["My notes"]


async def test_what_failed_or_was_cancelled_can_be_retried(
    edition: Edition, at_work: tuple[Server, demo.DemoModel]
) -> None:
    server, _ = at_work
    for name, version in RETRIED.items():
        article = edition.articles[name]["id"]
        assert (await server.client.post(f"/articles/{article}/retry")).status_code == 202
        assert (await completed(server, article))["version"] == version


async def test_a_finished_article_can_be_changed(edition: Edition, at_work: tuple[Server, demo.DemoModel]) -> None:
    server, _ = at_work
    article = edition.articles["edited and restored"]["id"]
    wanted = {"version": 4, "instruction": "Shorter"}
    assert (await server.client.post(f"/articles/{article}/sections/1/rewrite", json=wanted)).status_code == 202
    assert (await completed(server, article))["version"] == 5
    restored = await server.client.post(f"/articles/{article}/versions/3/restore", json={"version": 5})
    assert restored.json()["content"].endswith("A last word 🍞.")


async def test_an_article_can_be_shared(edition: Edition, at_work: tuple[Server, demo.DemoModel]) -> None:
    server, _ = at_work
    article = edition.articles["full"]
    url = (await server.client.post(f"/articles/{article['id']}/shares")).json()["url"]
    shown, was = await server.get(url), article["answers"]["/result"]["body"]
    assert (shown["title"], shown["content"]) == (was["title"], was["content"])
    assert [source["id"] for source in shown["sources"]] == [source["id"] for source in was["cited_sources"]]
    assert (await server.client.get(shown["image_url"])).content == edition.picture
    stream = (await server.client.get(f"{url}/events")).text
    assert "event: done" in stream
    assert article["id"] not in stream


async def test_saved_briefs_are_begun_with(edition: Edition, at_work: tuple[Server, demo.DemoModel]) -> None:
    server, _ = at_work
    for brief in edition.expected["pages"].get("/briefs", []):
        started = await server.client.post(f"/briefs/{brief['id']}/start", json={})
        assert started.json()["topic"] == brief["brief"]["topic"]
        assert (await completed(server, started.json()["id"]))["words"] >= 150


async def test_a_conversation_goes_on(edition: Edition, at_work: tuple[Server, demo.DemoModel]) -> None:
    server, model = at_work
    was = edition.expected["conversations"]["about an article"]
    proposals = [message["proposal"] for message in was["messages"] if message["proposal"]]
    async with talking(server, f"?conversation={was['id']}") as client:
        assert list(differences(client.messages, was["messages"])) == []
        await client.send("apply", proposal=proposals[1]["id"])
        assert (await client.until("proposal"))["applied"] == 3
        await client.ask("What is it about?")
    assert "Make section two shorter" in "".join(message.content for message in model.calls[-1].messages)
    assert (await server.get(f"/articles/{was['article_id']}"))["version"] == 3
