"""Who gets in where: every route and socket, asked by everybody who may not, and by who may only read."""

import importlib
import pkgutil
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
import pytest_asyncio
import websockets
from fastapi.routing import APIWebSocketRoute

from service import api
from service.demo import picture
from tests.closed import SECRET, made
from tests.papers import published, trusting
from tests.server import Server, serving

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="module")]

OPEN, READER, WRITER, ADMIN = "open", "reader", "writer", "admin"
TEXT = {"markdown": "x"}
EDIT = {"version": 1, "title": "x"}
PASSAGE = {"version": 1, "start": 0, "passage": "#"}
OUTLINE = {"title": "x", "sections": [{"title": "y"}]}

# Who may: anybody, or a key of at least this role. Then whether what it is about is hidden from other workspaces.
ROUTES: dict[str, tuple[str, bool, Any]] = {
    "POST /start-job": (WRITER, False, {"topic": "Ants"}),
    "POST /articles/create": (WRITER, False, {"topic": "Ants"}),
    "GET /articles/": (READER, False, None),
    "GET /articles/tags": (READER, False, None),
    "GET /articles/filters": (READER, False, None),
    "POST /articles/tags": (WRITER, False, {"ids": ["{article_id}"], "add": ["x"]}),
    "GET /articles/{article_id}/brief": (READER, True, None),
    "PATCH /briefs/{brief_id}": (WRITER, True, {"name": "x"}),
    "PUT /articles/{article_id}/tags": (WRITER, True, {"tags": []}),
    "POST /articles/delete": (WRITER, False, {"ids": ["{article_id}"]}),
    "POST /articles/export": (READER, False, {"ids": ["{article_id}"], "format": "md"}),
    "GET /articles/active/tasks": (READER, False, None),
    "GET /articles/{article_id}": (READER, True, None),
    "PATCH /articles/{article_id}": (WRITER, True, EDIT),
    "DELETE /articles/{article_id}": (WRITER, True, None),
    "POST /articles/{article_id}/retry": (WRITER, True, None),
    "POST /articles/{article_id}/outline": (WRITER, True, OUTLINE),
    "POST /articles/{article_id}/sections/{section}/rewrite": (WRITER, True, {"version": 1, "instruction": "x"}),
    "GET /articles/{article_id}/versions": (READER, True, None),
    "GET /articles/{article_id}/versions/{number}": (READER, True, None),
    "POST /articles/{article_id}/versions/{number}/restore": (WRITER, True, {"version": 1}),
    "GET /articles/{article_id}/versions/{old}/changes/{new}": (READER, True, None),
    "GET /articles/{article_id}/status": (READER, True, None),
    "POST /articles/{article_id}/cancel": (WRITER, True, None),
    "GET /articles/{article_id}/result": (READER, True, None),
    "GET /articles/{article_id}/stages": (READER, True, None),
    "GET /articles/{article_id}/image": (READER, True, None),
    "PUT /articles/{article_id}/image": (WRITER, True, None),
    "PATCH /articles/{article_id}/image": (WRITER, True, {"version": 1, "alt": "x"}),
    "DELETE /articles/{article_id}/image": (WRITER, True, None),
    "PUT /articles/{article_id}/seo": (WRITER, True, {"version": 1, "title": "x"}),
    "GET /articles/{article_id}/renewals/{stage}": (READER, True, None),
    "POST /articles/{article_id}/renewals/{stage}": (WRITER, True, {"version": 0}),
    "DELETE /articles/{article_id}/renewals/{stage}": (WRITER, True, None),
    "POST /articles/{article_id}/passages/revise": (WRITER, True, PASSAGE | {"action": "fix"}),
    "POST /articles/{article_id}/passages/replace": (WRITER, True, PASSAGE | {"text": "x"}),
    "POST /articles/{article_id}/undo": (WRITER, True, {"version": 1}),
    "POST /articles/{article_id}/redo": (WRITER, True, {"version": 1}),
    "POST /articles/{article_id}/versions/{number}/changes": (READER, True, {"content": "x"}),
    "GET /articles/{article_id}/export": (READER, True, None),
    "GET /progress/{article_id}": (READER, True, None),
    "GET /articles/{article_id}/events": (READER, True, None),
    "GET /briefs": (WRITER, False, None),
    "POST /briefs": (WRITER, False, {"name": "Ants", "brief": {"topic": "Ants"}}),
    "POST /briefs/{brief_id}/start": (WRITER, True, {}),
    "DELETE /briefs/{brief_id}": (WRITER, True, None),
    "GET /conversations/": (WRITER, False, None),
    "GET /conversations/{conversation_id}": (WRITER, True, None),
    "DELETE /conversations/{conversation_id}": (WRITER, True, None),
    "POST /preview": (READER, False, TEXT),
    "POST /articles/{article_id}/shares": (WRITER, True, {}),
    "GET /articles/{article_id}/shares": (READER, True, None),
    "DELETE /articles/{article_id}/shares/{share_id}": (WRITER, True, None),
    "GET /read/{token}": (OPEN, False, None),
    "GET /read/{token}/image": (OPEN, False, None),
    "GET /read/{token}/events": (OPEN, False, None),
    "GET /options": (READER, False, None),
    "GET /health": (READER, False, None),
    "GET /healthz": (OPEN, False, None),
    "GET /readyz": (OPEN, False, None),
    "GET /messages/{language}": (READER, False, None),
    "GET /metrics": (ADMIN, True, None),
    "GET /keys": (ADMIN, False, None),
    "POST /keys": (ADMIN, False, {"name": "x"}),
    "PATCH /keys/{key_id}": (ADMIN, True, {}),
    "GET /usage": (WRITER, False, None),
    "POST /keys/{key_id}/rotate": (ADMIN, True, None),
    "DELETE /keys/{key_id}": (ADMIN, True, None),
    "GET /accounts": (ADMIN, False, None),
    "DELETE /accounts": (ADMIN, True, None),
    "GET /audit": (ADMIN, False, None),
    "GET /session": (OPEN, False, None),
    "POST /session": (OPEN, False, {"key": "x"}),
    "DELETE /session": (OPEN, False, None),
    "POST /oidc/begin": (OPEN, False, {}),
    "GET /oidc/callback": (OPEN, False, None),
}
QUERIES = {
    "DELETE /accounts": "?subject=ada",
    "GET /articles/{article_id}/export": "?format=md",
    "PUT /articles/{article_id}/image": "?version=0",
    "DELETE /articles/{article_id}/image": "?version=0",
}
PICTURES = {"PUT /articles/{article_id}/image"}  # their body is a picture
SOCKETS = {"/ws/articles/{article_id}": READER, "/ws": WRITER}


