"""From rows to records."""

from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from service.core.article import Article, Failure, StageRun
from service.core.errors import NotFound
from service.store.tables import articles, stage_runs

# Built once: to build a statement costs more than to run it.
_GET = select(articles).where(articles.c.id == bindparam("article_id"))
_STAGE_RUNS = (
    select(stage_runs)
    .where(stage_runs.c.article_id == bindparam("article_id"))
    .order_by(stage_runs.c.run, stage_runs.c.started_at, stage_runs.c.section)
)


def get(connection: Connection, article_id: str) -> Article:
    row = connection.execute(_GET, {"article_id": article_id}).one_or_none()
    if row is None:
        raise NotFound("there is no such article")
    return article(row)


def get_stage_runs(connection: Connection, article_id: str) -> list[StageRun]:
    return [stage_run(row) for row in connection.execute(_STAGE_RUNS, {"article_id": article_id})]


def article(row: Row[Any]) -> Article:
    fields: dict[str, Any] = row._asdict()
    code, message = fields.pop("error_code"), fields.pop("error_message")
    retryable, stage = fields.pop("error_retryable"), fields.pop("error_stage")
    failure = code and Failure(code=code, message=message, retryable=bool(retryable), stage=stage)
    return Article(**fields, failure=failure)


def stage_run(row: Row[Any]) -> StageRun:
    fields: dict[str, Any] = row._asdict()
    del fields["article_id"]
    fields["section"] = fields["section"] or None
    return StageRun(**fields)
