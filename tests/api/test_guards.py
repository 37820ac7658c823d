import httpx2
import pytest
from fastapi import FastAPI

from service.api import problems
from tests.api.test_input import is_problem
from tests.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "", "[::2]:80"])
@pytest.mark.parametrize("path", ["/", "/health", "/start-job", "/nowhere"])
async def test_a_foreign_host_name_gets_nowhere(server: Server, host: str, path: str) -> None:
    is_problem(await server.client.get(path, headers={"Host": host}), 403, "host_not_allowed")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:9", "127.0.0.1", "[::1]:8000"])
async def test_loopback_names_are_fine(server: Server, host: str) -> None:
    assert (await server.client.get("/health", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost", "file://"]
)
async def test_other_sites_can_not_change_anything(server: Server, origin: str) -> None:
    answer = await server.client.post("/start-job", json={"topic": "a"}, headers={"Origin": origin})
    is_problem(answer, 403, "origin_not_allowed")
    assert "access-control-allow-origin" not in answer.headers


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
