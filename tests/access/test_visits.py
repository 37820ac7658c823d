"""Streams and sockets end when what let somebody in does, also if that happens elsewhere."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import update
from starlette.types import Message, Receive, Scope, Send

from service.access import gate as gates
from service.access import visits
from service.access.gate import Gate
from service.access.visits import Pass
from service.api.gatekeeper import Gatekeeper
from service.core.caller import Caller
from service.core.errors import StoreBusy
from service.store.database import Database
from service.store.keys import Keys
from service.store.tables import keys
from tests import postgres
from tests.entering import entrance
from tests.postgres import KINDS

END = {"type": "http.response.body", "body": b"", "more_body": False}


@pytest.fixture(params=KINDS)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Database]:
    with postgres.database(request.param, tmp_path) as database:
        yield database


@pytest.fixture
async def gate(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Gate]:
    monkeypatch.setattr(visits, "LOOK", 0.01)
    gate = Gate(Keys(database), b"secret")
    looking = asyncio.create_task(gate.visits.look())
    yield gate
    looking.cancel()


async def forever(scope: Scope, receive: Receive, send: Send) -> None:
    """A stream or a socket that has no end of its own."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
    else:
        await send({"type": "http.response.start", "status": 200, "headers": []})
    await asyncio.get_running_loop().create_future()


class Open:
    """What somebody has open: which messages were sent to them, and the task that ends with it."""

    def __init__(self, gate: Gate, header: tuple[bytes, bytes], kind: str = "http", app: Any = forever) -> None:
        self.sent: list[Message] = []
        self._begun = asyncio.Event()
        app_of = SimpleNamespace(state=SimpleNamespace(rooms=SimpleNamespace(entrance=entrance(gate))))
        path = "/articles/1/events"
        scope = {"type": kind, "path": path, "method": "GET", "headers": [header], "app": app_of}
        self.task = asyncio.create_task(Gatekeeper(app)(scope, self._receive, self._send))

    async def begun(self) -> "Open":
        await asyncio.wait_for(self._begun.wait(), 60)
        return self

    async def ended(self) -> list[Message]:
        await asyncio.wait_for(self.task, 60)
        return self.sent

    async def _receive(self) -> Message:
        return await asyncio.get_running_loop().create_future()

    async def _send(self, message: Message) -> None:
        self.sent.append(message)
        self._begun.set()


def bearing(text: str) -> tuple[bytes, bytes]:
    return b"authorization", f"Bearer {text}".encode()


def keeping(token: str) -> tuple[bytes, bytes]:
    return b"cookie", f"pressroom_session={token}".encode()


async def looks(gate: Gate, times: int = 3) -> None:
    """Wait until there has been a look that began after this."""
    looked, done = asyncio.Event(), gate.visits.end_invalid
    counts = [0]

    async def counting() -> None:
        await done()
        counts[0] += 1
        if counts[0] == times:
            looked.set()

    gate.visits.end_invalid = counting
    await asyncio.wait_for(looked.wait(), 60)
    gate.visits.end_invalid = done


Ending = Callable[[Gate, Keys, str, str], Awaitable[Any]]
ENDINGS: dict[str, Ending] = {
    "revoked": lambda gate, _, key, __: gate.revoke("bees", key),
    "rotated": lambda gate, _, key, __: gate.rotate(None, key),
    "revoked elsewhere": lambda _, elsewhere, key, __: elsewhere.revoke(None, key),
    "rotated elsewhere": lambda _, elsewhere, key, __: elsewhere.rotate(None, key, "another", "1234"),
}


@pytest.mark.parametrize("ending", ENDINGS)
async def test_with_a_key_what_was_opened_by_it_and_its_sessions_ends(
    gate: Gate, database: Database, ending: str
) -> None:
    key, text = await gate.create("bees", "Ada", "writer", None)
    _, other = await gate.create("bees", "Bea", "writer", None)
    _, token = await gate.sign_in(text)
    shown = [bearing(text), keeping(token)]
    ends = [await Open(gate, each, kind).begun() for each in shown for kind in ("http", "websocket")]
    stays = await Open(gate, bearing(other)).begun()
    await looks(gate)
    assert not any(each.task.done() for each in ends)
    await ENDINGS[ending](gate, Keys(database), key.id, text)
    closed = {"type": "websocket.close", "code": 1008}
    assert [(await each.ended())[-1] for each in ends] == [END, closed] * 2
    await looks(gate)
    assert not stays.task.done()
    stays.task.cancel()


async def test_a_session_that_ends_takes_along_what_is_open(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    _, text = await gate.create("bees", "Ada", "writer", None)
    (_, out), (_, stays), (_, idle) = [await gate.sign_in(text) for _ in range(3)]
    ends, goes_on, waits = [await Open(gate, keeping(each)).begun() for each in (out, stays, idle)]
    await gate.sign_out(out)
    assert (await ends.ended())[-1] == END
    await looks(gate)
    assert not goes_on.task.done()
    monkeypatch.setattr(gates, "IDLE", timedelta(0))
    assert (await waits.ended())[-1] == END
    assert (await goes_on.ended())[-1] == END


async def test_a_key_that_expires_takes_along_what_is_open(gate: Gate, database: Database) -> None:
    _, text = await gate.create("bees", "Ada", "writer", None)
    ends = await Open(gate, bearing(text)).begun()
    await database.write(lambda connection: connection.execute(update(keys).values(expires_at=datetime.now(UTC))))
    assert (await ends.ended())[-1] == END


async def test_a_token_that_expires_takes_along_what_is_open(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=0.5)

    async def by_token(_: str) -> Pass:
        return Pass(Caller("bees"), until=soon)

    monkeypatch.setattr(gate, "by_token", by_token)
    assert (await (await Open(gate, bearing("x.y.z")).begun()).ended())[-1] == END
    assert datetime.now(UTC) >= soon


async def test_what_is_short_comes_to_its_own_end(gate: Gate) -> None:
    key, text = await gate.create("bees", "Ada", "writer", None)
    go_on = asyncio.Event()

    async def short(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
        await go_on.wait()
        await send({"type": "http.response.body", "body": b"x"})

    asked = await Open(gate, bearing(text), app=short).begun()
    await gate.revoke(None, key.id)
    go_on.set()
    assert (await asked.ended())[-1]["body"] == b"x"


async def test_another_timeout_is_not_taken_for_an_end(gate: Gate) -> None:
    async def late(scope: Scope, receive: Receive, send: Send) -> None:
        raise TimeoutError

    _, text = await gate.create("bees", "Ada", "writer", None)
    with pytest.raises(TimeoutError):
        await Open(gate, bearing(text), app=late).task


async def test_a_store_that_does_not_answer_ends_nothing(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    async def busy(*_: Any) -> set[str]:
        raise StoreBusy

    key, text = await gate.create("bees", "Ada", "writer", None)
    stream = await Open(gate, bearing(text)).begun()
    with monkeypatch.context() as patched:
        patched.setattr(gate.store, "valid", busy)
        await looks(gate)
        assert not stream.task.done()
        await gate.revoke(None, key.id)
    assert (await stream.ended())[-1] == END


async def test_what_is_open_is_in_use(gate: Gate) -> None:
    _, text = await gate.create("bees", "Ada", "writer", None)
    stream = await Open(gate, bearing(text)).begun()
    await gate._note()
    first = (await gate.store.all("bees"))[0].used_at
    await looks(gate)
    await gate._note()
    later = (await gate.store.all("bees"))[0].used_at
    assert first is not None
    assert later is not None
    assert later > first
    stream.task.cancel()
