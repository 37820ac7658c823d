"""`pressroom keys`: makes, lists, ends and renews keys, also beside a running server."""

import argparse
import asyncio
from datetime import UTC, datetime, timedelta

from service import settings
from service.access.gate import Gate
from service.access.secret import secret
from service.core.errors import NotFound, SettingsError
from service.core.key import Key
from service.store.database import Database
from service.store.keys import Keys
from service.store.upgrade import upgrade


def run(arguments: argparse.Namespace) -> int:
    loaded = settings.load()
    loaded.data_dir.mkdir(0o700, parents=True, exist_ok=True)
    upgrade(loaded.data_dir)
    given = None if loaded.secret is None else loaded.secret.get_secret_value()
    database = Database(loaded.data_dir)
    try:
        gate = Gate(Keys(database), secret(loaded.data_dir, given))
        asyncio.run(TASKS[arguments.task](gate, arguments))
    except NotFound:
        raise SettingsError("no_such_key", id=arguments.id) from None
    finally:
        database.close()
    return 0


async def _create(gate: Gate, arguments: argparse.Namespace) -> None:
    expires_at = None if arguments.expires is None else datetime.now(UTC) + timedelta(days=arguments.expires)
    _, text = await gate.create(arguments.workspace, arguments.name, arguments.role, expires_at)
    print(text)


async def _list(gate: Gate, arguments: argparse.Namespace) -> None:
    for key in await gate.store.all(arguments.workspace):
        print("  ".join((key.id, f"…{key.last_four}", f"{key.role:6}", key.workspace, key.name, _state(key))))


async def _revoke(gate: Gate, arguments: argparse.Namespace) -> None:
    await gate.revoke(None, arguments.id)


async def _rotate(gate: Gate, arguments: argparse.Namespace) -> None:
    _, text = await gate.rotate(None, arguments.id)
    print(text)


def _state(key: Key) -> str:
    if key.revoked_at is not None:
        return f"revoked {key.revoked_at:%Y-%m-%d}"
    if not key.valid(datetime.now(UTC)):
        return f"expired {key.expires_at:%Y-%m-%d}"
    used = "never used" if key.used_at is None else f"used {key.used_at:%Y-%m-%d}"
    return used if key.expires_at is None else f"{used}, expires {key.expires_at:%Y-%m-%d}"


TASKS = {"create": _create, "list": _list, "revoke": _revoke, "rotate": _rotate}
