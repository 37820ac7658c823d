"""A server on which one has to sign in, and keys of every kind to it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.access.gate import Gate
from service.store.keys import Keys
from service.store.sqlite import SQLite
from tests.migrated import prepare
from tests.server import Server, serving

SECRET = "a secret that is not told to anybody"
AUTH = {"PRESSROOM_AUTH": "on", "PRESSROOM_SECRET": SECRET}


@asynccontextmanager
async def closed(folder: Path, **environment: str) -> AsyncGenerator[tuple[Server, dict[str, str]]]:
    keys = await made(folder)
    async with serving(folder, **AUTH, **environment) as server:
        yield server, keys


async def made(folder: Path) -> dict[str, str]:
    """Keys of every kind."""
    database = SQLite(prepare(folder))
    gate, other = (Gate(Keys(database), secret.encode()) for secret in (SECRET, "another server's"))
    keys = {role: (await gate.create("default", role, role, None))[1] for role in ("admin", "writer", "reader")}
    keys["foreign"] = (await gate.create("theirs", "foreign", "writer", None))[1]
    keys["foreign admin"] = (await gate.create("theirs", "foreign admin", "admin", None))[1]
    keys["expired"] = (await gate.create("default", "expired", "admin", datetime.now(UTC) - timedelta(1)))[1]
    revoked, keys["revoked"] = await gate.create("default", "revoked", "admin", None)
    await gate.store.revoke("default", revoked.id)
    keys["another server's"] = (await other.create("default", "other", "admin", None))[1]
    database.close()
    return keys
