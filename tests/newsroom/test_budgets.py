"""What is asked of the model is paid for, counted, and stopped when a budget is spent; what was paid for is kept."""

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from service.core.brief import Brief
from service.core.caller import LOCAL, Caller
from service.core.errors import BudgetSpent
from service.core.events import Usage
from service.core.prices import Price, Prices
from service.newsroom import results
from service.newsroom.audited import Audited
from service.newsroom.revising import STAGE
from service.store.keys import Keys
from service.store.tables import reservations
from service.store.usage import By
from service.wire.events import Error
from tests.fakes import MOST, PaidModel, QueuedModel
from tests.newsroom.conftest import Desk, Opens, reached
from tests.newsroom.extras import PNG, seo_too
from tests.newsroom.test_revising import HIVE, told, wanted

PRICES = Prices(Price(), {"fake": Price(1_000_000, 2_000_000)})  # one for a token that is read, two for one written
QUICK = {"outline": 1, "content": 2, "style": 1}  # calls by stage
FULL: dict[str, Any] = {"min_words": 300}
EVER = date(2000, 1, 1), date(2100, 1, 1)


def calls(count: int) -> Usage:
    return Usage(2 * count, 3 * count, 8.0 * count)


def of_keys(desk: Desk) -> Keys:
    return Keys(desk.store._database)


async def ada(desk: Desk, **limits: float | None) -> Caller:
    key = await of_keys(desk).create("default", "Ada", "writer", "digest", "last", None, limits)
    return Caller("default", "writer", "Ada", key.id)


async def limit(desk: Desk, tokens: int | None) -> None:
    await of_keys(desk).limit_workspace("default", {"tokens_per_month": tokens})


async def used(desk: Desk, by: By = "stage", workspace: str = "default") -> dict[str, Usage]:
    """What is counted, and that nothing is put aside any more."""
    assert desk.budgets is not None
    assert await desk.store._database.read(lambda c: c.execute(reservations.select()).all()) == []
    return {row.label: row.usage for row in await desk.budgets.ledger.rows("default", *EVER, by)}


async def cost_of(desk: Desk, article_id: str) -> results.Result:
    stored = await desk.newsroom.stored(LOCAL, article_id)
    return results.of(stored, await desk.store.used(article_id, STAGE), lambda used: PRICES.cost("fake", used))


async def test_an_article_is_counted_by_stage_for_who_asked_for_it(opened: Opens) -> None:
    async with opened(PaidModel(), prices=PRICES) as desk:
        article_id = (await desk.newsroom.create(await ada(desk), Brief(topic="Bees", flow="quick"))).id
        await desk.view(article_id)
        assert await used(desk) == {stage: calls(count) for stage, count in QUICK.items()}
        assert await used(desk, "key") == {"Ada": calls(4)}
        assert await used(desk, "model") == {"fake": calls(4)}
        assert (await cost_of(desk, article_id)).cost == 32


async def test_an_article_whose_calls_had_to_end_goes_on_from_what_is_stored(opened: Opens) -> None:
    model = PaidModel(gate=asyncio.Event(), ungated=1)
    async with opened(model, prices=PRICES) as desk:
        assert desk.budgets is not None
        article_id = await desk.create()
        await reached(model, 3)
        desk.budgets.lives(0)
        async with asyncio.timeout(60):
            while model.under_way:
                await asyncio.sleep(0.005)
        assert model.gate is not None
        model.gate.set()
        desk.budgets.lives(3600)
        assert (await desk.until(article_id, "completed")).failure is None
        assert (await used(desk))["outline"] == calls(1)


async def test_where_nobody_pays_nothing_is_counted(opened: Opens) -> None:
    async with opened(PaidModel()) as desk:
        article_id = await desk.create()
        await desk.view(article_id)
        assert (await desk.store.get(article_id)).key is None
    async with opened(PaidModel(), prices=PRICES) as desk:
        assert await used(desk) == {}


async def test_nothing_is_begun_when_nothing_is_left(opened: Opens) -> None:
    model = PaidModel()
    async with opened(model, prices=PRICES) as desk:
        brief = Brief(topic="Bees", flow="quick")
        first = await desk.newsroom.create(LOCAL, brief, key="once", request="r")
        await desk.view(first.id)
        await limit(desk, 20)
        with pytest.raises(BudgetSpent, match="workspace"):
            await desk.create()
        assert (await desk.newsroom.create(LOCAL, brief, key="once", request="r")).id == first.id
        with pytest.raises(BudgetSpent):
            await desk.newsroom.rewrite(LOCAL, first.id, base=1, section=1, instruction="Shorter.")
        with pytest.raises(BudgetSpent):
            await desk.newsroom.revise(LOCAL, first.id, wanted())
        with pytest.raises(BudgetSpent):
            await desk.newsroom.renew(LOCAL, first.id, "seo", base=0)
        assert len(model.asked) == 4
        assert (await desk.newsroom.create(Caller("theirs"), brief)).workspace == "theirs"


