"""What is spent and put aside never passes a limit, in whatever order calls begin, end, fail and are cancelled."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, update

from service.access import budgets as module
from service.access.audit import Audit
from service.access.budgets import Budgets
from service.core.errors import BudgetSpent, StoreAway, StoreBusy
from service.core.events import Usage
from service.core.model_errors import ModelTimeout
from service.core.prices import Price, Prices
from service.core.purse import Payer
from service.store import budgets as store
from service.store.articles import Articles
from service.store.audit import AuditLog
from service.store.database import Database
from service.store.keys import Keys
from service.store.postgres import Postgres
from service.store.tables import reservations, usage
from service.store.usage import LONGEST, Call, Ledger, Month
from tests import postgres
from tests.examples import examples
from tests.postgres import KINDS

PRICES = Prices(Price(1_000_000, 1_000_000), {"free": Price()})  # one for a token
TOKENS, COST, OF_KEY, OF_ARTICLE = 100, 90.0, 60, 50

begin = st.tuples(st.just("begin"), st.integers(0, 3), st.integers(1, 20))
end = st.tuples(st.sampled_from(["end", "end", "fail", "time out", "cancel"]), st.integers(0, 9), st.floats(0, 1))
steps = st.lists(st.tuples(st.one_of(begin, begin, end), st.integers(0, 3)), min_size=5, max_size=30)
ERRORS = {"fail": ValueError(), "time out": ModelTimeout()}


@pytest.fixture(params=KINDS, scope="module")  # hypothesis wants none for each test
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@asynccontextmanager
async def opened(kind: str, folder: Path) -> AsyncGenerator[tuple[Database, Budgets]]:
    with postgres.database(kind, folder) as database:
        budgets = Budgets(Ledger(database), PRICES, Audit(AuditLog(database), 1), model="m", article_tokens=OF_ARTICLE)
        try:
            yield database, budgets
        finally:
            await budgets.close()


def gone(connection: Connection, payer: Payer) -> dict[str, tuple[float, float]]:
    """Tokens and money that are spent and put aside, by whose."""
    found = {}
    for whose, queries in store.GONE.items():
        spent, reserved = (connection.execute(query, store.asked(payer)).one() for query in queries)
        found[whose] = (spent[0] or 0) + (reserved[0] or 0), (spent[1] or 0) + (reserved[1] or 0)
    return found


def demand_within(connection: Connection, payers: list[Payer]) -> None:
    for payer in payers:
        found = gone(connection, payer)
        assert found["workspace"][0] <= TOKENS
        assert found["workspace"][1] <= COST
        assert found["key"][0] <= OF_KEY
        assert found["article"][0] <= OF_ARTICLE


class Calls:
    """Calls in progress, each until it is told how to end, and what all have used."""

    def __init__(self, budgets: Budgets, payers: list[Payer]) -> None:
        self._budgets, self._payers = budgets, payers
        self._going: list[tuple[asyncio.Task[None], asyncio.Future[tuple[str, float]]]] = []
        self.used = self.begun = 0

    async def call(self, payer: Payer, size: int, told: asyncio.Future[tuple[str, float]]) -> None:
        used = 0
        async with self._budgets.purse(payer, "chat").paying("m", Usage(size, size), lambda: Usage(used)):
            self.begun += 1
            try:
                how, share = await told
            except asyncio.CancelledError:
                self.used += size  # at least its prompt
                raise
            used = int(2 * size * share)
            self.used += used or (size if how == "time out" else 0)
            if how in ERRORS:
                raise ERRORS[how]

    def begin(self, number: int, size: int) -> None:
        told = asyncio.get_running_loop().create_future()
        self._going.append((asyncio.create_task(self.call(self._payers[number], size, told)), told))

    def end(self, how: str, number: int, share: float) -> None:
        if self._going:
            task, told = self._going[number % len(self._going)]
            if how == "cancel":
                task.cancel()
            elif not told.done():
                told.set_result((how, share))

    async def close(self) -> None:
        for _, told in self._going:
            if not told.done():
                told.set_result(("end", 1))
        for ended in await asyncio.gather(*(task for task, _ in self._going), return_exceptions=True):
            assert ended is None or isinstance(ended, BudgetSpent | ModelTimeout | ValueError | asyncio.CancelledError)


@settings(max_examples=examples(12), deadline=None)
@given(steps)
def test_no_order_of_calls_passes_a_limit_or_loses_what_was_used(kind: str, given: list[tuple[tuple, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_played(kind, Path(folder), given))


async def _played(kind: str, folder: Path, given: list[tuple[tuple, int]]) -> None:
    async with opened(kind, folder) as (database, budgets):
        keys = Keys(database)
        await keys.limit_workspace("default", {"tokens_per_month": TOKENS, "cost_per_month": COST})
        ids = [(await keys.create("default", n, "writer", n, n, None, {"tokens_per_month": OF_KEY})).id for n in "ab"]
        bees = (await Articles(database, waiting_limit=9).create("default", topic="Bees", brief="{}")).id
        payers = [budgets.payer("default", key, article) for key in ids for article in (bees, None)]
        calls = Calls(budgets, payers)
        for (deed, number, size), turns in given:
            calls.begin(number, size) if deed == "begin" else calls.end(deed, number, size)
            for _ in range(turns):
                await asyncio.sleep(0)
            await database.read(lambda c: demand_within(c, payers))
        await calls.close()
        await budgets.close()
        assert await database.read(lambda c: c.execute(reservations.select()).all()) == []
        month = await budgets.ledger.month("default")
        assert month == Month(tokens=calls.used, tokens_limit=TOKENS, cost=calls.used, cost_limit=COST)


async def test_what_a_broken_off_call_has_put_aside_is_taken_back_at_the_next_start_or_after_a_day(
    kind: str,
    tmp_path: Path,
) -> None:
    async with opened(kind, tmp_path) as (database, budgets):
        await Keys(database).limit_workspace("default", {"tokens_per_month": 30})
        payer = budgets.payer("default", None)
        await budgets.ledger.reserve(payer, "left behind", 20, 0)
        with pytest.raises(BudgetSpent):
            await budgets.ledger.reserve(payer, "second", 20, 0)
        long_ago = datetime.now(UTC) - LONGEST - timedelta(seconds=1)
        await database.write(lambda c: c.execute(update(reservations).values(created_at=long_ago)))
        await budgets.ledger.reserve(payer, "second", 20, 0)
        await budgets.ledger.release(datetime.now(UTC))
        await budgets.ledger.reserve(payer, "third", 30, 0)


async def test_a_call_ends_before_others_free_what_was_put_aside_for_it(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as (database, budgets):
        payer, begun = budgets.payer("default", None), asyncio.Event()

        async def ask() -> None:
            async with budgets.purse(payer, "chat").paying("m", Usage(9, 9), Usage):
                begun.set()
                await asyncio.sleep(3600)

        asking = asyncio.create_task(ask())
        await begun.wait()
        budgets.lives(0.1)
        budgets.lives(3600)
        await asyncio.sleep(0.2)
        assert not asking.done()
        budgets.lives(0.01)
        with pytest.raises(StoreAway):
            await asyncio.wait_for(asking, 30)
        assert (await database.read(lambda c: gone(c, payer)))["workspace"] == (9, 9)  # its prompt
        with pytest.raises(StoreAway):
            await ask()
        assert (await database.read(lambda c: gone(c, payer)))["workspace"] == (9, 9)  # no call was begun
        budgets.lives(0.2)
        with pytest.raises(StoreAway):
            await asyncio.wait_for(ask(), 30)
        budgets.lives(3600)
        async with budgets.purse(payer, "chat").paying("m", Usage(9, 9), lambda: Usage(1, 1)):
            pass


@pytest.mark.process
async def test_what_a_process_that_has_stopped_had_put_aside_is_free() -> None:
    with postgres.url() as url, closing(Postgres(url)) as one, closing(Postgres(url)) as other:
        payer = Payer(workspace="default", key=None)
        stores = [Articles(each, waiting_limit=9) for each in (one, other)]
        for each in (one, other):
            await Ledger(each).reserve(payer, each.process, 10, 0)
        await stores[0].call_roll({})
        silent = (await stores[1].call_roll({})).beats
        assert silent.keys() == {one.process}
        await stores[0].call_roll({})
        assert (await stores[1].call_roll(silent)).stopped == set()  # it was heard meanwhile
        assert (await other.read(lambda c: gone(c, payer)))["workspace"] == (20, 0)
        silent = (await stores[1].call_roll({})).beats
        assert (await stores[1].call_roll(silent)).stopped == {one.process}
        assert (await other.read(lambda c: gone(c, payer)))["workspace"] == (10, 0)


async def test_a_new_month_has_a_new_budget(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as (database, budgets):
        await Keys(database).limit_workspace("default", {"cost_per_month": 10.0})
        payer = budgets.payer("default", None)
        await budgets.ledger.settle(payer, "", Call(model="m", stage="chat", usage=Usage(5, 5, 10.0)))
        with pytest.raises(BudgetSpent):
            await budgets.demand(payer)
        before = datetime.now(UTC).date().replace(day=1) - timedelta(days=1)
        await database.write(lambda c: c.execute(update(usage).values(day=before)))
        await budgets.demand(payer)
        assert await budgets.ledger.month("default") == Month(tokens=0, tokens_limit=None, cost=0, cost_limit=10)


async def test_a_reported_cost_counts_before_a_price_and_no_price_is_no_cost(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as (database, _):
        prices = Prices(Price(), {"m": Price(1_000_000, 1_000_000), "free": Price()})
        budgets = Budgets(Ledger(database), prices, Audit(AuditLog(database), 1), model="m")
        purse = budgets.purse(budgets.payer("default", None), "chat")
        for model, used in (("free", Usage(1, 1)), ("m", Usage(2, 2)), ("told", Usage(3, 3, 0.5)), ("x", Usage(4, 4))):
            async with purse.paying(model, Usage(9, 9), lambda used=used: used):
                pass
        today = datetime.now(UTC).date()
        rows = await budgets.ledger.rows("default", today, today, "model")
        assert [(row.name, row.usage.cost) for row in rows] == [("x", None), ("told", 0.5), ("m", 4), ("free", 0)]


async def test_usage_by_day_is_told_in_their_order(kind: str, tmp_path: Path) -> None:
    days = date(2026, 1, 31), date(2026, 2, 1), date(2026, 10, 2)
    async with opened(kind, tmp_path) as (database, budgets):
        call = Call(model="m", stage="chat", usage=Usage(1))
        for day in (days[1], days[2], days[0]):
            await budgets.ledger.settle(budgets.payer("default", None), "", call)
            today = usage.c.day > days[-1]
            await database.write(lambda c, day=day, today=today: c.execute(update(usage).where(today).values(day=day)))
        rows = await budgets.ledger.rows("default", days[0], days[-1], "day")
        assert [(row.name, row.usage) for row in rows] == [(day.isoformat(), Usage(1)) for day in days]


async def test_what_has_no_price_is_not_used_where_cost_has_a_limit(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as (database, _):
        prices, audit = Prices(Price(), {"free": Price()}), Audit(AuditLog(database), 1)
        budgets = Budgets(Ledger(database), prices, audit, model="x")
        purse = budgets.purse(budgets.payer("default", None), "chat")

        async def asks(model: str) -> None:
            async with purse.paying(model, Usage(9, 9), lambda: Usage(1, 1)):
                pass

        await Keys(database).limit_workspace("default", {"tokens_per_month": 100})
        await asks("x")
        await budgets.demand(budgets.payer("default", None))
        await Keys(database).limit_workspace("default", {"cost_per_month": 10.0})
        await asks("free")
        with pytest.raises(BudgetSpent) as refused:
            await asks("x")
        assert refused.value.params == {"reason": "no_price"}
        with pytest.raises(BudgetSpent) as refused:  # and nothing is begun
            await budgets.demand(budgets.payer("default", None))
        assert refused.value.params == {"reason": "no_price"}
        free = Budgets(Ledger(database), prices, audit, model="free")
        await free.demand(free.payer("default", None))


async def test_an_answer_is_not_lost_when_it_can_not_be_counted(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: object) -> None:
        raise StoreBusy

    monkeypatch.setattr(module, "AGAIN", (0.001,))
    async with opened(kind, tmp_path) as (database, budgets):
        monkeypatch.setattr(budgets.ledger, "settle", busy)
        payer = budgets.payer("default", None)
        async with budgets.purse(payer, "chat").paying("m", Usage(9, 9), lambda: Usage(1, 1)):
            pass
        assert (await database.read(lambda c: gone(c, payer)))["workspace"] == (18, 18)
