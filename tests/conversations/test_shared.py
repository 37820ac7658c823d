"""A server that answers dies, sleeps or is cut off, and another one goes on with the conversation."""

import asyncio
from collections.abc import Generator
from typing import Any

import pytest

from service.conversations import session
from service.conversations.audience import Ended, Failed, History
from service.conversations.session import LOST
from service.core.caller import LOCAL
from service.core.errors import NotFound, StoreAway
from service.store.conversations import Begun, ChatMessage, Conversations
from service.store.database import Database
from tests import postgres
from tests.conversations.contract import PATIENCE, Person, Server, comes, one_of, talk
from tests.conversations.test_contract import HALF, LONG, gated
from tests.fakes import QueuedModel
from tests.log.articles import CUT, ask, deafen
from tests.stopped import found_stopped

pytestmark = pytest.mark.process


@pytest.fixture
def url() -> Generator[str]:
    with postgres.url() as url:
        yield url


async def dies(here: Server, seen_by: Server) -> None:
    """What a process does that has seen no sign of life of another for a while."""
    await found_stopped(seen_by.store.articles, here.store.articles._database.process)


async def half_told(here: Server, there: Server) -> tuple[Person, Person]:
    ada, ben = await talk(here, there)
    await ada.ask("Wasps?")
    await ben.until(lambda: ben.text == HALF)
    return ada, ben


async def test_the_answer_of_a_process_that_has_died_can_be_asked_for_again(url: str) -> None:
    model = gated(LONG)
    async with one_of(url, model) as here, one_of(url, QueuedModel(["No."])) as there:
        ada, ben = await half_told(here, there)
        await dies(here, there)
        assert await ben.sees(Failed) == LOST
        assert [one.content for one in ben.said] == ["Bees?", "Yes.", "Wasps?"]
        late = await comes(there, ben.session.id)
        await ben.session.ask_again()
        for person in (ada, ben, late):  # also where it was being written
            await person.has("Bees?", "Yes.", "Wasps?", "No.")
        await ada.session.ended()
        assert model.under_way == 0
        assert len(await here.store.conversations.latest(ada.session.id, 1_000)) == 4


async def test_a_process_that_wakes_up_stores_its_answer_once_if_nobody_has_asked_again(url: str) -> None:
    model = gated(LONG)
    async with one_of(url, model) as here, one_of(url, model) as there:
        ada, ben = await half_told(here, there)
        await dies(here, there)
        await ben.sees(Failed)
        assert model.gate is not None
        model.gate.set()
        for person in (ada, ben):
            await person.has("Bees?", "Yes.", "Wasps?", LONG.strip())
        assert isinstance(ben.news[-1], History)


async def test_an_answer_that_comes_too_late_is_refused(url: str) -> None:
    model = gated(LONG)
    async with one_of(url, model) as here, one_of(url, QueuedModel(["No."])) as there:
        ada, ben = await half_told(here, there)
        deafen(here.hub._setup.log)  # it hears of nothing
        await dies(here, there)
        await ben.sees(Failed)
        await ben.session.ask_again()
        await ben.has("Bees?", "Yes.", "Wasps?", "No.")
        assert model.gate is not None
        model.gate.set()
        await ada.has("Bees?", "Yes.", "Wasps?", "No.")
        assert len(await here.store.conversations.latest(ada.session.id, 1_000)) == 4


