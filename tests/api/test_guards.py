import asyncio
import contextlib
from pathlib import Path
from types import SimpleNamespace

import httpx2
import pytest
from fastapi import FastAPI
from starlette.types import Message

from service.api import guards, problems
from service.api.gatekeeper import Gatekeeper
from service.core.errors import StoreBusy
from tests.api.test_input import is_problem
from tests.entering import entrance
from tests.server import Server, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "", "[::2]:80"])
@pytest.mark.parametrize("path", ["/", "/health", "/start-job", "/nowhere"])
async def test_a_foreign_host_name_gets_nowhere(server: Server, host: str, path: str) -> None:
    is_problem(await server.client.get(path, headers={"Host": host}), 403, "host_not_allowed")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:9", "127.0.0.1", "[::1]:8000"])
async def test_loopback_names_are_fine(server: Server, host: str) -> None:
    assert (await server.client.get("/health", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://[", "http://]/", "null", "http://127.0.0.1:1", "http://localhost", "file://"],
)
async def test_other_sites_can_not_change_anything(server: Server, origin: str) -> None:
    answer = await server.client.post("/start-job", json={"topic": "a"}, headers={"Origin": origin})
    is_problem(answer, 403, "origin_not_allowed")
    assert "access-control-allow-origin" not in answer.headers


async def test_what_is_refused_is_read_first_unless_it_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its body unread, a refusal would end the connection."""
    guarded = guards.Guards(nobody, hosts=["127.0.0.1"], origins=[], max_body=9, max_picture=9)
    headers = [(b"host", b"127.0.0.1"), (b"origin", b"null"), (b"content-length", b"2")]
    scope = {"type": "http", "method": "POST", "path": "/start-job", "headers": headers, "scheme": "http"}
    came, told = asyncio.Event(), list[str]()

    async def body() -> Message:
        await came.wait()
        told.append("read")
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def answer(message: Message) -> None:
        told.append(message["type"])

    async with asyncio.timeout(60):
        asking = asyncio.create_task(guarded(scope, body, answer))
        await asyncio.sleep(0)
        came.set()
        await asking
        assert told == ["read", "http.response.start", "http.response.body"]
        came.clear()
        monkeypatch.setattr(guards, "MOMENT", 0.01)
        await guarded(scope, body, answer)
        assert told[3:] == ["http.response.start", "http.response.body"]


async def nobody(*_: object) -> None:
    raise AssertionError("what is refused goes no further")


@pytest.mark.parametrize(
    ("scheme", "origin", "may"),
    [
        ("http", "http://press.example", True),
        ("http", "https://press.example", True),  # a proxy has taken TLS off
        ("https", "https://press.example", True),
        ("https", "http://press.example", False),  # a page that anybody on the way could have written
        ("wss", "http://press.example", False),
    ],
)
async def test_where_it_is_encrypted_its_pages_are_too(scheme: str, origin: str, may: bool) -> None:
    told = list[str]()

    async def passed(*_: object) -> None:
        told.append("passed")

    async def empty() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def answer(message: Message) -> None:
        told.append(message["type"])

    guarded = guards.Guards(passed, hosts=["press.example"], origins=[], max_body=9, max_picture=9)
    headers = [(b"host", b"press.example"), (b"origin", origin.encode())]
    kind = "websocket" if scheme == "wss" else "http"
    extensions = {"websocket.http.response": {}}
    scope = {
        "type": kind,
        "method": "POST",
        "path": "/",
        "headers": headers,
        "scheme": scheme,
        "extensions": extensions,
    }
    await guarded(scope, empty, answer)
    assert ("passed" in told) == may


async def test_our_own_page_can(server: Server) -> None:
    answer = await server.client.post("/start-job", json={"topic": "a"}, headers={"Origin": server.url})
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/", "/health", "/nowhere", "/static/nothing.js"])
async def test_every_answer_carries_its_headers(server: Server, path: str) -> None:
    headers = (await server.client.get(path, headers={"Accept": "text/html"})).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]


async def test_an_unhandled_error_tells_no_details() -> None:
    app = FastAPI()
    problems.install(app)

    @app.get("/")
    def breaks() -> None:
        raise ZeroDivisionError("secret")

    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://x") as client:
        answer = await client.get("/")
    is_problem(answer, 500, "internal_error")
    assert "secret" not in answer.text


async def test_keys_that_can_not_be_read_are_an_answer_too() -> None:
    async def busy(_: str) -> None:
        raise StoreBusy(retry_after=5)

    app = FastAPI()
    app.state.rooms = SimpleNamespace(entrance=entrance(SimpleNamespace(by_key=busy)))
    app.add_middleware(Gatekeeper)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://x") as client:
        answer = await client.get("/articles/", headers={"Authorization": "Bearer pr_any"})
    is_problem(answer, 503, "store_busy")
    assert answer.headers["Retry-After"] == "5"


async def test_the_sites_that_are_listed_may_call_and_watch(tmp_path: Path) -> None:
    origin = {"Origin": "https://app.example"}
    words = {"PRESSROOM_CORS_ORIGINS": "https://app.example", "PRESSROOM_MAX_BODY_BYTES": "1000"}
    async with serving(tmp_path, **words) as server:
        asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
        preflight = await server.client.options("/start-job", headers=origin | asked)
        assert preflight.status_code == 200
        started = await server.client.post("/start-job", json={"topic": "a"}, headers=origin)
        assert started.headers["access-control-allow-origin"] == "https://app.example"
        async with server.client.stream("GET", started.json()["events_url"], headers=origin) as stream:
            assert stream.headers["access-control-allow-origin"] == "https://app.example"
            assert b"event: done" in b"".join([part async for part in stream.aiter_raw()])
        refused = await server.client.post(
            "/start-job", json={"topic": "a"}, headers={"Origin": "https://evil.example"}
        )
        is_problem(refused, 403, "origin_not_allowed")
        # Its connection ends with it: the rest of the body is not read.
        large = await server.client.post("/start-job", json={"topic": "a" * 2_000}, headers=origin)
        is_problem(large, 413, "body_too_large")
        assert large.headers["access-control-allow-origin"] == "https://app.example"


async def test_a_path_names_its_own_methods_only(server: Server) -> None:
    assert (await server.client.options("/articles/create")).headers["allow"] == "POST"
    assert (await server.client.options("/articles/1")).headers["allow"].count(",") > 0


async def test_headers_without_an_end_are_cut_off(server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Large: ")
    with contextlib.suppress(ConnectionError):
        for _ in range(100):
            writer.write(b"x" * 10_000)
            await writer.drain()
    async with asyncio.timeout(60):
        with contextlib.suppress(ConnectionError):
            while await reader.read(65536):
                pass
    writer.close()
    assert (await server.client.get("/healthz")).status_code == 200
