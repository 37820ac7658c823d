"""`pressroom keys`, beside a running server."""

import asyncio
import json
import sqlite3
from asyncio.subprocess import PIPE
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import httpx2
import pytest
import websockets

from service.store.upgrade import FILE
from tests.commands import exit_code
from tests.environment import inherited
from tests.migrated import prepare
from tests.server import Server, serving
from tests.warm import pressroom

Alone = Callable[..., tuple[int | str | None, str, str]]


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Alone:
    """`pressroom keys` in this process, without a server: its exit code, output and errors."""
    monkeypatch.setenv("PRESSROOM_DATA_DIR", str(prepare(tmp_path)))

    def run(*words: str) -> tuple[int | str | None, str, str]:
        code = exit_code("keys", *words)
        return code, *capsys.readouterr()

    return run


async def keys(folder: Path, *words: str) -> tuple[int, str, str]:
    environment = inherited() | {"PRESSROOM_DATA_DIR": str(folder)}
    process = await pressroom("keys", *words, env=environment, stdout=PIPE, stderr=PIPE)
    async with asyncio.timeout(60):
        output, errors = await process.communicate()
    return process.returncode or 0, output.decode(), errors.decode()


async def status(client: httpx2.AsyncClient, key: str) -> int:
    return (await client.get("/articles/", headers={"Authorization": f"Bearer {key}"})).status_code


async def ended(client: httpx2.AsyncClient, key: str) -> None:
    """It is, within a moment: what was looked up just before is used again."""
    async with asyncio.timeout(60):
        while await status(client, key) != 401:
            await asyncio.sleep(0.05)


async def watched(server: Server, key: str) -> int | None:
    """How a socket that is opened with the key is closed."""
    headers = {"Authorization": f"Bearer {key}"}
    async with websockets.connect(f"{server.url.replace('http', 'ws')}/ws", additional_headers=headers) as socket:
        with suppress(websockets.ConnectionClosed):
            while True:
                await socket.recv()
        return socket.close_code


@pytest.mark.process
async def test_keys_are_made_listed_rotated_and_revoked_beside_a_running_server(tmp_path: Path) -> None:
    async with serving(tmp_path, PRESSROOM_AUTH="on") as server:
        code, output, errors = await keys(
            tmp_path, "create", "Ada Lovelace", "--role", "admin", "--expires", "30", "--rate", "9/day"
        )
        assert (code, errors) == (0, "")
        key = output.removesuffix("\n")
        assert await status(server.client, key) == 200
        watching = asyncio.create_task(watched(server, key))
        _, listed, _ = await keys(tmp_path, "list")
        key_id, last_four, role, workspace, *_ = listed.split()
        assert (last_four, role, workspace) == (f"…{key[-4:]}", "admin", "default")
        assert "Ada Lovelace" in listed
        assert "expires" in listed
        assert "9/day" in listed
        assert key not in listed
        _, rotated, _ = await keys(tmp_path, "rotate", key_id)
        await ended(server.client, key)
        async with asyncio.timeout(60):
            assert await watching == 1008
        assert await status(server.client, rotated.strip()) == 200
        assert (await keys(tmp_path, "revoke", key_id))[0] == 0
        await ended(server.client, rotated.strip())
        assert "revoked" in (await keys(tmp_path, "list", "--workspace", "default"))[1]
        assert (await keys(tmp_path, "list", "--workspace", "another"))[1] == ""


def test_a_key_that_is_not_there_is_said(alone: Alone) -> None:
    said = "pressroom: there is no key nobody's; `pressroom keys list` shows them\n"
    assert alone("revoke", "nobody's") == (2, "", said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Ada", "--expires", "99999999"], "--expires: must be at most 3650"),
        (["Ada", "--expires", "0"], "--expires: must be at least 1"),
        (["Ada", "--expires", "-1"], "--expires: must be at least 1"),
        ([" "], "name: must not be empty"),
        (["A\nda"], "name: must not contain control characters"),
        (["A\x1b[31mda"], "name: must not contain control characters"),
        (["A" * 101], "name: must have at most 100 characters"),
        (["Ada", "--workspace", ""], "--workspace: must not be empty"),
        (["Ada", "--workspace", "b\nees"], "--workspace: must not contain control characters"),
        (["Ada", "--workspace", "b" * 37], "--workspace: must have at most 36 characters"),
        (["Ada", "--rate", "often"], "--rate: often is not a rate such as 30/minute"),
    ],
)
def test_what_the_api_refuses_is_one_line_here(alone: Alone, words: list[str], said: str) -> None:
    assert alone("create", *words) == (2, "", f"pressroom: {said}\n")
    assert alone("list") == (0, "", "")


def test_a_name_is_kept_as_the_api_keeps_it(alone: Alone) -> None:
    assert alone("create", " Ada ", "--expires", "3650")[0] == 0
    assert "default  Ada  never used, expires" in alone("list")[1]


def test_a_key_that_is_revoked_gets_no_new_text(alone: Alone) -> None:
    alone("create", "Ada")
    key_id = alone("list")[1].split()[0]
    assert [alone("revoke", key_id) for _ in range(2)] == [(0, "", "")] * 2
    said = f"pressroom: {key_id}: this key has been revoked; make a new one\n"
    assert alone("rotate", key_id) == (2, "", said)


def test_all_limits_of_a_key_are_listed(alone: Alone) -> None:
    alone("create", "Ada", "--rate", "9/day", "--tokens-per-month", "1000000", "--articles-at-once", "2")
    alone("create", "Grace", "--cost-per-month", "12.5")
    ada, grace = alone("list")[1].splitlines()
    assert ada.endswith("  never used  9/day  1000000 tokens/month  articles at once: 2")
    assert grace.endswith("  never used  cost 12.5/month")
    assert alone("limit", ada.split()[0], "--rate", "none", "--tokens-per-month", "none")[0] == 0
    assert alone("list")[1].splitlines()[0].endswith("  never used  articles at once: 2")


def test_a_limit_has_to_be_named_and_its_workspace_has_to_be_there(alone: Alone) -> None:
    alone("create", "Ada", "--workspace", "bees")
    key_id = alone("list")[1].split()[0]
    for words in (["limit", key_id], ["limit-workspace", "bees"]):
        code, output, errors = alone(*words)
        assert (code, output) == (2, "")
        assert errors.startswith("pressroom: name a limit to change")
    assert alone("limit-workspace", "bees", "--tokens-per-month", "9") == (0, "", "")
    said = "pressroom: there is no workspace 'nosuch'; a workspace is created with its first key\n"
    assert alone("limit-workspace", "nosuch", "--tokens-per-month", "9") == (2, "", said)


def test_what_is_limited_is_noted_in_numbers(alone: Alone, tmp_path: Path) -> None:
    alone("create", "Ada")
    key_id = alone("list")[1].split()[0]
    assert alone("limit", key_id, "--rate", "2/hour", "--articles-at-once", "none") == (0, "", "")
    assert alone("limit-workspace", "default", "--cost-per-month", "1.5") == (0, "", "")
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        noted = database.execute("SELECT action, target, details FROM audit ORDER BY id").fetchall()
    assert [(action, target, json.loads(details)) for action, target, details in noted[1:]] == [
        ("key_limited", key_id, {"name": "Ada", "rate": 2, "seconds": 3600, "articles_at_once": None}),
        ("workspace_limited", None, {"cost_per_month": 1.5}),
    ]