@pytest.mark.parametrize("flow", [{}, FULL], ids=["quick", "full"])
async def test_an_article_goes_on_wherever_its_budget_was_spent_and_pays_for_nothing_twice(
    opened: Opens, flow: dict[str, Any]
) -> None:
    """The budget is raised by one call at a time."""
    model = PaidModel()
    async with opened(PaidModel(), prices=PRICES) as desk:
        article_id = await desk.create(**flow)
        await desk.view(article_id)
        whole, at_once = await desk.store.get(article_id), sum((await used(desk)).values(), Usage())
    async with opened(model, prices=PRICES) as desk:
        await limit(desk, at_once.tokens + MOST.tokens)
        article_id = await desk.create(**flow)
        for spent in range(2, 40):
            end = (await desk.view(article_id)).end
            if not isinstance(end, Error):
                break
            assert (end.code, end.retryable) == ("budget_spent", True)
            await limit(desk, at_once.tokens + MOST.tokens + 5 * spent)
            await desk.newsroom.retry(LOCAL, article_id)
        article = await desk.store.get(article_id)
        assert spent > 3
        assert (article.status, article.content) == ("completed", whole.content)
        assert len({repr(asked) for asked in model.asked}) == len(model.asked)
        assert sum((await used(desk)).values(), Usage()) == at_once + at_once
        assert (await cost_of(desk, article_id)).usage.tokens == at_once.tokens


async def test_calls_under_way_are_finished_when_a_budget_is_spent(opened: Opens) -> None:
    model = PaidModel(gate=asyncio.Event(), ungated=1)
    async with opened(model, prices=PRICES, article_tokens=5 + MOST.tokens) as desk:
        article_id = await desk.create()
        await reached(model, 2)  # one section is written, and for the other is nothing left
        assert model.gate is not None
        model.gate.set()
        article = await desk.until(article_id, "failed")
        assert article.failure is not None
        assert article.failure.sentence.params == {"reason": "article"}
        records = (await desk.newsroom.stored(LOCAL, article_id)).stage_runs
        assert sorted(record.status for record in records) == ["completed", "completed", "failed"]


async def test_passages_rewrites_and_renewals_are_paid_by_who_asks(opened: Opens) -> None:
    model = PaidModel([])
    async with opened(model, prices=PRICES) as desk:
        article_id = await desk.create()
        await desk.view(article_id)
        caller = await ada(desk, tokens_per_month=1_000)
        _, revised = await told(await desk.newsroom.revise(caller, article_id, wanted()))
        assert revised is not None
        assert (await cost_of(desk, article_id)).usage.tokens == 25
        await desk.newsroom.rewrite(caller, article_id, base=1, section=1, instruction="Shorter.")
        await desk.until(article_id, "completed")
        model.replies.append(seo_too)
        await desk.newsroom.renew(caller, article_id, "seo", base=0)
        while await desk.newsroom.renewing(caller, article_id):
            await asyncio.sleep(0.002)
        assert await used(desk, "key") == {"": calls(4), "Ada": calls(3)}
        stages = await used(desk)
        assert (stages["passage"], stages["content"], stages["seo"]) == (calls(1), calls(3), calls(1))
        await of_keys(desk).limit(None, str(caller.key), {"tokens_per_month": 15})
        with pytest.raises(BudgetSpent, match="key"):
            await desk.newsroom.renew(caller, article_id, "seo", base=1)
        assert (await desk.newsroom.retry(LOCAL, await _failed(desk, model))).key is None


async def _failed(desk: Desk, model: PaidModel) -> str:
    model.gate, model.ungated = asyncio.Event(), 0
    article_id = await desk.create()
    await desk.cancel(article_id)
    return article_id


async def test_a_stopped_revision_has_used_at_least_its_prompt(opened: Opens) -> None:
    model = PaidModel(gate=asyncio.Event(), ungated=4)
    async with opened(model, prices=PRICES) as desk:
        article_id = await desk.create()
        await desk.view(article_id)
        parts = await desk.newsroom.revise(LOCAL, article_id, wanted())
        await anext(parts)
        await parts.aclose()
        while model.under_way:
            await asyncio.sleep(0.002)
        assert desk.budgets is not None
        await desk.budgets.close()
        assert (await used(desk))["passage"] == Usage(MOST.prompt_tokens, 0, 10.0)


