"""What pays for the calls of models."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from service.core.events import Usage


class Purse(Protocol):
    def paying(self, model: str, most: Usage, used: Callable[[], Usage]) -> AbstractAsyncContextManager[None]:
        """Put aside the most that a call can use, or raise BudgetSpent; when it has ended, pay what was used."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Whose budgets a call counts for."""

    workspace: str
    key: str | None  # or who else it is that asks
    article: str | None = None
    article_tokens: int | None = None  # that the article may use in all
    article_cost: float | None = None
    priced: bool = True  # whether it is known what the model costs that writes


class Purses(Protocol):
    def payer(self, workspace: str, key: str | None, article: str | None = None) -> Payer: ...

    def purse(self, payer: Payer, stage: str | None = None) -> Purse:
        """For calls of one stage, or of the stage that is at work when they are made."""
        ...

    async def demand(self, payer: Payer) -> None:
        """BudgetSpent if nothing is left, or nobody could tell."""
