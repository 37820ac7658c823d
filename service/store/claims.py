"""The queue, and the records of a run."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert

from service.core.article import LIVE
from service.core.errors import StaleEpoch
from service.core.run import Claim, Outcome, RollCall, StageRun, Stored, event_id
from service.store import rows, search, versions
from service.store.database import Database, keep, write
from service.store.library import QUEUE, QUEUE_ORDER
from service.store.tables import (
    UTCDateTime,
    articles,
    conversations,
    renewals,
    reservations,
    stage_runs,
    workspaces,
    writers,
)

# Built once, because building a statement costs more than running it.
_NEXT = select(QUEUE.c.id).where(QUEUE.c.may).order_by(*QUEUE_ORDER).limit(bindparam("limit"))
_CLAIM = (
    update(articles)
    # Check the status again: in a store with several writers, another may have claimed them meanwhile.
    .where(articles.c.id.in_(_NEXT.scalar_subquery()), articles.c.status == "pending")
    .values(
        status="processing",
        writer=bindparam("writer"),
        epoch=articles.c.epoch + 1,
        started_at=func.coalesce(articles.c.started_at, bindparam("now", type_=UTCDateTime)),
    )
    .returning(articles)
)
_SERVED = upsert(workspaces)
_SERVED = _SERVED.on_conflict_do_update(
    index_elements=[workspaces.c.id], set_={"served_at": _SERVED.excluded.served_at}
)


_WAIT = update(articles).where(articles.c.status == "processing").values(status="pending", epoch=articles.c.epoch + 1)
_BEAT = upsert(writers)
_BEAT = _BEAT.on_conflict_do_update(index_elements=[writers.c.id], set_={"beats": writers.c.beats + 1})


def left(writer: ColumnElement[str | None], us: str) -> ColumnElement[bool]:
    """Whether no other process that lives writes it."""
    return or_(writer.is_(None), writer == us, writer.not_in(select(writers.c.id)))


class Claims:
    _database: Database

    # -- the queue

    @keep
    def claim(self, connection: Connection, limit: int) -> list[Claim]:
        """Set the next articles to `processing`, in a new epoch: one that a database forgets would begin twice."""
        values = {"limit": limit, "now": datetime.now(UTC), "writer": self._database.process}
        claimed = [rows.article(row) for row in connection.execute(_CLAIM, values)]
        for whose in {each.workspace for each in claimed}:
            connection.execute(_SERVED, {"id": whose, "created_at": values["now"], "served_at": values["now"]})
        claimed.sort(key=lambda article: (article.queued_at, article.id))
        return [Claim(article, rows.get_stage_runs(connection, article.id)) for article in claimed]

    @write
    def requeue(self, connection: Connection, *, but: Collection[str]) -> None:
        """Set articles that are `processing` without a writer back to `pending`: `but` are those of this process that
        have one."""
        connection.execute(_WAIT.where(articles.c.id.not_in(but), left(articles.c.writer, self._database.process)))

    @write
    def call_roll(self, connection: Connection, dead: Mapping[str, int]) -> RollCall:
        """Say that this process lives and that others don't any more, unless their number has risen meanwhile: what
        those were writing waits, what they were answering or making anew comes to nothing, and what they had put aside
        for calls is free."""
        us = self._database.process
        silent = tuple_(writers.c.id, writers.c.beats).in_(dead.items())
        stopped = set(connection.execute(select(writers.c.id).where(silent)).scalars())
        if stopped:
            _sign_off(connection, stopped)
            connection.execute(_WAIT.where(articles.c.writer.in_(stopped)))
            connection.execute(delete(reservations).where(reservations.c.process.in_(stopped)))
        connection.execute(_BEAT, {"id": us, "beats": 1})
        beats = {row.id: row.beats for row in connection.execute(select(writers)) if row.id != us}
        ours = select(articles.c.id).where(articles.c.status == "processing", articles.c.writer == us)
        return RollCall(beats, set(connection.execute(ours).scalars()), stopped)

    @write
    def hand_over(self, connection: Connection) -> None:
        """What this process was writing waits for others."""
        connection.execute(_WAIT.where(articles.c.writer == self._database.process))

    @write
    def sign_off(self, connection: Connection) -> None:
        """Say that this process ends."""
        _sign_off(connection, [self._database.process])

    @write
    def recover(self, connection: Connection) -> None:
        """After a start, set interrupted articles to `pending`, and raise the epoch of all that wait, because ids from
        an earlier process are no longer valid."""
        status = case((articles.c.status == "processing", "pending"), else_=articles.c.status)
        statement = (
            update(articles).where(articles.c.status.in_(LIVE)).values(status=status, epoch=articles.c.epoch + 1)
        )
        connection.execute(statement)

    # -- a run's records

    @write
    def save(self, connection: Connection, article_id: str, epoch: int, record: StageRun) -> None:
        save_stage_run(connection, article_id, epoch, record)

    @write
    def finish(self, connection: Connection, article_id: str, epoch: int, outcome: Outcome) -> None:
        """May be repeated by who never heard that it was stored."""
        for record in outcome.cut_short:
            save_stage_run(connection, article_id, epoch, record)
        ours = (articles.c.id == article_id, articles.c.epoch == epoch, articles.c.status == "processing")
        updated = connection.execute(update(articles).where(*ours).values(**_outcome(outcome)))
        if not updated.rowcount:
            stored = select(articles.c.terminal_id).where(articles.c.id == article_id)
            if connection.execute(stored).scalar() == outcome.terminal_id:
                return
            raise StaleEpoch(article=article_id, epoch=epoch)
        article = search.index(connection, rows.get(connection, article_id))
        if outcome.content:
            versions.keep(connection, article, outcome.reason, outcome.finished_at)

    @write
    def pause(self, connection: Connection, article_id: str, epoch: int) -> None:
        """Set the article to `awaiting_review`: its outline is reviewed before writing continues."""
        ours = (articles.c.id == article_id, articles.c.epoch == epoch, articles.c.status == "processing")
        if not connection.execute(update(articles).where(*ours).values(status="awaiting_review")).rowcount:
            raise StaleEpoch(article=article_id, epoch=epoch)

    @write
    def cancel_waiting(self, connection: Connection, article_id: str) -> Stored | None:
        """Cancel an article that nobody writes, in a new epoch. None if it is not waiting."""
        article = rows.get(connection, article_id)
        ours = (articles.c.id == article_id, articles.c.epoch == article.epoch)
        waits = articles.c.status.in_(("pending", "awaiting_review"))
        epoch = article.epoch + 1
        ended = {"status": "cancelled", "epoch": epoch, "terminal_id": event_id(epoch, 1)}
        statement = update(articles).where(*ours, waits).values(**ended, finished_at=datetime.now(UTC))
        if not connection.execute(statement).rowcount:
            return None
        return Stored(rows.get(connection, article_id), rows.get_stage_runs(connection, article_id))


def _sign_off(connection: Connection, processes: Collection[str]) -> None:
    connection.execute(delete(writers).where(writers.c.id.in_(processes)))
    for table in (conversations, renewals):
        connection.execute(update(table).where(table.c.writer.in_(processes)).values(writer=None))


def _save_statement() -> Insert:
    """Insert or update a stage run if its article is still in the writer's epoch."""
    columns = list(stage_runs.c)
    row = select(*(bindparam(column.name, type_=column.type) for column in columns))
    ours = row.where(articles.c.id == bindparam("article_id"), articles.c.epoch == bindparam("epoch"))
    statement = upsert(stage_runs).from_select([column.name for column in columns], ours)
    changed = {column.name: statement.excluded[column.name] for column in columns if not column.primary_key}
    statement = statement.on_conflict_do_update(index_elements=list(stage_runs.primary_key), set_=changed)
    return statement.execution_options(preserve_rowcount=True)


_SAVE = _save_statement()


def save_stage_run(connection: Connection, article_id: str, epoch: int, record: StageRun) -> None:
    fields = {name: getattr(record, name) for name in StageRun.__slots__ if name != "error"}
    keys = {"article_id": article_id, "epoch": epoch, "section": record.section or 0}
    if not connection.execute(_SAVE, fields | keys | rows.error(record.error)).rowcount:
        raise StaleEpoch(article=article_id, epoch=epoch)


def _outcome(outcome: Outcome) -> dict[str, Any]:
    failure = outcome.failure
    marks = rows.encode(outcome.sections).decode()
    content = {"content": outcome.content, "sections": marks, "words": outcome.words}
    return {
        "status": outcome.status,
        "terminal_id": outcome.terminal_id,
        "title": outcome.title,
        "version": articles.c.version + int(bool(outcome.content)),
        "finished_at": outcome.finished_at,
        **rows.error(None if failure is None else failure.sentence),
        "error_retryable": failure and int(failure.retryable),
        "error_stage": failure and failure.stage,
        **({"rewrite": None} if outcome.status == "completed" else {}),
        **({} if outcome.content is None else content),
    }
