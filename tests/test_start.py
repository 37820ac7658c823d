"""What a start loads. Modules are counted, not seconds: those depend on the machine."""

import asyncio
import re
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

import httpx2
import pytest

from tests.environment import inherited
from tests.migrated import prepare

pytestmark = pytest.mark.process

RENDERERS = {"markdown_it", "nh3", "typst", "docx", "babel", "rich", "pygments"}
# What only an article, a search, a migration, an export or a scrape needs.
NOT_TO_SERVE = RENDERERS | {
    "openai", "httpx2", "aiohttp", "alembic", "mako", "trafilatura", "lxml", "prometheus_client", "fastapi_offline",
    "service.demo", "service.loadtest.command", "service.terminal.command", "service.api.examples",
    "limits", "redis", "psycopg", "service.access.rates",
}  # fmt: skip
NOT_TO_HELP = NOT_TO_SERVE | {
    "asyncio", "fastapi", "starlette", "pydantic", "pydantic_settings", "uvicorn", "uvloop", "websockets", "sqlalchemy",
    "sqlite3", "pocketflow", "yaml", "sse_starlette", "service.app", "service.settings",
}  # fmt: skip
MOST_TO_HELP = 190  # 155 in November 2026, half of them Python's own
MOST_TO_SERVE = 940  # 931


async def begun(*words: str, **environment: str) -> Process:
    command = [sys.executable, "-X", "importtime", "-m", "service", *words]
    return await asyncio.create_subprocess_exec(*command, env=inherited() | environment, stdout=DEVNULL, stderr=PIPE)


def loaded(told: bytes) -> set[str]:
    return set(re.findall(r"^import time:.*\| +([\w.]+)$", told.decode(), re.MULTILINE))


def of(names: set[str], loaded: set[str]) -> set[str]:
    return {name for name in names for module in loaded if f"{module}.".startswith(f"{name}.")}


async def test_help_loads_words_only() -> None:
    process = await begun("--help")
    async with asyncio.timeout(60):
        _, told = await process.communicate()
    modules = loaded(told)
    assert "service.cli" in modules
    assert not of(NOT_TO_HELP, modules)
    assert len(modules) <= MOST_TO_HELP


async def test_a_server_is_ready_without_what_it_may_never_need(tmp_path: Path) -> None:
    prepare(tmp_path)
    process = await begun("serve", "--port", "0", PRESSROOM_DATA_DIR=str(tmp_path))
    assert process.stderr is not None
    try:
        told = b""
        async with asyncio.timeout(60), httpx2.AsyncClient() as client:
            while (at := re.search(rb"http://[\d.:]+", told)) is None:
                line = await process.stderr.readline()
                assert line, told.decode()
                told += line
            assert (await client.get(f"{at[0].decode()}/readyz")).status_code == 200
            process.terminate()
            told += await process.stderr.read()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    modules = loaded(told)
    assert "service.api.info" in modules
    assert not of(NOT_TO_SERVE, modules)
    assert len(modules) <= MOST_TO_SERVE