async def test_what_was_not_heard_of_is_seen_when_the_connection_is_back(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.log.postgres.AGAIN", 0.5)  # the answer ends before that
    async with one_of(url, QueuedModel(["Yes.", "No."])) as here, one_of(url, QueuedModel()) as there:
        ada, ben = await talk(here, there)
        await asyncio.to_thread(ask, url, CUT)
        await ada.ask("Wasps?")
        for person in (ada, ben):
            await person.has("Bees?", "Yes.", "Wasps?", "No.")


async def test_an_answer_whose_text_was_lost_on_the_way_is_read_from_the_store(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "LATE", 0.1)
    model = gated(LONG)
    async with one_of(url, model) as here, one_of(url, model) as there:
        ada, ben = await half_told(here, there)
        log = there.hub._setup.log
        log.drop(f"{ben.session.id}.2")
        assert model.gate is not None
        model.gate.set()
        for person in (ada, ben):
            await person.has("Bees?", "Yes.", "Wasps?", LONG.strip())


async def test_what_was_stored_unheard_of_is_told_with_the_next_question(url: str) -> None:
    model = gated(LONG)
    async with one_of(url, model) as here, one_of(url, QueuedModel(["No."])) as there:
        ada, ben = await half_told(here, there)
        await dies(here, there)
        await ben.sees(Failed)
        deafen(there.hub._setup.log)
        assert model.gate is not None
        model.gate.set()
        await ada.has("Bees?", "Yes.", "Wasps?", LONG.strip())
        await ben.ask("Ants?")
        for person in (ada, ben):
            await person.has("Bees?", "Yes.", "Wasps?", LONG.strip(), "Ants?", "No.")


class Away(Conversations):
    """Can't store answers for a while."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.failing = 0

    async def answer(self, conversation_id: str, epoch: int, answer: ChatMessage) -> None:
        if self.failing:
            raise StoreAway(retry_after=1)
        await super().answer(conversation_id, epoch, answer)

    async def fail(self, conversation_id: str, epoch: int, failure: str) -> None:
        if self.failing:
            self.failing -= 1
            raise StoreAway(retry_after=1)
        await super().fail(conversation_id, epoch, failure)


async def test_who_can_not_store_an_answer_lets_others_answer_as_soon_as_that_can_be_stored(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "AGAIN", 0.05)
    model = QueuedModel(["Yes.", "Lost.", "No."])
    async with one_of(url, model, Away) as here, one_of(url, model) as there:
        ada, ben = await talk(here, there)
        said = here.store.conversations
        assert isinstance(said, Away)
        said.failing = 3
        await ada.ask("Wasps?")
        failed = await ada.sees(Failed)
        assert isinstance(failed, Failed)
        assert failed.why.code == "store_away"
        assert await ben.sees(Failed) == LOST
        await ben.session.ask_again()
        for person in (ada, ben):
            await person.has("Bees?", "Yes.", "Wasps?", "No.")


class Unheard(Conversations):
    """Stores a question, and does not hear that it was stored."""

    failing = False

    async def ask(self, *words: Any, **others: Any) -> Begun:
        begun = await super().ask(*words, **others)
        if self.failing:
            self.failing = False
            raise StoreAway(retry_after=1)
        return begun


async def test_a_question_whose_storing_was_not_heard_of_can_be_asked_again(url: str) -> None:
    model = QueuedModel(["Yes.", "No."])
    async with one_of(url, model, Unheard) as here, one_of(url, model) as there:
        ada, ben = await talk(here, there)
        said = here.store.conversations
        assert isinstance(said, Unheard)
        said.failing = True
        await ada.ask("Wasps?")
        assert await ben.sees(Failed) == LOST
        for person in (ada, ben):
            await person.has("Bees?", "Yes.", "Wasps?")
        await ben.session.ask_again()
        for person in (ada, ben):
            await person.has("Bees?", "Yes.", "Wasps?", "No.")


async def test_what_was_deleted_elsewhere_is_not_begun_again_by_a_question(url: str) -> None:
    async with one_of(url, QueuedModel()) as here, one_of(url, QueuedModel()) as there:
        ada, ben = await talk(here, there)
        deafen(here.hub._setup.log)  # it has not heard of that yet
        await there.hub.delete(LOCAL, ben.session.id)
        await ada.ask("Still there?")
        failed = await ada.sees(Failed)
        assert isinstance(failed, Failed)
        assert failed.why.code == "not_found"
        async with asyncio.timeout(PATIENCE):
            await ada.listening
        with pytest.raises(NotFound):
            await here.store.conversations.get("default", ada.session.id)


async def test_an_answer_is_stored_when_its_server_stops(url: str) -> None:
    async with one_of(url, QueuedModel()) as there:
        async with one_of(url, gated(LONG)) as here:
            _, ben = await half_told(here, there)
        ended = await ben.sees(Ended)
        assert isinstance(ended, Ended)
        assert ended.answer.stopped
        await ben.has("Bees?", "Yes.", "Wasps?", HALF)
        await ben.ask("And now?")
