"""Hub without sockets: joining at any moment, falling behind, and what goes wrong."""

import asyncio
import gc
import weakref
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.access.audit import Audit
from service.access.budgets import Budgets
from service.conversations import session as session_module
from service.conversations.audience import KEPT, Ended, Failed, History, News, Started
from service.conversations.hub import Hub
from service.conversations.session import Session
from service.core.caller import LOCAL
from service.core.errors import Busy, NotFound, StoreAway
from service.core.prices import Price, Prices
from service.log.channel import Channel
from service.models.model import ANYTHING, Answer, Asked, Listener, Want
from service.store.audit import AuditLog
from service.store.conversations import ChatMessage, Conversations, Standing
from service.store.database import Database
from service.store.keys import Keys
from service.store.usage import Ledger
from tests.conversations.contract import alone
from tests.fakes import PaidModel, QueuedModel


@asynccontextmanager
async def held(folder: Path, model: QueuedModel, store: type[Conversations] = Conversations) -> AsyncGenerator[Hub]:
    async with alone(folder, model, store) as (server, _):
        yield server.hub


async def listen(session: Session, answers: int, after: int = 0) -> list[ChatMessage]:
    """What somebody holds who joined after so many turns of the loop, once so many answers have been given."""
    for _ in range(after):
        await asyncio.sleep(0)
    said: list[ChatMessage] = []
    async with asyncio.timeout(60):
        async for told in session.audience.view():
            match told:
                case History(so_far):
                    said = list(so_far)
                case Started(question, channel):
                    said = [*(one for one in said if one.number < question.number), question]
                    async for _ in channel.follow(None):
                        pass
                case Ended(answer):
                    said.append(answer)
            if len(said) == 2 * answers:
                return said
    raise AssertionError("the session has ended")


async def test_whoever_joins_at_any_moment_holds_what_is_stored(tmp_path: Path) -> None:
    async with held(tmp_path, QueuedModel(["Hello. " * 20] * 3)) as hub:
        session = await hub.enter(LOCAL, None, None)
        joining = [asyncio.create_task(listen(session, 3, after)) for after in range(0, 400, 7)]
        for n in range(3):
            await session.ask(f"Question {n}")
            await session.ended()
        everybody = await asyncio.gather(*joining)
        assert all(said == everybody[0] for said in everybody)
        assert [one.number for one in everybody[0]] == [1, 2, 3, 4, 5, 6]


class SlowStore(Conversations):
    """Has read at once what is asked for first, but is slow to tell; likewise that an answer is stored."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.has_read, self.tells_what = asyncio.Event(), asyncio.Event()
        self.has_stored, self.tells_stored = asyncio.Event(), asyncio.Event()

    async def latest(self, conversation_id: str, characters: int) -> list[ChatMessage]:
        first, said = not self.has_read.is_set(), await super().latest(conversation_id, characters)
        self.has_read.set()
        if first:
            await self.tells_what.wait()
        return said

    async def answer(self, conversation_id: str, epoch: int, answer: ChatMessage) -> None:
        await super().answer(conversation_id, epoch, answer)
        self.has_stored.set()
        await self.tells_stored.wait()


async def joined(session: Session, events: int) -> list[News]:
    view = session.audience.view()
    try:
        async with asyncio.timeout(60):
            return [await anext(view) for _ in range(events)]
    finally:
        await view.aclose()


async def test_what_happens_while_somebody_joins_is_not_missed(tmp_path: Path) -> None:
    async with held(tmp_path, QueuedModel(["Hello."]), SlowStore) as hub:
        session, store = await hub.enter(LOCAL, None, None), hub._setup.conversations
        assert isinstance(store, SlowStore)
        store.tells_stored.set()
        joining = asyncio.create_task(joined(session, 1))
        await store.has_read.wait()
        await session.ask("Question")
        await session.ended()
        store.tells_what.set()
        (history,) = await joining
        assert isinstance(history, History)
        assert [said.content for said in history.said] == ["Question", "Hello."]


class LateStore(Conversations):
    """Tells late where a conversation stood, and is away when it is first asked what was said."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.has_read, self.tells, self.away = asyncio.Event(), asyncio.Event(), True

    async def standing(self, workspace: str, conversation_id: str) -> Standing:
        try:
            return await super().standing(workspace, conversation_id)
        finally:
            self.has_read.set()
            await self.tells.wait()

    async def latest(self, conversation_id: str, characters: int) -> list[ChatMessage]:
        if self.away:
            self.away = False
            raise StoreAway(retry_after=1)
        return await super().latest(conversation_id, characters)


async def test_who_comes_while_the_store_is_away_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "AGAIN", 0.01)
    async with held(tmp_path, QueuedModel(), LateStore) as hub:
        assert await joined(await hub.enter(LOCAL, None, None), 1) == [History([])]


async def test_a_conversation_that_begins_while_it_is_looked_for_is_not_closed(tmp_path: Path) -> None:
    async with held(tmp_path, QueuedModel(["Hello."]), LateStore) as hub:
        session, store = await hub.enter(LOCAL, None, None), hub._setup.conversations
        assert isinstance(store, LateStore)
        store.away = False
        hub.changed("")
        await store.has_read.wait()
        await session.ask("Question")
        store.tells.set()
        await session.ended()
        assert not session.audience.closed
        [history] = await joined(session, 1)
        assert isinstance(history, History)
        assert [said.content for said in history.said] == ["Question", "Hello."]


