"""What people in a conversation see of each other, wherever they are and wherever an answer is written."""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest

from service.conversations.audience import Ended, Failed, History, Proposed, Started
from service.conversations.session import Session
from service.core.caller import LOCAL
from service.core.errors import Busy, Conflict, NotFound
from service.core.model_errors import ModelUnavailable
from tests.conversations.contract import HUBS, PATIENCE, Person, Server, comes, talk
from tests.fakes import QueuedModel
from tests.store.contract import finished, outcomes

LONG = "Bees live in hives. " * 20
HALF = LONG[: len(LONG) // 2]
CHANGE = "Shorter.\n\n```yaml\nsection: 1\ntext: |\n  ## Hive\n\n  Wax.\n```\n"


class Opened(Protocol):
    def __call__(self, model: QueuedModel) -> AbstractAsyncContextManager[tuple[Server, Server]]: ...


@pytest.fixture(params=["in process", pytest.param("shared", marks=pytest.mark.process)])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    def opened(model: QueuedModel) -> AbstractAsyncContextManager[tuple[Server, Server]]:
        return HUBS[request.param](tmp_path, model)

    return opened


def gated(*replies: str | ModelUnavailable) -> QueuedModel:
    """A model that answers once, and then up to the half until it is let go on."""
    return QueuedModel(["Yes.", *replies], gate=asyncio.Event(), ungated=1)


async def test_people_see_each_others_questions_and_answers(opened: Opened) -> None:
    async with opened(QueuedModel(["Yes.", "No.", "Perhaps."])) as (here, there):
        ada, ben = await talk(here, there)
        await ada.ask("Wasps?")
        for person in (ada, ben):
            await person.has("Bees?", "Yes.", "Wasps?", "No.")
        await ben.ask("Ants?")
        for person in (ada, ben):
            await person.has("Bees?", "Yes.", "Wasps?", "No.", "Ants?", "Perhaps.")
        assert ada.said == ben.said == await here.store.conversations.latest(ada.session.id, 1_000)


async def test_an_answer_is_seen_while_it_is_written(opened: Opened) -> None:
    model = gated(LONG)
    async with opened(model) as (here, there):
        ada, ben = await talk(here, there)
        await ada.ask("Wasps?")
        late = await comes(there, ada.session.id)
        for person in (ada, ben, late):
            await person.until(lambda person=person: person.text == HALF)
            assert [one.content for one in person.said] == ["Bees?", "Yes.", "Wasps?"]
        assert model.gate is not None
        model.gate.set()
        for person in (ada, ben, late):
            await person.has("Bees?", "Yes.", "Wasps?", LONG.strip())
        assert [type(told) for told in ben.news] == [History, Started, Ended]


async def test_an_answer_is_stopped_anywhere(opened: Opened) -> None:
    async with opened(gated(LONG)) as (here, there):
        ada, ben = await talk(here, there)
        await ada.ask("Wasps?")
        await ben.until(lambda: ben.text == HALF)
        await ben.session.stop()
        for person in (ada, ben):
            await person.has("Bees?", "Yes.", "Wasps?", HALF)
            ended = await person.sees(Ended)
            assert isinstance(ended, Ended)
            assert ended.answer.stopped
        assert here.model.under_way == 0


async def test_why_there_is_no_answer_is_told_everywhere(opened: Opened) -> None:
    async with opened(QueuedModel(["Yes.", ModelUnavailable("status", status=500), "No."])) as (here, there):
        ada, ben = await talk(here, there)
        await ada.ask("Wasps?")
        failed = [await person.sees(Failed) for person in (ada, ben)]
        assert failed[0] == failed[1]
        assert isinstance(failed[0], Failed)
        assert (failed[0].why.code, failed[0].why.params["status"]) == ("model_unavailable", 500)
        await ben.session.ask_again()
        for person in (ada, ben):
            await person.has("Bees?", "Yes.", "Wasps?", "No.")


async def test_one_answer_is_written_at_a_time(opened: Opened) -> None:
    model = gated(LONG)
    async with opened(model) as (here, there):
        ada, ben = await talk(here, there)
        await ada.ask("Wasps?")
        await ben.sees(Started)
        for person in (ada, ben):
            with pytest.raises(Busy):
                await person.ask("And now?")
            with pytest.raises(Busy):
                await person.session.ask_again()
        assert model.gate is not None
        model.gate.set()
        await ben.has("Bees?", "Yes.", "Wasps?", LONG.strip())
        await ben.ask("And now?")


async def test_of_several_who_ask_at_once_one_is_answered(opened: Opened) -> None:
    model = gated(*["Yes."] * 8)
    gate = model.gate = asyncio.Event()
    async with opened(model) as (here, there):
        ada, ben = await talk(here, there)
        for n in range(8):
            gate.clear()
            begun, refused = await outcomes(*(_asked(person, f"{n}?") for person in (ada, ben)))
            assert len(begun) == 1
            assert [type(error) for error in refused] == [Busy]
            gate.set()
            said = [word for each in range(n + 1) for word in (f"{each}?", "Yes.")]
            for person in (ada, ben):
                await person.has("Bees?", "Yes.", *said)
        assert here.model.most_under_way == 1


async def _asked(person: Person, question: str) -> None:
    await person.session.ask(question)


async def test_it_is_asked_again_anywhere(opened: Opened) -> None:
    async with opened(QueuedModel(["Yes.", "No."])) as (here, there):
        ada, ben = await talk(here, there)
        await ben.session.ask_again()
        for person in (ada, ben):
            await person.has("Bees?", "No.")


async def test_a_proposal_is_seen_and_applied_anywhere(opened: Opened) -> None:
    async with opened(QueuedModel(["Yes.", CHANGE])) as (here, there):
        article = await finished(here.store)
        ada, ben = await talk(here, there, article.id)
        assert ben.session.article_id == article.id
        await ada.ask("Shorter?")
        made = await ben.sees(Proposed)
        assert await ada.sees(Proposed) == made
        assert isinstance(made, Proposed)
        await ben.session.apply(LOCAL, made.proposal.id)
        for person in (ada, ben):
            assert await person.sees(Proposed, 2) == replace(made, applied=2)
        with pytest.raises(Conflict):
            await ada.session.apply(LOCAL, made.proposal.id)
        late = await comes(there, ada.session.id)
        assert late.said[-1].applied_version == 2
        assert [len(person.of(Proposed)) for person in (ada, ben, late)] == [2, 2, 0]


async def test_a_conversation_is_deleted_anywhere_also_while_there_is_an_answer(opened: Opened) -> None:
    async with opened(gated(LONG)) as (here, there):
        ada, ben = await talk(here, there)
        await ada.ask("Wasps?")
        await ben.until(lambda: ben.text == HALF)
        await there.hub.delete(LOCAL, ben.session.id)
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(ada.listening, ben.listening)
        await ada.session.ended()
        for at in (here, there):
            with pytest.raises(NotFound):
                await at.store.conversations.get("default", ada.session.id)
        with pytest.raises(Busy):
            await ada.ask("Still there?")
        assert here.model.under_way == 0


async def test_who_joins_at_any_moment_holds_what_is_stored(opened: Opened) -> None:
    async with opened(QueuedModel(["Hello. " * 20] * 4)) as (here, there):
        ada, ben = await talk(here, there)
        joining = [asyncio.create_task(_joined(at, ada.session, n)) for n in range(20) for at in (here, there)]
        for n, person in enumerate((ada, ben, ada), 1):
            await person.ask(f"Question {n}")
            for each in (ada, ben):
                await each.until(lambda each=each, n=n: len(each.said) == 2 + 2 * n)
        for person in await asyncio.gather(*joining):
            await person.until(lambda person=person: person.said == ada.said)


async def _joined(at: Server, session: Session, turn: int) -> Person:
    for _ in range(turn):
        await asyncio.sleep(0.002)
    return await comes(at, session.id)