@dataclass
class House:
    server: Server
    keys: dict[str, str]
    ids: dict[str, Any]

    async def ask(self, route: str, key: str | None) -> httpx2.Response:
        """The answer's headers, and its body if it is short: events may have no end."""
        method, path = route.split()
        body = ROUTES[route][2]
        if body is not None and "ids" in body:
            body = body | {"ids": [self.ids["article_id"]]}
        headers = {} if key is None else {"Authorization": f"Bearer {self.keys.get(key, key)}"}
        asked_for = path.format(**self.ids) + QUERIES.get(route, "")
        sent = {"content": picture.png(1)} if route in PICTURES else {"json": body}
        headers |= {"Content-Type": "image/png"} if route in PICTURES else {}
        asked = self.server.client.stream(method, asked_for, headers=headers, **sent)
        async with asked as answer:
            await answer.aread()
            return answer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[House]:
    folder = tmp_path_factory.mktemp("data")
    keys = await made(folder)
    words = {"PRESSROOM_SECRET": SECRET, "PRESSROOM_FAILED_SIGN_INS": "999999/minute"}
    async with published() as papers, serving(folder, **trusting(papers), **words) as server:
        keys["foreign token"] = papers.token(workspace="theirs")
        keys["expired token"] = papers.token(exp=1)
        client = server.client
        client.headers["Authorization"] = f"Bearer {keys['admin']}"
        job = await server.start_job("Bees")
        await server.watch(job)
        share = (await client.post(f"/articles/{job}/shares", json={})).json()
        brief = (await client.post("/briefs", json={"name": "Bees", "brief": {"topic": "Bees"}})).json()
        ids = {
            "article_id": job, "share_id": share["id"], "token": share["token"], "brief_id": brief["id"],
            "conversation_id": await talked(server, keys["admin"]), "language": "en", "section": 1, "number": 1,
            "old": 1, "new": 1, "stage": "seo", "key_id": (await client.get("/keys")).json()[0]["id"],
        }  # fmt: skip
        del client.headers["Authorization"]
        yield House(server, keys, ids)


