"""Budgets: before each call of a model the most that it can use is put aside, and after it what it used is counted."""

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from msgspec import structs
from uuid_utils.compat import uuid7

from service.access.audit import Audit
from service.core.errors import BudgetSpent, StoreAway, StoreError
from service.core.events import Usage
from service.core.model_errors import ModelTimeout
from service.core.prices import Prices
from service.core.purse import Payer
from service.core.work import at_work
from service.messages import say
from service.store.usage import Call, Ledger

log = logging.getLogger(__name__)

AGAIN = (0.5, 2.0)  # seconds between attempts to count


class Budgets:
    def __init__(
        self,
        ledger: Ledger,
        prices: Prices,
        audit: Audit,
        *,
        model: str,
        article_tokens: int | None = None,
        article_cost: float | None = None,
    ) -> None:
        self.ledger = ledger
        self._prices = prices
        self._priced = prices.known(model)
        self._audit = audit
        self._article_tokens, self._article_cost = article_tokens, article_cost
        self._counting: set[asyncio.Task[None]] = set()
        self._alive_until = math.inf
        self._calls: set[asyncio.Timeout] = set()

    def payer(self, workspace: str, key: str | None, article: str | None = None) -> Payer:
        return Payer(
            workspace=workspace,
            key=key,
            article=article,
            article_tokens=self._article_tokens,
            article_cost=self._article_cost,
            priced=self._priced,
        )

    def purse(self, payer: Payer, stage: str | None = None) -> "Purse":
        return Purse(self, payer, stage)

    async def demand(self, payer: Payer) -> None:
        async with self._noting(payer):
            await self.ledger.demand(payer)

    def lives(self, seconds: float) -> None:
        """Other processes take this one for alive for so long. Then they free what it has put aside, so its calls have
        to have ended, unless this was told again."""
        self._alive_until = asyncio.get_running_loop().time() + seconds
        for call in self._calls:
            if not call.expired():
                call.reschedule(self._alive_until)

    @asynccontextmanager
    async def while_alive(self) -> AsyncGenerator[None]:
        try:
            async with asyncio.timeout_at(self._alive_until) as call:
                self._calls.add(call)
                yield
        except TimeoutError:
            if not call.expired():
                raise
            raise StoreAway(retry_after=AGAIN[-1]) from None
        finally:
            self._calls.discard(call)

    async def close(self) -> None:
        """Wait until all that was used is counted."""
        if self._counting:
            await asyncio.wait(self._counting)

    async def reserve(self, payer: Payer, number: str, model: str, most: Usage) -> None:
        if asyncio.get_running_loop().time() >= self._alive_until:
            raise StoreAway(retry_after=AGAIN[-1])
        async with self._noting(payer):
            await self.ledger.reserve(payer, number, most.tokens, self._prices.cost(model, most))

    @asynccontextmanager
    async def _noting(self, payer: Payer) -> AsyncGenerator[None]:
        try:
            yield
        except BudgetSpent as error:
            await self._audit.spent_by(payer, error)
            raise

    async def settle(self, payer: Payer, number: str, model: str, stage: str, used: Usage) -> None:
        """Count to the end, even if whoever made the call is cancelled meanwhile."""
        priced = structs.replace(used, cost=self._prices.cost(model, used))
        task = asyncio.create_task(self._settle(payer, number, Call(model=model, stage=stage, usage=priced)))
        self._counting.add(task)
        task.add_done_callback(self._counting.discard)
        await asyncio.shield(task)

    async def _settle(self, payer: Payer, number: str, call: Call) -> None:
        """An answer that was paid for is not lost because it can't be counted: what was put aside stays so."""
        for delay in (*AGAIN, None):
            try:
                return await self.ledger.settle(payer, number, call)
            except StoreError as error:
                if delay is None:
                    log.warning("what a call of the model has used can't be counted: %s", say(error.sentence))
                else:
                    await asyncio.sleep(delay)
        return None


@dataclass(frozen=True, slots=True)
class Purse:
    _budgets: Budgets
    _payer: Payer
    _stage: str | None

    @asynccontextmanager
    async def paying(self, model: str, most: Usage, used: Callable[[], Usage]) -> AsyncGenerator[None]:
        number, stage, spent = str(uuid7()), self._stage or at_work().stage, Usage()
        try:
            await self._budgets.reserve(self._payer, number, model, most)
            try:
                async with self._budgets.while_alive():
                    yield
            except (asyncio.CancelledError, ModelTimeout, StoreAway):  # nobody tells what it has used, but it was asked
                spent = Usage(most.prompt_tokens)
                raise
            finally:
                spent = counted if (counted := used()).tokens else spent
        except BudgetSpent:
            raise  # nothing was put aside
        except BaseException:
            await self._budgets.settle(self._payer, number, model, stage, spent)
            raise
        await self._budgets.settle(self._payer, number, model, stage, spent)
