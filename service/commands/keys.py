"""`pressroom keys`: makes, lists, ends and renews keys, also beside a running server."""

import argparse
import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from service import logs, settings, stored
from service.access.audit import COMMAND_LINE, Audit, limit_details
from service.access.gate import Gate
from service.core.caller import Caller
from service.core.errors import Conflict, NotFound, SettingsError
from service.core.key import Key, clean_name, clean_workspace, expiry
from service.core.rate import rate
from service.core.sentences import Unfit
from service.store.audit import AuditLog
from service.store.keys import Keys

Given = TypeVar("Given")
Fitting = TypeVar("Fitting")


def run(arguments: argparse.Namespace) -> int:
    logs.setup("readable", "error")
    loaded = settings.load()
    database = stored.opened(loaded)
    try:
        gate = Gate(Keys(database), stored.secret(loaded))
        asyncio.run(TASKS[arguments.task](gate, Audit(AuditLog(database), loaded.audit_days), arguments))
    except NotFound:
        raise SettingsError("no_such_key", id=arguments.id) from None
    except Conflict as error:
        raise SettingsError("word", name=arguments.id, why=error.sentence) from None
    finally:
        database.close()
    return 0


async def _create(gate: Gate, audit: Audit, arguments: argparse.Namespace) -> None:
    name, expires_at = _fit("name", clean_name, arguments.name), _fit("--expires", expiry, arguments.expires)
    workspace = _fit("--workspace", clean_workspace, arguments.workspace)
    key, text = await gate.create(workspace, name, arguments.role, expires_at, **_limits(arguments))
    await audit.write(_here(key), "key_made", key.id, name=key.name, role=key.role)
    print(text)


async def _list(gate: Gate, audit: Audit, arguments: argparse.Namespace) -> None:
    for key in await gate.store.all(arguments.workspace):
        words = key.id, f"…{key.last_four}", f"{key.role:6}", key.workspace, key.name, _state(key), *_limited(key)
        print("  ".join(words))


async def _revoke(gate: Gate, audit: Audit, arguments: argparse.Namespace) -> None:
    key = await gate.revoke(None, arguments.id)
    if key is not None:
        await audit.write(_here(key), "key_revoked", key.id, name=key.name)


async def _limit(gate: Gate, audit: Audit, arguments: argparse.Namespace) -> None:
    limits = _changed(arguments)
    key = await gate.store.limit(None, arguments.id, limits)
    await audit.write(_here(key), "key_limited", key.id, name=key.name, **limit_details(limits))


async def _limit_workspace(gate: Gate, audit: Audit, arguments: argparse.Namespace) -> None:
    limits = _changed(arguments)
    if not await gate.store.limit_workspace(arguments.workspace, limits):
        raise SettingsError("no_such_workspace", workspace=arguments.workspace)
    await audit.write(
        Caller(arguments.workspace, "admin", COMMAND_LINE), "workspace_limited", None, **limit_details(limits)
    )


async def _rotate(gate: Gate, audit: Audit, arguments: argparse.Namespace) -> None:
    key, text = await gate.rotate(None, arguments.id)
    await audit.write(_here(key), "key_rotated", key.id, name=key.name)
    print(text)


def _limits(arguments: argparse.Namespace) -> dict[str, Any]:
    """Those that are named."""
    limits = {name: getattr(arguments, name) for name in LIMITS if hasattr(arguments, name)}
    if "rate" in limits:
        limits["rate"] = None if limits["rate"] == "none" else _fit("--rate", rate, limits["rate"])
    return limits


def _changed(arguments: argparse.Namespace) -> dict[str, Any]:
    """Those that are named, of which there is one at least."""
    if not (limits := _limits(arguments)):
        raise SettingsError("no_limit")
    return limits


def _fit(name: str, check: Callable[[Given], Fitting], given: Given) -> Fitting:
    """What is given for the argument, once it is checked."""
    try:
        return check(given)
    except Unfit as error:
        raise SettingsError("word", name=name, why=error.sentence) from None


def _here(key: Key) -> Caller:
    """Who works on the command line, in the key's workspace."""
    return Caller(key.workspace, "admin", COMMAND_LINE)


def _state(key: Key) -> str:
    if key.revoked_at is not None:
        return f"revoked {key.revoked_at:%Y-%m-%d}"
    if not key.valid(datetime.now(UTC)):
        return f"expired {key.expires_at:%Y-%m-%d}"
    used = "never used" if key.used_at is None else f"used {key.used_at:%Y-%m-%d}"
    return used if key.expires_at is None else f"{used}, expires {key.expires_at:%Y-%m-%d}"


def _limited(key: Key) -> list[str]:
    """The limits that it has."""
    limits = {name: getattr(key, name) for name in LIMITS}
    return [said.format(limits[name]) for name, said in LIMITS.items() if limits[name] is not None]


LIMITS = {
    "rate": "{}",
    "tokens_per_month": "{} tokens/month",
    "cost_per_month": "cost {}/month",
    "articles_at_once": "articles at once: {}",
}
TASKS = {
    "create": _create,
    "list": _list,
    "limit": _limit,
    "limit-workspace": _limit_workspace,
    "revoke": _revoke,
    "rotate": _rotate,
}
