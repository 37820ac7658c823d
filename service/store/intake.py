"""How articles get into the queue: no more than may wait, and the same request only once."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, case, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from uuid_utils.compat import uuid7

from service.core.article import Article
from service.core.errors import Conflict, KeyReused, QueueFull
from service.store import rows
from service.store.database import Database, keep, write
from service.store.library import ERROR, demand_changeable
from service.store.tables import articles, idempotency_keys, stage_runs

KEYS_KEPT = timedelta(hours=24)
RETRY_AFTER = 10


_WAITING = select(func.count()).where(articles.c.status == "pending")
_INSERT = insert(articles)


class Intake:
    def __init__(self, database: Database, *, waiting_limit: int) -> None:
        self._database = database
        self._waiting_limit = waiting_limit

    @keep
    def create(
        self, connection: Connection, *, topic: str, brief: str, key: str | None = None, request: str = ""
    ) -> Article:
        """A pending article. The same key gives the same article for a day; with another request it is KeyReused."""
        article = _new(topic, brief)
        if key is not None and not _first(connection, key, request, article):
            return _earlier(connection, key, request)
        self._make_room(connection)
        connection.execute(_INSERT, _fields(article))
        return article

    @write
    def retry(self, connection: Connection, article_id: str) -> Article:
        """A failed or cancelled article waits again, for a new run."""
        statement = (
            update(articles)
            .where(articles.c.id == article_id, articles.c.status.in_(("failed", "cancelled")))
            .values(
                status="pending",
                epoch=articles.c.epoch + 1,
                run=articles.c.run + 1,
                queued_at=datetime.now(UTC),
                content=case((articles.c.work.is_(None), ""), else_=articles.c.content),
                words=case((articles.c.work.is_(None), 0), else_=articles.c.words),
                **NOT_YET,
            )
        )
        self._make_room(connection)
        retried = connection.execute(statement)
        article = rows.get(connection, article_id)
        if not retried.rowcount:
            raise Conflict(f"only a failed or cancelled article can be retried; this one is {article.status}")
        return article

    @write
    def rework(self, connection: Connection, article_id: str, *, base: int, work: str) -> Article:
        """A finished article waits for a run that does this work on its version `base`."""
        article = rows.get(connection, article_id)
        demand_changeable(article, base)
        self._make_room(connection)
        again = {"status": "pending", "epoch": article.epoch + 1, "run": article.run + 1, "work": work, **NOT_YET}
        connection.execute(
            update(articles).where(articles.c.id == article_id).values(queued_at=datetime.now(UTC), **again)
        )
        return rows.get(connection, article_id)

    @write
    def go_on(self, connection: Connection, article_id: str, *, brief: str, outline: str) -> Article:
        """An article whose outline has been seen waits to be written, by this outline and brief."""
        article = rows.get(connection, article_id)
        if article.status != "awaiting_review":
            raise Conflict(f"the outline of a {article.status} article can't be changed")
        seen = stage_runs.c.article_id == article_id, stage_runs.c.stage == "outline", stage_runs.c.run == article.run
        connection.execute(update(stage_runs).where(*seen).values(output=outline))
        values = {"status": "pending", "brief": brief, "epoch": article.epoch + 1, "queued_at": datetime.now(UTC)}
        connection.execute(update(articles).where(articles.c.id == article_id).values(**values))
        return rows.get(connection, article_id)

    def _make_room(self, connection: Connection) -> None:
        if connection.execute(_WAITING).scalar_one() >= self._waiting_limit:
            raise QueueFull(f"{self._waiting_limit} articles are waiting already", retry_after=RETRY_AFTER)


NOT_YET = dict.fromkeys(("terminal_id", "started_at", "finished_at", *ERROR))


def _new(topic: str, brief: str) -> Article:
    now = datetime.now(UTC)
    return Article(
        id=str(uuid7()),
        topic=topic,
        title=topic,
        version=0,
        brief=brief,
        work=None,
        status="pending",
        epoch=1,
        run=1,
        terminal_id=None,
        content="",
        words=0,
        failure=None,
        created_at=now,
        queued_at=now,
        started_at=None,
        finished_at=None,
    )


def _fields(article: Article) -> dict[str, object]:
    return {name: getattr(article, name) for name in Article.__slots__ if name != "failure"}


def _first(connection: Connection, key: str, request: str, article: Article) -> bool:
    """Take the key for this article; false if it is taken."""
    expired = idempotency_keys.c.created_at < article.created_at - KEYS_KEPT
    connection.execute(delete(idempotency_keys).where(expired))
    row = {"key": key, "request": request, "article_id": article.id, "created_at": article.created_at}
    taken = connection.execute(upsert(idempotency_keys).values(row).on_conflict_do_nothing())
    return taken.rowcount > 0


def _earlier(connection: Connection, key: str, request: str) -> Article:
    query = select(idempotency_keys).where(idempotency_keys.c.key == key)
    row = connection.execute(query).one()
    if row.request != request:
        raise KeyReused("this Idempotency-Key was used with another request")
    return rows.get(connection, row.article_id)
