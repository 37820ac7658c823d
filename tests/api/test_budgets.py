"""Budgets of a real server: a hundred who begin at once, a socket, a crash, and what /usage tells."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
import websockets

from service.access.gate import Gate
from service.core.key import Key
from service.store.keys import Keys
from service.store.sqlite import SQLite
from service.store.upgrade import FILE
from service.wire.events import Done, Error
from tests.closed import AUTH, SECRET
from tests.migrated import prepare
from tests.server import Server, serving
from tests.talking import Client

pytestmark = pytest.mark.process

LIMIT = 6_000  # tokens, of which an article takes a good quarter
GONE = "SELECT (SELECT coalesce(sum(prompt_tokens + completion_tokens), 0) FROM usage WHERE key = :key)" + (
    "+ (SELECT coalesce(sum(tokens), 0) FROM reservations WHERE key = :key)"
)


async def key(folder: Path, name: str, role: str = "writer", **limits: float | None) -> tuple[Key, dict[str, str]]:
    """A key, and the header that it is sent in."""
    database = SQLite(prepare(folder))
    made, text = await Gate(Keys(database), SECRET.encode()).create("default", name, role, None, **limits)
    database.close()
    return made, {"Authorization": f"Bearer {text}"}


def asked(folder: Path, query: str, **about: object) -> list[tuple]:
    with closing(sqlite3.connect(folder / FILE)) as database:
        return database.execute(query, about).fetchall()


@asynccontextmanager
async def opened(folder: Path, **environment: str) -> AsyncGenerator[Server]:
    async with serving(folder, **AUTH, **environment) as server:
        yield server


async def ended(folder: Path, most: list[int], who: str) -> None:
    """Wait until nothing is written any more. Meanwhile, note what is spent and put aside."""
    live = "SELECT count(*) FROM articles WHERE status IN ('pending', 'processing')"
    async with asyncio.timeout(120):
        while True:
            most.append(asked(folder, GONE, key=who)[0][0])
            if asked(folder, live) == [(0,)]:
                return
            await asyncio.sleep(0.01)


async def test_a_hundred_that_begin_at_once_do_not_pass_a_limit_and_nothing_is_lost(tmp_path: Path) -> None:
    ada, writer = await key(tmp_path, "Ada", tokens_per_month=LIMIT)
    _, admin = await key(tmp_path, "Root", "admin")
    most: list[int] = []
    async with opened(tmp_path) as server:
        client = server.client
        begun = [client.post("/start-job", json={"topic": f"Bees {n}"}, headers=writer) for n in range(100)]
        answers, _ = await asyncio.gather(asyncio.gather(*begun), _watched(tmp_path, most, ada.id))
        await ended(tmp_path, most, ada.id)
        jobs = [answer.json()["job_id"] for answer in answers if answer.status_code == 200]
        refused = [answer for answer in answers if answer.status_code != 200]
        assert {(answer.status_code, answer.json()["code"]) for answer in refused} <= {(402, "budget_spent")}
        stored = dict(asked(tmp_path, "SELECT id, coalesce(error_code, status) FROM articles"))
        assert stored.keys() == set(jobs)
        assert set(stored.values()) <= {"completed", "budget_spent"}
        assert "budget_spent" in stored.values()
        assert LIMIT / 2 < max(most) <= LIMIT
        assert asked(tmp_path, "SELECT * FROM reservations") == []

        failed = next(job for job, how in stored.items() if how == "budget_spent")
        client.headers |= writer
        end = (await server.watch(failed)).end
        assert isinstance(end, Error)
        assert (end.code, end.params) == ("budget_spent", {"reason": "key"})
        assert await _goes_on(client, failed, ada.id, admin)
        assert isinstance((await server.watch(failed)).end, Done)
    [counted], [articles], [stages] = (
        asked(tmp_path, f"SELECT sum(prompt_tokens), sum(completion_tokens) FROM {table}")
        for table in ("usage", "article_usage", "stage_runs")
    )
    assert counted == articles == stages


async def _watched(folder: Path, most: list[int], who: str) -> None:
    for _ in range(50):
        most.append(asked(folder, GONE, key=who)[0][0])
        await asyncio.sleep(0)


async def _goes_on(client: httpx2.AsyncClient, job: str, key_id: str, admin: dict[str, str]) -> bool:
    """After its budget was raised."""
    raised = await client.patch(f"/keys/{key_id}", json={"tokens_per_month": None}, headers=admin)
    assert raised.json()["tokens_per_month"] is None
    return (await client.post(f"/articles/{job}/retry")).status_code == 202


async def test_what_a_killed_server_had_put_aside_is_taken_back_and_its_article_goes_on(tmp_path: Path) -> None:
    ada, writer = await key(tmp_path, "Ada", tokens_per_month=LIMIT)
    async with opened(tmp_path, PRESSROOM_DEMO_TOKENS_PER_SECOND="20") as server:
        server.client.headers |= writer
        job = await server.start_job()
        async with asyncio.timeout(60):
            while not (before := asked(tmp_path, "SELECT id, tokens FROM reservations")):
                await asyncio.sleep(0.01)
        assert (await server.client.get("/usage")).json()["month"]["tokens"] == 0
        await server.kill()
    assert asked(tmp_path, "SELECT id, tokens FROM reservations") == before
    async with opened(tmp_path) as server:
        server.client.headers |= writer
        assert not {*asked(tmp_path, "SELECT id, tokens FROM reservations")} & {*before}
        assert isinstance((await server.watch(job)).end, Done)
        assert asked(tmp_path, "SELECT * FROM reservations") == []
        await _tells(server, ada)
        await _refuses(server, tmp_path, ada)


async def _tells(server: Server, ada: Key) -> None:
    """/usage, of all kinds."""
    today = datetime.now(UTC).date().isoformat()
    told: dict[str, Any] = {by: await server.get(f"/usage?by={by}") for by in ("day", "key", "model", "stage")}
    names = {by: {(row["name"], row["label"]) for row in answer["rows"]} for by, answer in told.items()}
    assert names["day"] == {(today, today)}
    assert names["key"] == {(ada.id, "Ada")}
    assert names["model"] == {("pressroom-demo", "pressroom-demo")}
    assert names["stage"] == {("outline", "Outline"), ("content", "Sections"), ("style", "Editing")}
    for answer in told.values():
        rows = answer["rows"]
        assert sum(row["prompt_tokens"] + row["completion_tokens"] for row in rows) == answer["month"]["tokens"]
        assert {row["cost"] for row in rows} == {None}
    assert (await server.get("/usage?since=2020-01-01&until=2020-02-01"))["rows"] == []
    wrong = await server.client.get("/usage?since=today")
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "input.not_a_date")


async def _refuses(server: Server, folder: Path, ada: Key) -> None:
    """Whatever asks the model, once nothing is left."""
    with closing(sqlite3.connect(folder / FILE)) as database, database:
        database.execute("UPDATE keys SET tokens_per_month = 1 WHERE id = ?", [ada.id])
    client = server.client
    job = (await server.get("/articles/"))["articles"][0]["id"]
    passage = {"version": 1, "start": 0, "passage": "# Bees", "action": "fix"}
    for path, body in {
        "/start-job": {"topic": "Ants"},
        "/articles/create": {"topic": "Ants"},
        f"/articles/{job}/sections/1/rewrite": {"version": 1, "instruction": "Shorter."},
        f"/articles/{job}/passages/revise": passage,
        f"/articles/{job}/renewals/seo": {"version": 0},
    }.items():
        answer = await client.post(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (402, "budget_spent"), path
        assert answer.json()["params"] == {"reason": "key"}
    headers = {"Authorization": client.headers["Authorization"]}
    async with websockets.connect(f"{server.url.replace('http', 'ws')}/ws", additional_headers=headers) as socket:
        talk = Client(socket)
        await talk.say("Bees?")
        assert (await talk.until("error"))["code"] == "budget_spent"
    assert (await server.get("/conversations/"))["conversations"] == []  # nothing was asked
