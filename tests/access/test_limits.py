"""What is answered to who does too much, and to whom it makes no difference."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from service.api.rooms import Rooms
from service.app import create_app
from service.core.audit import Entry
from service.core.brief import Brief
from service.core.caller import LOCAL
from service.settings import load
from service.store.articles import Articles
from tests.api.test_input import is_problem
from tests.migrated import prepare

NOTHING = "/articles/none"  # deleting it changes nothing, but it is counted


class House:
    """The whole service in this process, with its keys."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self.rooms: Rooms = app.state.rooms

    async def key(self, role: str = "writer", rate: str | None = None) -> dict[str, str]:
        assert self.rooms.entrance is not None
        _, text = await self.rooms.entrance.gate.create("default", role, role, None, rate=rate)
        return {"authorization": f"Bearer {text}"}

    def client(self, address: str = "192.0.2.1", **headers: str) -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(self.app, client=(address, 1))
        return httpx2.AsyncClient(transport=transport, base_url="http://localhost", headers=headers)


@asynccontextmanager
async def open_house(folder: Path, **settings: Any) -> AsyncGenerator[House]:
    app = create_app(load(data_dir=prepare(folder), auth=True, sweep_interval=3600, **settings))
    async with app.router.lifespan_context(app):
        yield House(app)


class Connection:
    """A stream or web socket that stays open, in plain ASGI."""

    def __init__(self, house: House, kind: str, path: str, headers: dict[str, str], address: str = "192.0.2.1") -> None:
        sent = [(b"host", b"localhost"), *((name.encode(), value.encode()) for name, value in headers.items())]
        scope: dict[str, Any] = {
            "type": kind,
            "method": "GET",
            "path": path,
            "query_string": b"",
            "headers": sent,
            "root_path": "",
        }
        scope |= {"extensions": {"websocket.http.response": {}}, "client": (address, 1), "asgi": {"version": "3.0"}}
        self.to, self.received = asyncio.Queue[Any](), asyncio.Queue[Any]()
        self.to.put_nowait({"type": "websocket.connect" if kind == "websocket" else "http.request"})
        self.task = asyncio.create_task(house.app(scope, self.to.get, self.received.put))
        self.kind = kind

    async def next(self) -> Any:
        async with asyncio.timeout(60):
            return await self.received.get()

    async def leave(self) -> None:
        self.to.put_nowait({"type": f"{self.kind}.disconnect", "code": 1000})
        with suppress(asyncio.CancelledError):
            await self.task


async def test_limited_answers_tell_what_is_left_and_refusals_when_to_go_on(tmp_path: Path) -> None:
    async with open_house(tmp_path, rate_per_workspace="4/minute") as house:
        async with house.client(**await house.key(rate="2/minute")) as client:
            for left in (1, 0):
                answer = await client.delete(NOTHING)
                assert answer.status_code == 404
                assert answer.headers["RateLimit-Policy"] == '"key";q=2;w=60, "workspace";q=4;w=60'
                told = re.fullmatch(r'"key";r=(\d+);t=(\d+), "workspace";r=(\d+);t=\d+', answer.headers["RateLimit"])
                assert told is not None
                assert (int(told[1]), int(told[3])) == (left, left + 2)
            answer = await client.delete(NOTHING)
            is_problem(answer, 429, "limit_reached")
            wait = int(answer.headers["Retry-After"])
            assert 0 < wait <= 60
            assert answer.headers["RateLimit-Policy"] == '"key";q=2;w=60'
            assert answer.headers["RateLimit"] == f'"key";r=0;t={wait}'
            assert answer.json()["params"] == {"reason": "key", "most": 2, "seconds": wait}
            for _ in range(3):
                assert (await client.get("/articles/")).status_code == 200
                answer = await client.post("/preview", json={"markdown": "x"})
                assert answer.status_code == 200
                assert "RateLimit" not in answer.headers
        async with house.client(**await house.key()) as client:
            assert [(await client.delete(NOTHING)).status_code for _ in range(3)] == [404, 404, 429]
            assert (await client.delete(NOTHING)).json()["params"]["reason"] == "workspace"


