"""The queue, and the records of a run. Whoever writes for a run names its epoch; an older one is refused."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Insert, bindparam, case, func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from service.core.article import Article, Claim, Outcome, StageRun
from service.core.errors import StaleEpoch
from service.core.events import ArticleStatus
from service.store import rows, versions
from service.store.database import Database, read, write
from service.store.tables import UTCDateTime, articles, stage_runs

LIVE = ("pending", "processing", "awaiting_review")
QUEUE_ORDER = (articles.c.queued_at, articles.c.id)


# Built once: to build a statement costs more than to run it.
_OLDEST = select(articles.c.id).where(articles.c.status == "pending").order_by(*QUEUE_ORDER).limit(bindparam("limit"))
_CLAIM = (
    update(articles)
    .where(articles.c.id.in_(_OLDEST.scalar_subquery()))
    .values(
        status="processing",
        epoch=articles.c.epoch + 1,
        started_at=func.coalesce(articles.c.started_at, bindparam("now", type_=UTCDateTime)),
    )
    .returning(articles)
)


class Articles:
    def __init__(self, database: Database) -> None:
        self._database = database

    # -- the queue

    @write
    def claim(self, connection: Connection, limit: int) -> list[Claim]:
        """The articles that have waited longest, made `processing` in a new epoch."""
        words = {"limit": limit, "now": datetime.now(UTC)}
        claimed = [rows.article(row) for row in connection.execute(_CLAIM, words)]
        claimed.sort(key=lambda article: (article.queued_at, article.id))
        return [Claim(article, rows.get_stage_runs(connection, article.id)) for article in claimed]

    @write
    def requeue(self, connection: Connection, *, but: Collection[str]) -> None:
        """What counts as being written, but by nobody, waits again."""
        statement = (
            update(articles)
            .where(articles.c.status == "processing", articles.c.id.not_in(but))
            .values(status="pending", epoch=articles.c.epoch + 1)
        )
        connection.execute(statement)

    @write
    def recover(self, connection: Connection) -> None:
        """After a start: what was being written waits again, and all that waits gets a new epoch, because the ids
        that an earlier process gave its viewers mean nothing now."""
        status = case((articles.c.status == "processing", "pending"), else_=articles.c.status)
        statement = (
            update(articles).where(articles.c.status.in_(LIVE)).values(status=status, epoch=articles.c.epoch + 1)
        )
        connection.execute(statement)

    @read
    def queue(self, connection: Connection) -> list[str]:
        """The ids of all pending articles, the next to start first."""
        query = select(articles.c.id).where(articles.c.status == "pending").order_by(*QUEUE_ORDER)
        return list(connection.execute(query).scalars())

    # -- a run's records

    @write
    def save(self, connection: Connection, article_id: str, epoch: int, record: StageRun) -> None:
        _save(connection, article_id, epoch, record)

    @write
    def finish(self, connection: Connection, article_id: str, epoch: int, outcome: Outcome) -> None:
        for record in outcome.cut_short:
            _save(connection, article_id, epoch, record)
        ours = (articles.c.id == article_id, articles.c.epoch == epoch, articles.c.status == "processing")
        updated = connection.execute(update(articles).where(*ours).values(**_outcome(outcome)))
        if not updated.rowcount:
            raise StaleEpoch(f"article {article_id} is no longer in epoch {epoch}")
        if outcome.content:
            article = rows.get(connection, article_id)
            versions.keep(connection, article, outcome.reason, outcome.finished_at)

    @write
    def pause(self, connection: Connection, article_id: str, epoch: int) -> None:
        """The outline is to be seen before anybody writes on."""
        ours = (articles.c.id == article_id, articles.c.epoch == epoch, articles.c.status == "processing")
        if not connection.execute(update(articles).where(*ours).values(status="awaiting_review")).rowcount:
            raise StaleEpoch(f"article {article_id} is no longer in epoch {epoch}")

    @write
    def cancel_waiting(self, connection: Connection, article_id: str, terminal_id: int) -> bool:
        """End an article that nobody works on; false when it does not wait."""
        statement = (
            update(articles)
            .where(articles.c.id == article_id, articles.c.status.in_(("pending", "awaiting_review")))
            .values(status="cancelled", terminal_id=terminal_id, finished_at=datetime.now(UTC))
        )
        return connection.execute(statement).rowcount > 0

    # -- reading

    @read
    def get(self, connection: Connection, article_id: str) -> Article:
        return rows.get(connection, article_id)

    @read
    def get_with_stage_runs(self, connection: Connection, article_id: str) -> Claim:
        article = rows.get(connection, article_id)
        return Claim(article, rows.get_stage_runs(connection, article_id))

    async def answers(self) -> bool:
        """Whether there is a database that can be read."""
        return await self._database.answers(select(articles.c.id).limit(1))

    @read
    def counts_ever(self, connection: Connection) -> dict[ArticleStatus, int]:
        """All articles that there are, by status."""
        query = select(articles.c.status, func.count()).group_by(articles.c.status)
        return {row[0]: row[1] for row in connection.execute(query)}

    @read
    def counts(self, connection: Connection) -> dict[str, int]:
        query = select(articles.c.status, func.count()).where(articles.c.status.in_(LIVE)).group_by(articles.c.status)
        return {row[0]: row[1] for row in connection.execute(query)}


def _save_statement() -> Insert:
    """Insert or update a stage run, if its article is still in the writer's epoch."""
    columns = list(stage_runs.c)
    row = select(*(bindparam(column.name, type_=column.type) for column in columns))
    ours = row.where(articles.c.id == bindparam("article_id"), articles.c.epoch == bindparam("epoch"))
    statement = upsert(stage_runs).from_select([column.name for column in columns], ours)
    changed = {column.name: statement.excluded[column.name] for column in columns if not column.primary_key}
    return statement.on_conflict_do_update(set_=changed)


_SAVE = _save_statement()


def _save(connection: Connection, article_id: str, epoch: int, record: StageRun) -> None:
    fields = {name: getattr(record, name) for name in StageRun.__slots__}
    keys = {"article_id": article_id, "epoch": epoch, "section": record.section or 0}
    if not connection.execute(_SAVE, fields | keys).rowcount:
        raise StaleEpoch(f"article {article_id} is no longer in epoch {epoch}")


def _outcome(outcome: Outcome) -> dict[str, Any]:
    failure = outcome.failure
    return {
        "status": outcome.status,
        "terminal_id": outcome.terminal_id,
        "title": outcome.title,
        "version": articles.c.version + int(bool(outcome.content)),
        "finished_at": outcome.finished_at,
        "error_code": failure and failure.code,
        "error_message": failure and failure.message,
        "error_retryable": failure and int(failure.retryable),
        "error_stage": failure and failure.stage,
        **({"work": None} if outcome.status == "completed" else {}),
        **({} if outcome.content is None else {"content": outcome.content, "words": outcome.words}),
    }
