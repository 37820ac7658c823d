"""Where nobody has to sign in, there is nothing to sign in to, and nothing is noted of anybody."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.server import serving

pytestmark = pytest.mark.process
NOT_HERE = (
    "GET /keys",
    "GET /accounts",
    "DELETE /accounts?subject=x",
    "GET /audit",
    "GET /usage",
    "POST /session",
    "POST /oidc/begin",
    "GET /oidc/callback",
)
NOBODY = {
    "needed": False,
    "name": None,
    "workspace": "default",
    "role": "admin",
    "issuer": None,
    "sign_out_url": None,
}


async def test_where_nobody_has_to_sign_in_nothing_is_noted(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        assert await server.get("/session") == NOBODY
        await server.watch(await server.start_job())
        for operation in NOT_HERE:
            method, _, path = operation.partition(" ")
            body = {"key": "x"} if method == "POST" else None
            answer = await server.client.request(method, path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), operation
        assert (await server.client.delete("/session")).status_code == 204
        await server.terminate()
    with closing(sqlite3.connect(tmp_path / "pressroom.db")) as database:
        for table in ("audit", "usage"):
            assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