async def test_failed_sign_ins_hold_up_nobody_but_who_fails(tmp_path: Path) -> None:
    async with open_house(tmp_path, failed_sign_ins="2/minute") as house:
        key = await house.key()
        async with house.client() as client:
            for _ in range(5):  # shows nothing, so that nothing fails
                is_problem(await client.get("/articles/"), 401, "unauthorized")
            wrong = {"authorization": "Bearer pr_guessed"}
            is_problem(await client.get("/articles/", headers=wrong), 401, "unauthorized")
            is_problem(await client.post("/session", json={"key": "pr_guessed"}), 401, "unauthorized")
            for answer in (
                await client.get("/articles/", headers=wrong),
                await client.post("/session", json={"key": "pr_guessed"}),
                await client.get("/session", headers=wrong),
                await client.get("/articles/", headers={"cookie": "pressroom_session=guessed"}),
            ):
                is_problem(answer, 429, "limit_reached")
                assert answer.json()["params"]["reason"] == "sign-ins"
                assert answer.headers["RateLimit-Policy"] == '"sign-ins";q=2;w=60'
                assert int(answer.headers["Retry-After"]) > 0
            assert (await client.get("/articles/", headers=key)).status_code == 200
            valid = {"key": key["authorization"].removeprefix("Bearer ")}
            assert (await client.post("/session", json=valid)).status_code == 200
            assert (await client.get("/articles/")).status_code == 200  # by the session's cookie
            old = {"cookie": "pressroom_session=long over"}
            assert (await client.get("/", headers=old)).status_code == 200
            assert (await client.get("/session", headers=old)).json()["needed"]
        async with house.client("192.0.2.2", authorization="Bearer pr_guessed") as client:
            is_problem(await client.get("/articles/"), 401, "unauthorized")


async def test_what_is_sent_to_a_proxy_in_front_is_nothing_that_fails(tmp_path: Path) -> None:
    async with open_house(tmp_path, failed_sign_ins="1/day") as house:
        key = (await house.key())["authorization"].removeprefix("Bearer ")
        async with house.client(authorization="Basic YWRhOmFkYQ==") as client:
            for path in ("/articles/", "/session", "/"):
                assert (await client.get(path)).status_code == (401 if path == "/articles/" else 200)
            assert (await client.post("/session", json={"key": key})).status_code == 200
            assert (await client.get("/articles/")).status_code == 200
        async with house.client() as client:
            is_problem(await client.get("/articles/", headers={"authorization": "Bearer pr_x"}), 401, "unauthorized")
        assert [entry.action for entry in await noted(house)] == ["sign_in_failed", "signed_in"]


async def noted(house: House) -> list[Entry]:
    assert house.rooms.entrance is not None
    await house.rooms.entrance.audit._flush()
    return await house.rooms.entrance.audit.store.page("default", before=None, limit=99)