async def test_an_answer_that_is_stored_but_not_told_is_not_told_twice(tmp_path: Path) -> None:
    async with held(tmp_path, QueuedModel(["Hello."]), SlowStore) as hub:
        session, store = await hub.enter(LOCAL, None, None), hub._setup.conversations
        assert isinstance(store, SlowStore)
        store.tells_what.set()
        await session.ask("Question")
        await store.has_stored.wait()
        history, started = await joined(session, 2)
        store.tells_stored.set()
        assert isinstance(history, History)
        assert isinstance(started, Started)
        assert [said.content for said in history.said] == ["Question"]


async def test_who_is_far_behind_begins_again_from_what_is_stored(tmp_path: Path) -> None:
    async with held(tmp_path, QueuedModel(["Hello."] * KEPT)) as hub:
        session = await hub.enter(LOCAL, None, None)
        view = session.audience.view()
        assert await anext(view) == History([])
        for n in range(KEPT):
            await session.ask(f"Question {n}")
            await session.ended()
        begun_again = await anext(view)
        assert isinstance(begun_again, History)
        assert len(begun_again.said) == 2 * KEPT
        await session.ask("And now?")
        assert isinstance(await anext(view), Started)
        await view.aclose()


async def test_what_everybody_was_told_is_kept_nowhere(tmp_path: Path) -> None:
    async with held(tmp_path, QueuedModel(["Hello."])) as hub:
        session = await hub.enter(LOCAL, None, None)
        channels: list[weakref.ref[Channel]] = []
        told_of_end = asyncio.Event()
        listening = asyncio.create_task(idle(session, channels, told_of_end))
        await asyncio.sleep(0)
        await session.ask("Question")
        await told_of_end.wait()
        await session.ended()
        gc.collect()
        assert [channel() for channel in channels] == [None]
        listening.cancel()


async def idle(session: Session, channels: list["weakref.ref[Channel]"], told_of_end: asyncio.Event) -> None:
    async for told in session.audience.view():
        if isinstance(told, Started):
            channels.append(weakref.ref(told.channel))
        elif isinstance(told, Ended):
            told_of_end.set()
        del told


async def test_it_is_forgotten_when_all_have_left_and_the_answer_is_given(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with held(tmp_path, QueuedModel(["Hello."], gate=gate)) as hub:
        session = await hub.enter(LOCAL, None, None)
        assert await hub.enter(LOCAL, session.id, None) is session
        await session.ask("Question")
        hub.leave(session)
        hub.leave(session)
        assert len(hub) == 1
        gate.set()
        await session.ended()
        assert len(hub) == 0
        assert (await hub.enter(LOCAL, session.id, None)).id == session.id


async def test_after_closing_nothing_is_asked_any_more(tmp_path: Path) -> None:
    model = QueuedModel()
    async with held(tmp_path, model) as hub:
        before = await hub.enter(LOCAL, None, None)
        hub.close()
        for session in (before, await hub.enter(LOCAL, None, None)):
            with pytest.raises(Busy):
                await session.ask("Question")
            assert [told async for told in session.audience.view()] == [History([])]
        assert model.asked == []


class BrokenModel(QueuedModel):
    async def ask(self, asked: Asked, listener: Listener | None = None, want: Want = ANYTHING) -> Answer:
        raise RuntimeError("not foreseen")


async def test_what_nobody_foresaw_is_told_and_the_talk_goes_on(tmp_path: Path) -> None:
    async with held(tmp_path, BrokenModel()) as hub:
        session = await hub.enter(LOCAL, None, None)
        view = session.audience.view()
        await anext(view)
        for _ in range(2):
            await session.ask("Question")
            assert isinstance(await anext(view), Started)
            failed = await anext(view)
            assert isinstance(failed, Failed)
            assert failed.why.code == "internal_error"
        await view.aclose()


async def test_only_what_was_said_can_be_deleted(tmp_path: Path) -> None:
    async with held(tmp_path, QueuedModel(["Hello."])) as hub:
        session = await hub.enter(LOCAL, None, None)
        with pytest.raises(NotFound):
            await hub.delete(LOCAL, session.id)
        await session.ask("Question")
        await session.ended()
        await hub.delete(LOCAL, session.id)
        assert session.audience.closed
        with pytest.raises(NotFound):
            await hub.enter(LOCAL, session.id, None)


async def test_an_answer_is_paid_by_who_asks(tmp_path: Path) -> None:
    async with held(tmp_path, PaidModel()) as hub:
        database = hub._setup.newsroom._store._database
        audit = Audit(AuditLog(database), 1)
        budgets = Budgets(Ledger(database), Prices(Price(), {}), audit, model="m")
        hub._setup = replace(hub._setup, purses=budgets)
        session = await hub.enter(LOCAL, None, None)
        for who in ("ada", "ben", "ben"):
            await session.ask("Bees?", who)
            await session.ended()
        today = datetime.now(UTC).date()
        rows = await budgets.ledger.rows("default", today, today, "key")
        assert [(row.name, row.usage.tokens) for row in rows] == [("ben", 10), ("ada", 5)]
        assert [row.name for row in await budgets.ledger.rows("default", today, today, "stage")] == ["chat"]
        await Keys(database).limit_workspace("default", {"tokens_per_month": 15})
        view = session.audience.view()
        await anext(view)
        await session.ask("Wasps?", "ada")
        failed = await anext(view)
        assert isinstance(failed, Failed)
        assert failed.why.code == "budget_spent"
        assert len(await hub._setup.conversations.latest(session.id, 1_000)) == 6
        await audit.write(LOCAL, "signed_out")  # and what is noted before
        [*_, noted] = await audit.store.page("default", before=None, limit=9)
        assert (noted.action, noted.details) == ("limit_hit", {"limit": "workspace-budget"})
