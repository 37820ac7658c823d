"""What is left of the budgets of a workspace, a key and an article."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Cast, ColumnElement, Connection, Date, Select, bindparam, cast, func, select

from service.core.errors import BudgetSpent
from service.core.purse import Payer
from service.store.tables import article_usage, keys, reservations, usage, workspaces

T = TypeVar("T")
Limits = Sequence[float | None]  # in tokens and in money


def total(counted: ColumnElement[T]) -> Cast[T]:
    """Their sum, of the same type: that of large whole numbers could be a decimal."""
    return cast(func.sum(counted), counted.type)


_workspace, _key, _article = bindparam("workspace"), bindparam("key"), bindparam("article")
_spent = select(total(usage.c.prompt_tokens + usage.c.completion_tokens), total(usage.c.cost)).where(
    usage.c.workspace == _workspace, usage.c.day >= bindparam("month", type_=Date)
)
_reserved = select(total(reservations.c.tokens), total(reservations.c.cost)).where(
    reservations.c.workspace == _workspace
)
_of_article = select(
    total(article_usage.c.prompt_tokens + article_usage.c.completion_tokens), total(article_usage.c.cost)
).where(article_usage.c.article_id == _article)

# What is spent, and what is put aside for calls in progress.
GONE: dict[str, tuple[Select, Select]] = {
    "workspace": (_spent, _reserved),
    "key": (_spent.where(usage.c.key == _key), _reserved.where(reservations.c.key == _key)),
    "article": (_of_article, _reserved.where(reservations.c.article == _article)),
}
LIMITS = {
    "workspace": select(workspaces.c.tokens_per_month, workspaces.c.cost_per_month).where(
        workspaces.c.id == _workspace
    ),
    "key": select(keys.c.tokens_per_month, keys.c.cost_per_month).where(keys.c.id == _key),
}


def demand(connection: Connection, payer: Payer) -> None:
    """BudgetSpent if nothing is left, or if the model that writes has no price and cost a limit."""
    demand_left(connection, payer, 0, 0 if payer.priced else None)


def demand_left(connection: Connection, payer: Payer, tokens: int, cost: float | None) -> None:
    """BudgetSpent if there is not so much left, or nothing at all."""
    about = asked(payer)
    for whose, limits in _limits(connection, payer, about):
        spent, reserved = (connection.execute(query, about).one() for query in GONE[whose])
        for limit, more, *gone in zip(limits, (tokens, cost), spent, reserved, strict=True):
            if limit is None:
                continue
            if more is None:
                raise BudgetSpent("no_price")
            used = sum(part or 0 for part in gone)
            if used >= limit or used + more > limit:
                raise BudgetSpent(whose)


def _limits(connection: Connection, payer: Payer, about: dict[str, object]) -> Iterator[tuple[str, Limits]]:
    """Those that there are."""
    for whose, query in LIMITS.items():
        limits = connection.execute(query, about).one_or_none()
        if limits is not None and any(limit is not None for limit in limits):
            yield whose, limits
    if payer.article is not None and (payer.article_tokens, payer.article_cost) != (None, None):
        yield "article", (payer.article_tokens, payer.article_cost)


def asked(payer: Payer) -> dict[str, object]:
    """The parameters of the queries."""
    month = datetime.now(UTC).date().replace(day=1)
    return {"workspace": payer.workspace, "key": payer.key or "", "article": payer.article, "month": month}