async def test_a_passages_tokens_are_the_articles_where_nobody_pays_too(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await desk.create()
        await desk.view(article_id)
        for _ in range(2):
            await told(await desk.newsroom.revise(LOCAL, article_id, wanted(HIVE)))
        found = await cost_of(desk, article_id)
        assert (found.usage, found.cost) == (Usage(12, 18), 48)


class PaidPainter:
    async def paint(self, prompt: str, purse: Any = None) -> bytes:
        async with purse.paying("brush", Usage(5, 50), lambda: Usage(5, 40)):
            return PNG


async def test_a_picture_is_paid_for_and_stops_an_article_that_can_not_pay(opened: Opens) -> None:
    wants: dict[str, Any] = {"min_words": 300, "include_image": True}
    async with opened(PaidModel(), prices=PRICES, painter=PaidPainter()) as desk:
        await desk.view(await desk.create(**wants))
        assert (await used(desk))["image"] == Usage(5, 40)
        assert (await used(desk, "model"))["brush"] == Usage(5, 40)
        gone = sum((await used(desk)).values(), Usage()).tokens
        await limit(desk, 2 * gone + 7)  # one picture takes more than two sections
        article = await desk.until(await desk.create(**wants), "failed")
        assert article.failure is not None
        assert (article.failure.sentence.code, article.failure.stage) == ("budget_spent", "image")
        assert article.content


async def test_a_key_writes_as_many_articles_at_once_as_it_may(opened: Opens) -> None:
    model = PaidModel(gate=asyncio.Event())
    async with opened(model, prices=PRICES, at_once=9) as desk:
        caller = await ada(desk, articles_at_once=2)
        for _ in range(5):
            await desk.newsroom.create(caller, Brief(topic="Bees", flow="quick"))
        await desk.create(topic="Ants")
        await reached(model, 3)
        assert await desk.store.counts() == {"processing": 3, "pending": 3}
        assert model.gate is not None
        model.gate.set()
        async with asyncio.timeout(60):
            while (await desk.store.counts()).get("completed") != 6:
                assert desk.queue.running <= 3
                await asyncio.sleep(0.002)


async def test_a_budget_that_stops_an_article_or_does_not_begin_one_is_noted(opened: Opens) -> None:
    async with opened(PaidModel(), prices=PRICES) as desk:
        who = await ada(desk, tokens_per_month=5 + MOST.tokens)
        brief, room = Brief(topic="Bees", flow="quick"), desk.newsroom
        person = Caller("default", "writer", "Grace", subject="grace")
        whole = await room.create(LOCAL, brief)
        await desk.view(whole.id)
        stopped = await room.create(who, brief)
        assert isinstance((await desk.view(stopped.id)).end, Error)
        await limit(desk, 5 + MOST.tokens)
        theirs = await room.create(person, brief)
        assert isinstance((await desk.view(theirs.id)).end, Error)
        await of_keys(desk).limit(None, str(who.key), {"tokens_per_month": 1})
        await limit(desk, None)
        assert desk.budgets is not None
        audit = desk.budgets._audit
        audited = Audited(audit, room._office, desk.queue, desk.conversations, room._sharing._shares)
        asked = replace(who, address="192.0.2.7")
        with pytest.raises(BudgetSpent):
            await audited.create(asked, brief)
        with pytest.raises(BudgetSpent):
            await audited.retry(asked, stopped.id)
        with pytest.raises(BudgetSpent):
            await audited.revise(asked, whole.id, wanted())
        while len(found := await audit.store.page("default", before=None, limit=9)) < 5:
            await audit.write(LOCAL, "signed_out")
            await asyncio.sleep(0.01)
        hit = [entry for entry in found[::-1] if entry.action == "limit_hit"]
        noted = [(e.actor, e.key, e.subject, e.target, e.address, e.details) for e in hit]
        of_key, of_workspace = {"limit": "key-budget"}, {"limit": "workspace-budget"}
        assert noted == [
            ("Ada", who.key, None, stopped.id, "", of_key),
            ("", None, "grace", theirs.id, "", of_workspace),
            ("Ada", who.key, None, None, "192.0.2.7", of_key),
            ("Ada", who.key, None, stopped.id, "192.0.2.7", of_key),
            ("Ada", who.key, None, whole.id, "", of_key),
        ]