async def test_no_cache_keeps_what_is_answered_to_who_is_signed_in(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.client(**await house.key("admin")) as client:
        article = (await house.rooms.newsroom.create(LOCAL, Brief(topic="Bees"))).id
        await house.rooms.newsroom.cancel(LOCAL, article)
        for path in ("/keys", "/audit", "/usage", f"/articles/{article}/result", "/session", "/nowhere", "/readyz"):
            assert (await client.get(path)).headers["Cache-Control"] == "no-store", path
        for path in ("/people.html", "/static/js/people.js"):
            answer = await client.get(path, headers={"accept": "text/html"})
            assert answer.headers["Cache-Control"] == "no-cache"
            again = {"accept": "text/html", "if-none-match": answer.headers["ETag"]}
            assert (await client.get(path, headers=again)).status_code == 304
        again = {"if-none-match": (await client.get("/messages/en")).headers["ETag"]}  # of a program
        assert (await client.get("/messages/en", headers=again)).status_code == 304
        del client.headers["authorization"]
        assert (await client.get("/keys")).headers["Cache-Control"] == "no-store"


async def test_only_who_may_see_metrics_is_told_how_much_is_written(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.client() as client:
        assert (await client.get("/readyz")).json() == {"status": "ready"}
        assert (await client.get("/readyz", headers=await house.key())).json() == {"status": "ready"}
        told = (await client.get("/readyz", headers=await house.key("admin"))).json()
        assert told == {"status": "ready", "running": 0, "waiting": 0, "last_model_call": None}


async def test_nothing_is_begun_that_nobody_could_pay_for(tmp_path: Path) -> None:
    async with open_house(tmp_path, openai_base_url="http://127.0.0.1:9/v1", openai_model="x") as house:
        assert house.rooms.entrance is not None
        gate = house.rooms.entrance.gate
        _, text = await gate.create("default", "Ada", "writer", None, cost_per_month=1.0)
        async with house.client(authorization=f"Bearer {text}") as client:
            for path in ("/start-job", "/articles/create"):
                answer = await client.post(path, json={"topic": "Bees"})
                is_problem(answer, 402, "budget_spent")
                assert answer.json()["params"] == {"reason": "no_price"}
        async with house.client(**await house.key()) as client:  # whose cost has no limit
            assert (await client.post("/start-job", json={"topic": "Bees"})).status_code == 200


async def test_a_key_has_only_so_many_streams_and_sockets_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def none(*_: Any) -> list[Any]:
        return []

    monkeypatch.setattr(Articles, "claim", none)  # so that the article is not written, and its stream lasts
    async with open_house(tmp_path, streams_per_key=2) as house:
        article = (await house.rooms.newsroom.create(LOCAL, Brief(topic="Bees"))).id
        key = await house.key()
        stream = Connection(house, "http", f"/articles/{article}/events", key)
        told = dict((await stream.next())["headers"])
        assert told[b"ratelimit-policy"] == b'"streams";q=2;qu="concurrent-requests"'
        assert told[b"ratelimit"] == b'"streams";r=1'
        socket = Connection(house, "websocket", "/ws", key)
        assert (await socket.next())["type"] == "websocket.accept"
        async with house.client(**key) as client:
            answer = await client.get(f"/progress/{article}")
            is_problem(answer, 429, "limit_reached")
            assert answer.headers["RateLimit"] == '"streams";r=0'
            assert int(answer.headers["Retry-After"]) > 0
            assert (await client.get("/articles/")).status_code == 200
        refused = Connection(house, "websocket", f"/ws/articles/{article}", key)
        answer = await refused.next()
        assert (answer["type"], answer["status"]) == ("websocket.http.response.start", 429)
        assert dict(answer["headers"])[b"x-content-type-options"] == b"nosniff"
        assert json.loads((await refused.next())["body"])["code"] == "limit_reached"
        other = Connection(house, "websocket", "/ws", await house.key())
        assert (await other.next())["type"] == "websocket.accept"
        await stream.leave()
        again = Connection(house, "websocket", f"/ws/articles/{article}", key)
        assert (await again.next())["type"] == "websocket.accept"
        for each in (socket, other, again):
            await each.leave()


async def test_a_link_has_only_so_many_streams_open_from_one_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none(*_: Any) -> list[Any]:
        return []

    monkeypatch.setattr(Articles, "claim", none)  # so that the article is not written, and its streams last
    async with open_house(tmp_path, streams_per_key=2) as house:
        room = house.rooms.newsroom
        article = (await room.create(LOCAL, Brief(topic="Bees"))).id
        one, two = [f"/read/{(await room.share(LOCAL, article, days=1))[1]}/events" for _ in range(2)]
        streams = [Connection(house, "http", one, headers) for headers in ({}, await house.key())]
        for stream in streams:
            assert (await stream.next())["status"] == 200
        async with house.client() as client:
            is_problem(await client.get(one), 429, "limit_reached")
            assert (await client.get(one.removesuffix("/events"))).status_code == 200
            assert [(e.action, e.address) for e in await noted(house) if e.action == "limit_hit"] == [
                ("limit_hit", "192.0.2.1")
            ]
        streams.append(Connection(house, "http", two, {}))  # another link
        streams.append(Connection(house, "http", one, {}, "192.0.2.2"))
        for stream in streams[2:]:
            assert (await stream.next())["status"] == 200
        await streams[0].leave()
        streams[0] = Connection(house, "http", one, {})
        assert (await streams[0].next())["status"] == 200
        for stream in streams:
            await stream.leave()


async def test_too_many_messages_are_answered_as_such(tmp_path: Path) -> None:
    async with open_house(tmp_path, messages_per_key="2/minute") as house:
        socket = Connection(house, "websocket", "/ws", await house.key())
        await socket.next()
        assert json.loads((await socket.next())["text"])["type"] == "conversation"
        answers = []
        for _ in range(3):
            socket.to.put_nowait({"type": "websocket.receive", "text": '{"type": "ping"}'})
            answers.append(json.loads((await socket.next())["text"]))
        assert [each["type"] for each in answers] == ["pong", "pong", "error"]
        error = answers[-1]
        assert (error["code"], error["retryable"], error["ended"]) == ("limit_reached", True, False)
        assert error["params"]["reason"] == "messages"
        assert 0 < error["params"]["seconds"] <= 60
        assert f"{error['params']['seconds']} s" in error["message"]
        await socket.leave()


async def test_admins_make_keys_with_rates(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        async with house.client(**await house.key("admin")) as client:
            made = (await client.post("/keys", json={"name": "Ada", "rate": "1/day"})).json()
            assert made["rate"] == "1/day"
            assert [key["rate"] for key in (await client.get("/keys")).json()] == [None, "1/day"]
            for rate in ("often", "0/minute", "1/week", "1000000/second", " 1/day", "١/day"):
                is_problem(await client.post("/keys", json={"name": "x", "rate": rate}), 422, "invalid_input")
            rotated = (await client.post(f"/keys/{made['id']}/rotate")).json()
            assert rotated["rate"] == "1/day"
        async with house.client(authorization=f"Bearer {rotated['key']}") as client:
            assert [(await client.delete(NOTHING)).status_code for _ in range(2)] == [404, 429]


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_every_answer_carries_its_headers(tmp_path: Path, scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_house(tmp_path) as house:

        async def breaks(*_: Any) -> None:
            raise ZeroDivisionError

        assert house.rooms.entrance is not None
        monkeypatch.setattr(house.rooms.entrance.gate, "by_key", breaks)
        transport = httpx2.ASGITransport(house.app, raise_app_exceptions=False)
        expected = {200, 401, 403, 404, 405, 413, 500}
        async with httpx2.AsyncClient(transport=transport, base_url=f"{scheme}://localhost") as client:
            answers = [
                await client.get("/", headers={"accept": "text/html"}),
                await client.get("/static/css/base.css"),
                await client.get("/docs"),
                await client.get("/redoc"),
                await client.get("/docs-static/swagger-ui.css"),
                await client.get("/articles/"),
                await client.get("/healthz", headers={"host": "elsewhere"}),
                await client.get("/static/none.js"),
                await client.put("/healthz"),
                await client.post("/session", content=b"x" * 2_000_000),
                await client.get("/articles/", headers={"authorization": "Bearer pr_x"}),
            ]
    assert {answer.status_code for answer in answers} == expected
    for headers in (answer.headers for answer in answers):
        policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in headers["Permissions-Policy"]
        assert ("Strict-Transport-Security" in headers) == (scheme == "https")


async def test_what_was_limited_and_who_was_are_noted_in_numbers(tmp_path: Path) -> None:
    async with open_house(tmp_path, failed_sign_ins="1/minute") as house:
        assert house.rooms.entrance is not None
        audit = house.rooms.entrance.audit
        async with house.client(**await house.key("admin")) as client:
            key = (await client.post("/keys", json={"name": "Ada"})).json()["id"]
            for limits in ({"rate": "30/minute", "cost_per_month": 2.5}, {"rate": None}, {"articles_at_once": 2}):
                assert (await client.patch(f"/keys/{key}", json=limits)).status_code == 200
        async with house.client() as client:
            codes = [(await client.post("/session", json={"key": "pr_guessed"})).status_code for _ in range(3)]
        assert codes == [401, 429, 429]
        await audit.write(LOCAL, "signed_out")
        found = (await audit.store.page("default", before=None, limit=100))[::-1]
        assert [entry.details for entry in found if entry.action == "key_limited"] == [
            {"name": "Ada", "rate": 30, "seconds": 60, "cost_per_month": 2.5},
            {"name": "Ada", "rate": None},
            {"name": "Ada", "articles_at_once": 2},
        ]
        hit = [entry for entry in found if entry.action == "limit_hit"]
        assert {(entry.actor, entry.address, entry.details["limit"]) for entry in hit} == {
            ("", "192.0.2.1", "sign-ins")
        }
        assert sum(entry.count for entry in hit) == 2
