"""What calls of models have used, by day, key, model and stage, and what is put aside for those in progress."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, String, Table, bindparam, cast, delete, func, insert, select
from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.dialects.sqlite import insert as upsert

from service.core.events import Usage
from service.core.purse import Payer
from service.store import budgets
from service.store.database import Database, read, write
from service.store.tables import article_usage, articles, keys, reservations, usage

By = Literal["day", "key", "model", "stage"]
LONGEST = timedelta(days=1)  # no call takes longer: what is put aside for one that did was left behind
COUNTED = "prompt_tokens", "completion_tokens", "cost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a call of a model has used. Its cost is None if it has no price."""

    model: str
    stage: str
    usage: Usage


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    label: str
    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    tokens: int
    tokens_limit: int | None
    cost: float
    cost_limit: float | None


def _adding(statement: Insert, table: Table) -> Insert:
    """To what is counted already."""
    sums = {name: table.c[name] + statement.excluded[name] for name in COUNTED}
    sums["cost"] = func.coalesce(sums["cost"], table.c.cost, statement.excluded.cost)
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=sums)


_COUNT = _adding(upsert(usage), usage)
_if_there = select(*(bindparam(each.name, type_=each.type) for each in article_usage.c)).where(
    articles.c.id == bindparam("article_id")  # it may have been deleted meanwhile
)
_COUNT_OF_ARTICLE = _adding(
    upsert(article_usage).from_select([each.name for each in article_usage.c], _if_there), article_usage
)
_RESERVE = insert(reservations)
_SETTLE = delete(reservations).where(reservations.c.id == bindparam("number"))
_LEFT_BEHIND = delete(reservations).where(
    reservations.c.created_at < bindparam("before", type_=reservations.c.created_at.type)
)


class Ledger:
    def __init__(self, database: Database) -> None:
        self._database = database

    @write
    def reserve(self, connection: Connection, payer: Payer, number: str, tokens: int, cost: float | None) -> None:
        """Put the most that a call can use aside. BudgetSpent if a limit would be passed, or might be because the call
        has no price."""
        now = datetime.now(UTC)
        connection.execute(_LEFT_BEHIND, {"before": now - LONGEST})
        budgets.demand_left(connection, payer, tokens, cost)
        row = {"id": number, "workspace": payer.workspace, "key": payer.key or "", "article": payer.article}
        much = {"tokens": tokens, "cost": cost or 0, "created_at": now}
        connection.execute(_RESERVE, row | much | {"process": self._database.process})

    @write
    def settle(self, connection: Connection, payer: Payer, number: str, call: Call) -> None:
        """Count what a call has used, and take back what was put aside for it."""
        connection.execute(_SETTLE, {"number": number})
        if not call.usage.tokens and not call.usage.cost:
            return
        used = {"model": call.model, "stage": call.stage} | {name: getattr(call.usage, name) for name in COUNTED}
        whose = {"workspace": payer.workspace, "key": payer.key or "", "day": datetime.now(UTC).date()}
        connection.execute(_COUNT, whose | used)
        if payer.article is not None:
            count_of_article(connection, payer.article, call.stage, call.usage)

    @write
    def release(self, connection: Connection, before: datetime) -> None:
        """Take back what was put aside before then, for calls that have ended with their process."""
        connection.execute(delete(reservations).where(reservations.c.created_at < before))

    @read
    def demand(self, connection: Connection, payer: Payer) -> None:
        """BudgetSpent if nothing is left."""
        budgets.demand(connection, payer)

    # -- queries

    @read
    def rows(self, connection: Connection, workspace: str, since: date, until: date, by: By) -> list[Row]:
        """The workspace's usage from one day to another, both included: days in their order, else the most first."""
        name, counted = cast(usage.c[by], String), {each: budgets.total(usage.c[each]) for each in COUNTED}
        label = func.coalesce(func.max(keys.c.name), name) if by == "key" else name
        query = (
            select(name.label("name"), label.label("label"), *(each.label(n) for n, each in counted.items()))
            .outerjoin(keys, keys.c.id == usage.c.key)
            .where(usage.c.workspace == workspace, usage.c.day.between(since, until))
            .group_by(name)
            .order_by(name if by == "day" else (counted["prompt_tokens"] + counted["completion_tokens"]).desc(), name)
        )
        return [_row(**row._asdict()) for row in connection.execute(query)]

    @read
    def month(self, connection: Connection, workspace: str) -> Month:
        """The workspace's usage of this month, and its limits."""
        about = budgets.asked(Payer(workspace=workspace, key=None))
        limits = connection.execute(budgets.LIMITS["workspace"], about).one_or_none() or (None, None)
        tokens, cost = connection.execute(budgets.GONE["workspace"][0], about).one()
        return Month(tokens=tokens or 0, tokens_limit=limits[0], cost=cost or 0.0, cost_limit=limits[1])


def _row(name: str, label: str, **used: Any) -> Row:
    return Row(name, label, Usage(**used))


def count_of_article(connection: Connection, article_id: str, stage: str, used: Usage) -> None:
    counted = {name: getattr(used, name) for name in COUNTED}
    connection.execute(_COUNT_OF_ARTICLE, {"article_id": article_id, "stage": stage} | counted)
