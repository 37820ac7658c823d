"""Puts articles into the queue: no more than may wait, and each request once."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, case, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from uuid_utils.compat import uuid7

from service.core import outline as outlines
from service.core.article import Article
from service.core.changes import demand_changeable
from service.core.errors import Conflict, KeyReused, NotFound, QueueFull
from service.core.purse import Payer
from service.store import budgets, rows, search
from service.store.database import Database, keep
from service.store.library import ERROR
from service.store.tables import articles, idempotency_keys, stage_runs

KEYS_KEPT = timedelta(hours=24)
RETRY_AFTER = 10


_WAITING = select(func.count()).where(articles.c.status == "pending")
_INSERT = insert(articles)


class Intake:
    _database: Database
    _waiting_limit: int

    @keep
    def create(
        self,
        connection: Connection,
        workspace: str,
        *,
        topic: str,
        brief: str,
        key: str | None = None,
        request: str = "",
        payer: Payer | None = None,
    ) -> Article:
        """Create a pending article. For a day, the same key returns the same article; with a different request, it
        raises KeyReused."""
        article = _new(workspace, topic, brief, None if payer is None else payer.key)
        if key is not None and (earlier := _claimed(connection, key, request, article)) is not None:
            return earlier
        self._make_room(connection, payer)
        connection.execute(_INSERT, _fields(article))
        return search.index(connection, article)

    @keep
    def retry(self, connection: Connection, article_id: str, payer: Payer | None = None) -> Article:
        """Queue a new run of a failed or cancelled article."""
        statement = (
            update(articles)
            .where(articles.c.id == article_id, articles.c.status.in_(("failed", "cancelled")))
            .values(
                status="pending",
                epoch=articles.c.epoch + 1,
                run=articles.c.run + 1,
                queued_at=datetime.now(UTC),
                key=payer and payer.key,
                content=case((articles.c.rewrite.is_(None), ""), else_=articles.c.content),
                words=case((articles.c.rewrite.is_(None), 0), else_=articles.c.words),
                **NOT_YET,
            )
        )
        self._make_room(connection, payer)
        retried = connection.execute(statement)
        article = rows.get(connection, article_id)
        if not retried.rowcount:
            raise Conflict("not_retryable", status=article.status)
        return search.index(connection, article)

    @keep
    def rewrite(
        self, connection: Connection, article_id: str, *, base: int, rewrite: str, payer: Payer | None = None
    ) -> Article:
        """Queue a run that rewrites a section of version `base` of a finished article."""
        article = rows.get(connection, article_id)
        demand_changeable(article, base)
        self._make_room(connection, payer)
        again = {"status": "pending", "epoch": article.epoch + 1, "run": article.run + 1, "rewrite": rewrite, **NOT_YET}
        connection.execute(
            update(articles)
            .where(articles.c.id == article_id)
            .values(queued_at=datetime.now(UTC), key=payer and payer.key, **again)
        )
        return rows.get(connection, article_id)

    @keep
    def approve(
        self, connection: Connection, article_id: str, *, brief: str, outline: str, payer: Payer | None = None
    ) -> Article:
        """Queue an article whose outline was reviewed, with this outline and brief."""
        article = rows.get(connection, article_id)
        if article.status != "awaiting_review":
            raise Conflict("not_in_review", status=article.status)
        if payer is not None:
            budgets.demand(connection, payer)
        seen = (
            stage_runs.c.article_id == article_id,
            stage_runs.c.stage == outlines.STAGE,
            stage_runs.c.run == article.run,
        )
        connection.execute(update(stage_runs).where(*seen).values(output=outline))
        values = {"status": "pending", "brief": brief, "epoch": article.epoch + 1, "queued_at": datetime.now(UTC)}
        paying = {"key": payer and payer.key}
        connection.execute(update(articles).where(articles.c.id == article_id).values(**values, **paying))
        return rows.get(connection, article_id)

    def _make_room(self, connection: Connection, payer: Payer | None) -> None:
        """QueueFull if too many wait, unless all are others'; BudgetSpent if there is nothing left to write with."""
        if payer is not None:
            budgets.demand(connection, payer)
        if connection.execute(_WAITING).scalar_one() < self._waiting_limit:
            return
        if payer is None or connection.execute(_WAITING.where(articles.c.workspace == payer.workspace)).scalar_one():
            raise QueueFull(limit=self._waiting_limit, retry_after=RETRY_AFTER)


NOT_YET = dict.fromkeys(("terminal_id", "started_at", "finished_at", *ERROR))


def _new(workspace: str, topic: str, brief: str, key: str | None) -> Article:
    now = datetime.now(UTC)
    return Article(
        id=str(uuid7()),
        topic=topic,
        title=topic,
        version=0,
        brief=brief,
        rewrite=None,
        status="pending",
        epoch=1,
        run=1,
        terminal_id=None,
        content="",
        sections=(),
        words=0,
        failure=None,
        created_at=now,
        queued_at=now,
        started_at=None,
        finished_at=None,
        workspace=workspace,
        key=key,
    )


def _fields(article: Article) -> dict[str, object]:
    return {name: getattr(article, name) for name in Article.__slots__ if name not in ("failure", "sections")}


def _claimed(connection: Connection, key: str, request: str, article: Article) -> Article | None:
    """Reserve the key for this article, or return the article that already has it."""
    expired = idempotency_keys.c.created_at < article.created_at - KEYS_KEPT
    connection.execute(delete(idempotency_keys).where(expired))
    ids = {"workspace": article.workspace, "key": key, "article_id": article.id}
    row = ids | {"request": request, "created_at": article.created_at}
    reserve = upsert(idempotency_keys).values(row).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    if connection.execute(reserve).rowcount:
        return None
    ours = (idempotency_keys.c.workspace == article.workspace) & (idempotency_keys.c.key == key)
    taken = connection.execute(select(idempotency_keys).where(ours)).one()
    if taken.request != request:
        raise KeyReused
    try:
        return rows.get(connection, taken.article_id)
    except NotFound:  # it was deleted, so the key is free
        connection.execute(update(idempotency_keys).where(ours).values(row))
        return None
