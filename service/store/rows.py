"""Turns rows into records."""

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, select

from service.core.article import Article, Failure
from service.core.audit import Detail
from service.core.errors import NotFound
from service.core.run import StageRun
from service.core.sections import Mark
from service.core.sentences import Param, Sentence
from service.store.tables import articles, stage_runs

# Built once, because building a statement costs more than running it.
_GET = select(articles).where(articles.c.id == bindparam("article_id"))
_STAGE_RUNS = (
    select(stage_runs)
    .where(stage_runs.c.article_id == bindparam("article_id"))
    .order_by(stage_runs.c.run, stage_runs.c.started_at, stage_runs.c.section)
)
_params = msgspec.json.Decoder(dict[str, Param]).decode
details = msgspec.json.Decoder(dict[str, Detail]).decode
_marks = msgspec.json.Decoder(tuple[Mark, ...]).decode
encode = msgspec.json.Encoder().encode


def get(connection: Connection, article_id: str) -> Article:
    row = connection.execute(_GET, {"article_id": article_id}).one_or_none()
    if row is None:
        raise NotFound("article")
    return article(row)


def get_stage_runs(connection: Connection, article_id: str) -> list[StageRun]:
    return [stage_run(row) for row in connection.execute(_STAGE_RUNS, {"article_id": article_id})]


def article(row: Row[Any]) -> Article:
    fields: dict[str, Any] = row._asdict()
    error = _sentence(fields)
    retryable, stage = fields.pop("error_retryable"), fields.pop("error_stage")
    del fields["writer"]
    fields["failure"] = None if error is None else Failure(sentence=error, retryable=bool(retryable), stage=stage)
    fields["sections"] = marks(fields["sections"])
    return Article(**fields)


def stage_run(row: Row[Any]) -> StageRun:
    fields: dict[str, Any] = row._asdict()
    del fields["article_id"]
    fields["error"] = _sentence(fields)
    fields["section"] = fields["section"] or None
    return StageRun(**fields)


def marks(stored: str | None) -> tuple[Mark, ...]:
    return () if stored is None else _marks(stored)


def error(sentence: Sentence | None) -> dict[str, str | None]:
    """An error's columns."""
    if sentence is None:
        return {"error_code": None, "error_params": None}
    return {"error_code": sentence.code, "error_params": encode(sentence.params).decode()}


def sentence(row: Row[Any]) -> Sentence | None:
    """Of an error's columns."""
    return _sentence(row._asdict())


def _sentence(fields: dict[str, Any]) -> Sentence | None:
    code, params = fields.pop("error_code"), fields.pop("error_params")
    return Sentence(code, _params(params) if params else {}) if code else None
