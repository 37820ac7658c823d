"""What goes with an article's text and is changed without it: its picture and its search fields.

They are outputs of stages. A change replaces the output in the records of the article's last run, or adds one to them.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, select

from service.core.article import FINISHED, Article
from service.core.errors import Conflict
from service.core.events import StageStatus, Usage
from service.core.kept import Kept
from service.core.run import StageRun, revision
from service.store import rows
from service.store.claims import save_stage_run
from service.store.database import Database, keep, read, write
from service.store.renewals import demand_made
from service.store.tables import article_usage, kept_answers, stage_runs
from service.store.usage import COUNTED, count_of_article


class Extras:
    _database: Database

    @read
    def extra(self, connection: Connection, article_id: str, stage: str) -> tuple[Article, list[StageRun]]:
        """The article, with the stage's records, the latest last."""
        return rows.get(connection, article_id), _records(connection, article_id, stage)

    @write
    def add_usage(self, connection: Connection, article_id: str, stage: str, used: Usage) -> None:
        """Count what the model has used for the article beside its runs."""
        count_of_article(connection, article_id, stage, used)

    @read
    def used(self, connection: Connection, article_id: str, stage: str) -> Usage:
        query = select(*(article_usage.c[name] for name in COUNTED))
        ours = article_usage.c.article_id == article_id, article_usage.c.stage == stage
        row = connection.execute(query.where(*ours)).one_or_none()
        return Usage() if row is None else Usage(**row._asdict())

    @write
    def keep_answers(self, connection: Connection, article_id: str, answers: Mapping[str, Kept]) -> None:
        """Keep these, by digest, and no others."""
        connection.execute(delete(kept_answers).where(kept_answers.c.article_id == article_id))
        rows = [{"article_id": article_id, "digest": digest, **asdict(kept)} for digest, kept in answers.items()]
        if rows:
            connection.execute(insert(kept_answers), rows)

    @read
    def kept_answers(self, connection: Connection, article_id: str) -> dict[str, Kept]:
        query = select(kept_answers).where(kept_answers.c.article_id == article_id)
        return {row.digest: Kept(text=row.text, cut=row.cut) for row in connection.execute(query)}

    @keep
    def change_extra(
        self,
        connection: Connection,
        article_id: str,
        stage: str,
        *,
        base: int,
        status: StageStatus,
        output: str,
        usage: Usage,
        attempt: int | None = None,
    ) -> int:
        """Replace the output of revision `base`; return the new revision. StaleEpoch if it was made anew in an
        `attempt` that has been stopped."""
        if attempt is not None:
            demand_made(connection, article_id, stage, attempt, self._database.process)
        return change(connection, article_id, stage, base, status, output, usage)


def change(
    connection: Connection, article_id: str, stage: str, base: int, status: StageStatus, output: str, usage: Usage
) -> int:
    article, records = rows.get(connection, article_id), _records(connection, article_id, stage)
    demand_extensible(article)
    if (now := revision(records, stage)) != base:
        raise Conflict("extra_changed", version=now)
    before = records[-1] if records and records[-1].run == article.run else None
    save_stage_run(connection, article_id, article.epoch, _changed(article, stage, before, status, output, usage))
    return base + 1


def demand_extensible(article: Article) -> None:
    """Raise Conflict unless it has a text, which nobody writes: a rewrite changes nothing but the text."""
    if article.status not in FINISHED and article.rewrite is None:
        raise Conflict("not_changeable", status=article.status)
    if not article.version:
        raise Conflict("no_text")


def _records(connection: Connection, article_id: str, stage: str) -> list[StageRun]:
    ours = stage_runs.c.article_id == article_id, stage_runs.c.stage == stage
    return [
        rows.stage_run(row) for row in connection.execute(select(stage_runs).where(*ours).order_by(stage_runs.c.run))
    ]


def _changed(
    article: Article, stage: str, before: StageRun | None, status: StageStatus, output: str, usage: Usage
) -> StageRun:
    """The record with the output. What earlier attempts cost stays counted. Its times stay within those of the writing,
    whose timeline viewers see."""
    at = article.finished_at or datetime.now(UTC)
    record = before or StageRun(run=article.run, stage=stage, section=None, status=status, started_at=at, attempt=0)
    return replace(
        record.costing(usage),
        status=status,
        output=output,
        attempt=record.attempt + 1,
        ended_at=record.ended_at or at,
        error=None,
    )
