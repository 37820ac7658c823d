"""When the audit log is written, what is counted in it, and when it goes."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.access import audit as auditing
from service.access.audit import ADDRESSES, COMMAND_LINE, MANY, Audit
from service.core.audit import Entry
from service.core.caller import Caller
from service.core.errors import StoreBusy
from service.store.audit import AuditLog
from tests import postgres
from tests.postgres import KINDS

ADA = Caller("bees", "writer", "Ada", "key-1", address="192.0.2.7")


@pytest.fixture(params=KINDS)
async def log(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[AuditLog]:
    with postgres.database(request.param, tmp_path) as database:
        yield AuditLog(database)


async def all_of(log: AuditLog, workspace: str = "bees") -> list[Entry]:
    return await log.page(workspace, before=None, limit=1_000)


async def waits(log: AuditLog, many: int) -> None:
    async with asyncio.timeout(60):
        while len(await all_of(log)) < many:
            await asyncio.sleep(0.01)


@asynccontextmanager
async def served(audit: Audit) -> AsyncGenerator[None]:
    serving = asyncio.create_task(audit.serve())
    await asyncio.sleep(0)
    try:
        yield
    finally:
        serving.cancel()
        await asyncio.wait([serving])


@pytest.fixture
def at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands in the middle of a minute."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2026, 11, 26, 12, 0, 30, tzinfo=tz)

    monkeypatch.setattr(auditing, "datetime", Clock)


async def test_what_is_noted_is_written_soon_and_at_the_end(log: AuditLog) -> None:
    audit = Audit(log, days=90)
    async with served(audit):
        audit.note(ADA, "article_edited", "article-1", version=2, reason="edited")
        await waits(log, 1)
        audit.note(ADA, "article_deleted", "article-1")
    last, first = await all_of(log)
    assert (first.actor, first.key, first.address) == ("Ada", "key-1", "192.0.2.7")
    assert (first.action, first.target, first.details) == (
        "article_edited", "article-1", {"version": 2, "reason": "edited"},
    )  # fmt: skip
    assert datetime.now(UTC) - first.at < timedelta(minutes=5)
    assert (last.action, last.details, last.count) == ("article_deleted", {}, 1)
    assert await all_of(log, "wasps") == []


async def test_what_waits_for_another_transaction_at_the_end_is_written_too(log: AuditLog) -> None:
    audit, begun, goes_on = Audit(log, days=90), threading.Event(), threading.Event()

    def holds(_: object) -> None:
        begun.set()
        goes_on.wait(60)

    holding = asyncio.create_task(log._database.write(holds))
    await asyncio.to_thread(begun.wait, 60)
    audit.note(ADA, "article_deleted", "article-1")
    serving = asyncio.create_task(audit.serve())
    while audit._waiting or not serving.cancel():
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    goes_on.set()
    await asyncio.wait([serving, holding])
    assert [entry.target for entry in await all_of(log)] == ["article-1"]


async def test_what_changes_who_gets_in_is_written_at_once_with_what_came_before(log: AuditLog) -> None:
    audit = Audit(log, days=90)
    audit.note(ADA, "article_deleted", "article-1")
    await audit.write(ADA, "key_revoked", "key-1")
    assert [entry.action for entry in await all_of(log)] == ["key_revoked", "article_deleted"]


@pytest.mark.usefixtures("at_noon")
async def test_failures_of_one_minute_are_one_entry_for_an_address(log: AuditLog) -> None:
    audit = Audit(log, days=90)
    for _ in range(3):
        audit.failed("192.0.2.1")
        audit.failed("192.0.2.2")
        audit.note(ADA, "limit_hit", limit="rate")
        await audit._flush()
        audit.failed("192.0.2.1")
        audit.note(ADA, "article_edited", "article-1")
    await audit._flush()
    nobodys = await all_of(log, auditing.NOWHERE)
    assert {(entry.action, entry.actor, entry.address, entry.count) for entry in nobodys} == {
        ("sign_in_failed", "", "192.0.2.1", 6),
        ("sign_in_failed", "", "192.0.2.2", 3),
    }
    ours = await all_of(log)
    assert [(entry.details, entry.count) for entry in ours if entry.action == "limit_hit"] == [({"limit": "rate"}, 3)]
    assert len(ours) == 4


@pytest.mark.usefixtures("at_noon")
async def test_accounts_of_one_name_are_told_apart_and_are_neither_a_key_nor_the_command_line(log: AuditLog) -> None:
    audit = Audit(log, days=90)
    callers = [Caller("bees", "admin", COMMAND_LINE, subject=subject, address="192.0.2.7") for subject in "ab"]
    callers += [replace(ADA, name=COMMAND_LINE), Caller("bees", "admin", COMMAND_LINE)]
    for caller in callers:
        audit.note(caller, "limit_hit", limit="rate")
        audit.note(caller, "key_made", "key-2")
    await audit._flush()
    entries = await all_of(log)
    assert {entry.actor for entry in entries} == {COMMAND_LINE}
    told = [(None, "a"), (None, "b"), ("key-1", None), (None, None)]
    for action in ("limit_hit", "key_made"):
        assert [(entry.key, entry.subject) for entry in entries[::-1] if entry.action == action] == told


@pytest.mark.usefixtures("at_noon")
async def test_a_thousand_addresses_do_not_fill_the_disk(log: AuditLog) -> None:
    audit = Audit(log, days=90)
    for n in range(1_000):
        audit.failed(f"192.0.2.{n}")
    audit.failed("192.0.2.0")
    await audit._flush()
    entries = await all_of(log, auditing.NOWHERE)
    counts = {entry.address: entry.count for entry in entries}
    assert len(entries) == ADDRESSES + 1
    assert (counts["192.0.2.0"], counts[MANY]) == (2, 1_000 - ADDRESSES)


async def test_old_entries_go_and_others_stay(log: AuditLog) -> None:
    audit = Audit(log, days=7)
    audit.note(ADA, "article_edited", "new")
    [new] = audit._waiting.values()
    await log.add([replace(new, id=f"{days}", at=new.at - timedelta(days=days)) for days in (6, 8)])
    async with served(audit):
        async with asyncio.timeout(60):
            while [entry.id for entry in await all_of(log)] != ["6", new.id]:
                await asyncio.sleep(0.01)


async def test_pages_go_back_in_time(log: AuditLog) -> None:
    audit = Audit(log, days=90)
    for n in range(5):
        audit.note(ADA, "article_edited", str(n))
    await audit.write(Caller("wasps"), "article_edited", "theirs")
    first = await log.page("bees", before=None, limit=2)
    then = await log.page("bees", before=first[-1].id, limit=9)
    assert [entry.target for entry in first + then] == ["4", "3", "2", "1", "0"]


async def test_what_can_not_be_written_waits_within_limits(
    log: AuditLog, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(auditing, "SOON", 0.01)
    monkeypatch.setattr(auditing, "MOST", 3)
    add, locked = log.add, asyncio.Event()

    async def busy(entries):
        locked.set()
        raise StoreBusy

    monkeypatch.setattr(log, "add", busy)
    audit = Audit(log, days=90)
    audit.note(ADA, "article_edited", "1")
    async with served(audit):
        await asyncio.wait_for(locked.wait(), 60)
        for n in (2, 3, 4):
            audit.note(ADA, "article_edited", str(n))
        with pytest.raises(StoreBusy):
            await audit.write(ADA, "key_made", "5")
        monkeypatch.setattr(log, "add", add)
        await waits(log, 3)
    assert [entry.target for entry in await all_of(log)] == ["3", "2", "1"]
    assert "the audit log can't be written: article_edited is not noted" in caplog.text
