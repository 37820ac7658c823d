"""Notes who did what: at once what changes who gets in, and within a second everything else."""

import asyncio
import json
import logging
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from uuid_utils.compat import uuid7

from service.core.audit import Action, Detail, Entry
from service.core.caller import Caller
from service.core.errors import BudgetSpent, StoreError
from service.core.purse import Payer
from service.core.rate import figures
from service.logs import Trouble
from service.store.audit import AuditLog

log = logging.getLogger(__name__)

SOON = 0.5  # seconds between writes
OFTEN = 3600.0  # seconds between looks for what is too old
COUNTED: tuple[Action, ...] = "sign_in_failed", "limit_hit"  # anybody can have them noted, as often as they like
ADDRESSES = 100  # that are noted of these in a minute; what more there are is one entry
MANY = "many"
MOST = 10_000  # entries that wait for a store that can't be written
NOWHERE = "default"  # the workspace of those whose own is not known: it is that of who runs the server
COMMAND_LINE = "command-line"  # an actor without a key or an account


class Audit:
    def __init__(self, store: AuditLog, days: int) -> None:
        self.store = store
        self._kept = timedelta(days=days)
        self._waiting: dict[str, Entry] = {}
        self._minute, self._noted = 0, set[str]()
        self._trouble = Trouble(log, "what was done waits to be noted", "what was done is noted again")

    def note(self, caller: Caller, action: Action, target: str | None = None, **details: Detail) -> None:
        """Have it written within a second."""
        entry = self._counted(_entry(caller, action, target, details))
        before = self._waiting.get(name := entry.repeats or entry.id)
        if before is not None:
            self._waiting[name] = replace(before, count=before.count + 1)
        elif len(self._waiting) < MOST:
            self._waiting[name] = entry
        else:
            log.error("the audit log can't be written: %s is not noted", action)

    async def write(self, caller: Caller, action: Action, target: str | None = None, **details: Detail) -> None:
        """The same, and it is on the disk when this returns."""
        self.note(caller, action, target, **details)
        await self._flush()

    def failed(self, address: str) -> None:
        """Note that somebody has shown a key that is not valid."""
        self.note(Caller(NOWHERE, "reader", address=address), "sign_in_failed")

    def limited(self, caller: Caller, limit: str, target: str | None = None) -> None:
        """Note that somebody was refused because of a limit."""
        self.note(caller if caller.workspace else replace(caller, workspace=NOWHERE), "limit_hit", target, limit=limit)

    def spent(self, caller: Caller, error: BudgetSpent, target: str | None = None) -> None:
        """Note that somebody was refused because a budget is spent."""
        self.limited(caller, f"{error.sentence.params['reason']}-budget", target)

    async def spent_by(self, payer: Payer, error: BudgetSpent) -> None:
        """The same of who pays for a call of a model."""
        who = Caller(payer.workspace)
        if payer.key is not None:
            with self._patience():
                name = await self.store.name(payer.key)
                of_account = name is None
                who = replace(who, subject=payer.key) if of_account else replace(who, name=name, key=payer.key)
        self.spent(who, error, payer.article)

    async def serve(self) -> None:
        """Write what is noted, and remove what is too old, forever; at the end, write the rest."""
        look_at = 0.0
        try:
            while True:
                with self._patience():
                    await self._flush()
                    if (now := time.monotonic()) >= look_at:
                        await self.store.forget(datetime.now(UTC) - self._kept)
                        look_at = now + OFTEN
                await asyncio.sleep(SOON)
        finally:
            with self._patience():
                await self._flush()

    @contextmanager
    def _patience(self) -> Generator[None]:
        try:
            yield
            self._trouble.over()
        except StoreError as error:
            self._trouble.because(error)

    async def _flush(self) -> None:
        waiting, self._waiting = self._waiting, {}
        if not waiting:
            return
        adding = asyncio.create_task(self.store.add(waiting.values()))
        try:
            await asyncio.shield(adding)
        except asyncio.CancelledError:  # what has not begun yet would be lost
            await asyncio.wait([adding])
            raise
        except StoreError:
            self._waiting = waiting | self._waiting
            raise

    def _counted(self, entry: Entry) -> Entry:
        """The entry with what makes it the same as others, if those are counted."""
        if entry.action not in COUNTED:
            return entry
        minute = int(entry.at.timestamp()) // 60
        if minute != self._minute:
            self._minute, self._noted = minute, set()
        if entry.address not in self._noted and len(self._noted) >= ADDRESSES:
            entry = replace(entry, address=MANY)
        self._noted.add(entry.address)
        who = entry.key, entry.subject, entry.address
        same = minute, entry.action, entry.workspace, *who, entry.target, entry.details
        return replace(entry, repeats=json.dumps(same))


def limit_details(limits: Mapping[str, str | float | None]) -> dict[str, Detail]:
    """Limits that were set, as numbers; null: none."""
    details = dict(limits)
    if isinstance(rate := details.get("rate"), str):
        details["rate"], details["seconds"] = figures(rate)
    return details


def _entry(caller: Caller, action: Action, target: str | None, details: dict[str, Detail]) -> Entry:
    return Entry(
        id=str(uuid7()),
        workspace=caller.workspace,
        at=datetime.now(UTC),
        actor=caller.name,
        key=caller.key,
        subject=caller.subject,
        action=action,
        target=target,
        address=caller.address,
        details=details,
    )
