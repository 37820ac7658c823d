"""How articles get into the queue: no more than may wait, and the same request only once."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from uuid_utils.compat import uuid7

from service.errors import Conflict, KeyReused, QueueFull
from service.store import rows
from service.store.database import Database, write
from service.store.records import Article
from service.store.tables import articles, idempotency_keys

KEYS_KEPT = timedelta(hours=24)
RETRY_AFTER = 10


_WAITING = select(func.count()).where(articles.c.status == "pending")
_INSERT = insert(articles)


class Intake:
    def __init__(self, database: Database, *, waiting_limit: int) -> None:
        self._database = database
        self._waiting_limit = waiting_limit

    @write
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
                content="",
                words=0,
                **dict.fromkeys(("terminal_id", "started_at", "finished_at", *ERROR)),
            )
        )
        self._make_room(connection)
        retried = connection.execute(statement)
        article = rows.get(connection, article_id)
        if not retried.rowcount:
            raise Conflict(f"only a failed or cancelled article can be retried; this one is {article.status}")
        return article

    def _make_room(self, connection: Connection) -> None:
        if (connection.execute(_WAITING)).scalar_one() >= self._waiting_limit:
            raise QueueFull(f"{self._waiting_limit} articles are waiting already", retry_after=RETRY_AFTER)


ERROR = ("error_code", "error_message", "error_retryable", "error_stage")


def _new(topic: str, brief: str) -> Article:
    now = datetime.now(UTC)
    return Article(
        id=str(uuid7()),
        topic=topic,
        title=topic,
        version=0,
        brief=brief,
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
    row = (connection.execute(query)).one()
    if row.request != request:
        raise KeyReused("this Idempotency-Key was used with another request")
    return rows.get(connection, row.article_id)
