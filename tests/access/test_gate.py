"""Who a key or a session lets in, and until when."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from service.access import gate as gates
from service.access import keys
from service.access.gate import Gate
from service.access.issuer import Issuer
from service.access.sign_in import SignIns
from service.core.caller import ROLES, Caller, Role
from service.core.errors import Conflict, Forbidden, NotFound, Unauthorized
from service.store.keys import Keys
from tests import postgres
from tests.papers import Papers
from tests.postgres import KINDS


@pytest.fixture(params=KINDS)
async def gate(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Gate]:
    with postgres.database(request.param, tmp_path) as database:
        yield Gate(Keys(database), b"secret")


async def refused(gate: Gate, key: str) -> bool:
    try:
        await gate.by_key(key)
    except Unauthorized:
        return True
    return False


async def test_a_key_opens_its_workspace_until_it_is_revoked(gate: Gate) -> None:
    key, text = await gate.create("bees", "Ada", "writer", None)
    assert (await gate.by_key(text)).caller == Caller("bees", "writer", "Ada", key.id)
    with pytest.raises(NotFound):
        await gate.store.revoke("wasps", key.id)
    revoked = await gate.store.revoke("bees", key.id)
    assert revoked is not None
    assert revoked.revoked_at is not None
    assert await gate.revoke("bees", key.id) is None
    assert await gate.store.all("bees") == [revoked]
    assert await refused(gate, text)


async def test_a_key_expires(gate: Gate) -> None:
    _, late = await gate.create("bees", "Ada", "writer", datetime.now(UTC) - timedelta(seconds=1))
    _, soon = await gate.create("bees", "Ada", "writer", datetime.now(UTC) + timedelta(days=1))
    assert (await refused(gate, late), await refused(gate, soon)) == (True, False)


async def test_a_rotated_key_has_another_text_and_no_sessions(gate: Gate) -> None:
    key, before = await gate.create("bees", "Ada", "admin", None)
    _, token = await gate.sign_in(before)
    again, after = await gate.rotate("bees", key.id)
    assert (again.id, again.last_four) == (key.id, after[-4:])
    assert (await refused(gate, before), await refused(gate, after)) == (True, False)
    with pytest.raises(Unauthorized):
        await gate.by_session(token)


@pytest.mark.parametrize("ended", ["revoked", "expired"])
async def test_a_key_that_has_ended_stays_as_it_is(gate: Gate, ended: str) -> None:
    key, _ = await gate.create(
        "bees", "Ada", "writer", datetime.now(UTC) + timedelta(days=1 if ended == "revoked" else -1)
    )
    if ended == "revoked":
        await gate.revoke("bees", key.id)
    before = await gate.store.all("bees")
    with pytest.raises(Conflict) as refused:
        await gate.rotate("bees", key.id)
    assert refused.value.params == {"reason": f"key_{ended}"}
    assert await gate.store.all("bees") == before


async def test_a_session_ends_by_signing_out_with_its_key_when_idle_and_at_last(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, text = await gate.create("bees", "Ada", "reader", None)
    (caller, out), (_, stays), (_, idle) = [await gate.sign_in(text) for _ in range(3)]
    assert (await gate.by_session(stays)).caller == caller
    await gate.sign_out(out)
    monkeypatch.setattr(gates, "LONGEST", timedelta(0))
    _, over = await gate.sign_in(text)
    for token in (out, over, "never begun"):
        with pytest.raises(Unauthorized):
            await gate.by_session(token)
    with monkeypatch.context() as patched:
        patched.setattr(gates, "IDLE", timedelta(0))
        with pytest.raises(Unauthorized):
            await gate.by_session(idle)
    await gate.store.revoke("bees", key.id)
    with pytest.raises(Unauthorized):
        await gate.by_session(stays)


async def test_what_was_looked_up_is_used_again_for_a_moment_unless_it_ends(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, text = await gate.create("bees", "Ada", "writer", None)
    _, token = await gate.sign_in(text)
    looked: list[str] = []
    for name in ("find", "of_session"):
        monkeypatch.setattr(gate.store, name, counted(looked, name, getattr(gate.store, name)))
    monkeypatch.setattr(gates, "RECENT", 600)
    for _ in range(3):
        assert await gate.by_key(text)
        assert await gate.by_session(token)
        assert await refused(gate, keys.make())
    assert sorted(looked) == ["find"] * 3 + ["of_session"]  # what is not there may be made at any time
    await gate.revoke("bees", key.id)
    assert await refused(gate, text)
    with pytest.raises(Unauthorized):
        await gate.by_session(token)


def counted(looked: list[str], name: str, look_up: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def looking(*asked: Any) -> Any:
        looked.append(name)
        return await look_up(*asked)

    return looking


async def test_what_ends_while_it_is_looked_up_is_not_kept(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    key, text = await gate.create("bees", "Ada", "writer", None)
    found, goes_on = asyncio.Event(), asyncio.Event()
    find = gate.store.find

    async def slow(digest: str) -> Any:
        there = await find(digest)
        found.set()
        await goes_on.wait()
        return there

    with monkeypatch.context() as patched:
        patched.setattr(gate.store, "find", slow)
        passing = asyncio.create_task(gate.by_key(text))
        await found.wait()
        await gate.revoke("bees", key.id)
        goes_on.set()
        await asyncio.wait([passing])
    assert await refused(gate, text)


async def test_people_without_a_key_have_sessions_while_their_issuer_is_trusted(gate: Gate) -> None:
    papers = Papers()
    gate.sign_ins = SignIns(Issuer(papers.trusted(), papers.transport), b"secret")
    ada = Caller("wasps", "writer", "Ada", subject="ada")
    token, out, over = [await gate.begin_session(ada, timedelta(days)) for days in (1, 1, 0)]
    assert (await gate.by_session(token)).caller == ada
    await gate.sign_out(out)
    for ended in (out, over):
        with pytest.raises(Unauthorized):
            await gate.by_session(ended)
    gate.sign_ins = None
    with pytest.raises(Unauthorized):
        await gate.by_session(token)


async def test_who_has_an_account_is_listed_once_and_signed_out_everywhere(gate: Gate) -> None:
    papers = Papers()
    gate.sign_ins = SignIns(Issuer(papers.trusted(), papers.transport), b"secret")
    day = timedelta(days=1)
    ada, grace = (Caller("wasps", "writer", name, subject=name) for name in ("Ada", "Grace"))
    tokens = [await gate.begin_session(replace(ada, role=role), day) for role in ("admin", "reader")]
    stays = [await gate.begin_session(each, day) for each in (grace, replace(ada, workspace="bees"))]
    _, key = await gate.create("wasps", "Key", "writer", None)
    stays.append((await gate.sign_in(key))[1])
    await gate.begin_session(Caller("wasps", "writer", "Over", subject="over"), timedelta(0))
    first, second = await gate.accounts("wasps")
    assert [(each.subject, each.name, each.role) for each in (first, second)] == [
        ("Ada", "Ada", "reader"), ("Grace", "Grace", "writer"),
    ]  # fmt: skip
    assert first.begun_at < first.used_at < second.begun_at  # of both sessions
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(None) as limit:
            gate.visits.begin(await gate.by_session(tokens[0]), limit)
            assert await gate.sign_out_account("wasps", "Ada") == "Ada"
            await asyncio.sleep(1)  # what is open has ended, and with it this
    for token in tokens:
        with pytest.raises(Unauthorized):
            await gate.by_session(token)
    for token in stays:
        assert await gate.by_session(token)
    assert await gate.accounts("wasps") == [second]
    for workspace, subject in (("wasps", "Ada"), ("bees", "Grace"), ("wasps", "nobody")):
        with pytest.raises(NotFound):
            await gate.sign_out_account(workspace, subject)


async def test_uses_are_noted_now_and_then_and_at_the_end(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "NOTED", 0.01)
    _, text = await gate.create("bees", "Ada", "reader", None)
    noting = asyncio.create_task(gate.note_uses())
    await gate.by_key(text)
    async with asyncio.timeout(60):
        while (first := (await gate.store.all("bees"))[0].used_at) is None:
            await asyncio.sleep(0.01)
    monkeypatch.setattr(gates, "NOTED", 600)
    await gate.by_key(text)
    noting.cancel()
    await asyncio.wait([noting])
    used = (await gate.store.all(None))[0].used_at
    assert used is not None
    assert used > first


@pytest.mark.parametrize(("role", "may"), [("reader", 1), ("writer", 2), ("admin", 3)])
def test_each_role_may_do_what_those_before_it_may(role: Role, may: int) -> None:
    caller = Caller(role=role)
    for wanted in ROLES[:may]:
        caller.demand(wanted)
    for wanted in ROLES[may:]:
        with pytest.raises(Forbidden):
            caller.demand(wanted)