async def talked(server: Server, key: str) -> str:
    headers = {"Authorization": f"Bearer {key}"}
    async with websockets.connect(f"{server.url.replace('http', 'ws')}/ws", additional_headers=headers) as socket:
        await socket.send('{"type": "message", "content": "Bees?"}')
        async for message in socket:
            if '"type":"end"' in str(message).replace(" ", ""):
                break
    return (await server.get("/conversations/"))["conversations"][0]["id"]


async def test_every_route_and_socket_has_its_row(house: House) -> None:
    headers = {"Authorization": f"Bearer {house.keys['reader']}"}
    document = (await house.server.client.get("/openapi.json", headers=headers)).json()
    methods = {"get", "post", "put", "patch", "delete"}
    routes = {f"{m.upper()} {path}" for path, told in document["paths"].items() for m in told.keys() & methods}
    assert routes == ROUTES.keys()
    modules = [importlib.import_module(f"service.api.{each.name}") for each in pkgutil.iter_modules(api.__path__)]
    rooms = [module.router for module in modules if hasattr(module, "router")]
    assert {r.path for room in rooms for r in room.routes if isinstance(r, APIWebSocketRoute)} == SOCKETS.keys()


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "key", [None, "expired", "revoked", "another server's", "pr_" + "x" * 46, "expired token", "x" * 9_000]
)
async def test_nobody_gets_in_without_a_valid_key(house: House, route: str, key: str | None) -> None:
    answer = await house.ask(route, key)
    if ROUTES[route][0] == OPEN:
        assert answer.status_code != 401 or route == "POST /session"
        return
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json()["code"] == "unauthorized"
    assert str(house.ids["article_id"]) not in answer.text


@pytest.mark.parametrize("route", ROUTES)
async def test_a_reader_reads(house: House, route: str) -> None:
    answer = await house.ask(route, "reader")
    if ROUTES[route][0] in (WRITER, ADMIN):
        assert answer.status_code == 403
        assert answer.json()["code"] == "forbidden"
    elif ROUTES[route][0] == READER:
        assert answer.status_code == 200 or route == "GET /articles/{article_id}/image", answer.text


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("key", ["foreign", "foreign token", "foreign admin"])
async def test_what_is_foreign_does_not_exist(house: House, route: str, key: str) -> None:
    role, hidden, _ = ROUTES[route]
    answer = await house.ask(route, key)
    if role == ADMIN and key != "foreign admin":
        assert answer.status_code == 403
    elif hidden:
        assert answer.status_code == 404, answer.text
    elif role != OPEN:
        assert answer.status_code < 400 or answer.status_code == 409, answer.text  # nothing there, or made before
        if route not in ("POST /articles/delete", "POST /articles/tags"):  # which say what is not there
            assert str(house.ids["article_id"]) not in answer.text
    assert "Bees" not in answer.text or role == OPEN


@pytest.mark.parametrize("path", SOCKETS)
@pytest.mark.parametrize(
    "key", [None, "expired", "revoked", "expired token", "reader", "foreign", "foreign token", "writer"]
)
async def test_sockets_open_for_who_may(house: House, path: str, key: str | None) -> None:
    url = house.server.url.replace("http", "ws") + path.format(**house.ids)
    headers = {} if key is None else {"Authorization": f"Bearer {house.keys[key]}"}
    expected = 401 if key in (None, "expired", "revoked", "expired token") else None
    if key == "reader" and SOCKETS[path] == WRITER:
        expected = 403
    if key in ("foreign", "foreign token") and "article_id" in path:
        expected = 404
    if expected is None:
        async with websockets.connect(url, additional_headers=headers, max_queue=None) as socket:  # else it waits
            assert await socket.recv()
        return
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(url, additional_headers=headers)
    assert refused.value.response.status_code == expected


async def test_a_link_opens_its_article_for_reading_and_nothing_else(house: House) -> None:
    client, token = house.server.client, house.ids["token"]
    for headers in ({"Authorization": f"Bearer {token}"}, {"Cookie": f"pressroom_session={token}"}):
        for path in (f"/articles/{house.ids['article_id']}", "/articles/", "/keys", f"/articles/?token={token}"):
            assert (await client.get(path, headers=headers)).status_code == 401
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for path in ("", "/image", "/events"):
            assert (await client.request(method, f"/read/{token}{path}")).status_code == 405
    for path in ("/export?format=md", "/result", "/versions", "/shares", f"/../articles/{house.ids['article_id']}"):
        assert (await client.get(f"/read/{token}{path}")).status_code in (401, 404)
    for wrong in (token[:-1], f"{token}x", token.swapcase(), "%00", "x" * 9_000):
        assert (await client.get(f"/read/{wrong}")).status_code == 404
