"""What the workspace's calls of models have used."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from msgspec import structs
from pydantic import BaseModel, Field

from service.api.problems import may
from service.api.rooms import CallerOf, EntranceOf
from service.core.errors import BadInput, NotFound
from service.core.sentences import Sentence
from service.messages import say
from service.store.usage import By, Row

router = APIRouter(tags=["access"])


class UsageRow(BaseModel):
    name: str = Field(description="a day, or the id of a key, the name of a model or of a stage")
    label: str = Field(description="the same as people read it")
    prompt_tokens: int
    completion_tokens: int
    cost: float | None = Field(description="as the provider told it, or at the configured prices; null without both")


class MonthOut(BaseModel):
    """The workspace's usage of this calendar month, in UTC, and its limits."""

    tokens: int
    tokens_limit: int | None
    cost: float
    cost_limit: float | None


class UsageReportOut(BaseModel):
    since: date
    until: date
    by: By
    rows: list[UsageRow]
    month: MonthOut


@router.get("/usage", responses=may(NotFound, BadInput))
async def usage(
    entrance: EntranceOf,
    caller: CallerOf,
    since: Annotated[date | None, Query(description="the first day; by default this month's")] = None,
    until: Annotated[date | None, Query(description="the last day; by default today")] = None,
    by: By = "day",
) -> UsageReportOut:
    """What the workspace's calls of models have used, by day (UTC), key, model or stage."""
    ledger = entrance.budgets.ledger
    today = datetime.now(UTC).date()
    until = until or today
    since = since or until.replace(day=1)
    rows = await ledger.rows(caller.workspace, since, until, by)
    month = await ledger.month(caller.workspace)
    out = MonthOut(**asdict(month))
    return UsageReportOut(since=since, until=until, by=by, rows=[_row(row, by) for row in rows], month=out)


def _row(row: Row, by: By) -> UsageRow:
    label = say(Sentence(f"{row.name}.label")) if by == "stage" else row.label
    return UsageRow(name=row.name, label=label, **structs.asdict(row.usage))
