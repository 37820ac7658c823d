"""Reading, changing and removing articles."""

from datetime import UTC, datetime

from sqlalchemy import Connection, Update, case, delete, func, select, update

from service.core import changes
from service.core import outline as outlines
from service.core.article import Article, Edit, Reason, Version
from service.core.events import ArticleStatus
from service.core.run import StageRun, Stored
from service.store import rows, search, versions
from service.store.database import Database, keep, read
from service.store.tables import articles, stage_runs

ERROR = ("error_code", "error_params", "error_retryable", "error_stage")
QUEUE_ORDER = (articles.c.queued_at, articles.c.id)
_output = case((stage_runs.c.stage == outlines.STAGE, stage_runs.c.output)).label("output")
_PROGRESS = select(*(_output if column.name == "output" else column for column in stage_runs.c)).order_by(
    stage_runs.c.run, stage_runs.c.started_at
)


class Library:
    _database: Database

    @read
    def get(self, connection: Connection, article_id: str) -> Article:
        return rows.get(connection, article_id)

    @read
    def get_with_stage_runs(self, connection: Connection, article_id: str) -> Stored:
        return Stored(rows.get(connection, article_id), rows.get_stage_runs(connection, article_id))

    @read
    def active(self, connection: Connection) -> list[Stored]:
        """The articles being written, the oldest first. Only outlines are read, because other outputs are large."""
        query = select(articles).where(articles.c.status == "processing").order_by(articles.c.started_at)
        active = [rows.article(row) for row in connection.execute(query)]
        records: dict[str, list[StageRun]] = {article.id: [] for article in active}
        for row in connection.execute(_PROGRESS.where(stage_runs.c.article_id.in_(records))).all():
            records[row.article_id].append(rows.stage_run(row))  # ty: ignore[invalid-argument-type]
        return [Stored(article, records[article.id]) for article in active]

    @read
    def queue(self, connection: Connection) -> list[str]:
        """The ids of all pending articles, the next to start first."""
        query = select(articles.c.id).where(articles.c.status == "pending").order_by(*QUEUE_ORDER)
        return list(connection.execute(query).scalars())

    @read
    def counts(self, connection: Connection) -> dict[ArticleStatus, int]:
        """The number of articles by status."""
        query = select(articles.c.status, func.count()).group_by(articles.c.status)
        return {row[0]: row[1] for row in connection.execute(query)}

    async def answers(self) -> bool:
        """Whether the database can be used."""
        return await self._database.answers(select(articles.c.id).limit(1))

    @keep
    def edit(self, connection: Connection, article_id: str, change: Edit) -> Article:
        return edit(connection, article_id, change)

    @keep
    def delete(self, connection: Connection, article_id: str) -> None:
        search.remove(connection, article_id)
        connection.execute(delete(articles).where(articles.c.id == article_id))

    @read
    def versions(self, connection: Connection, article_id: str) -> list[Version]:
        rows.get(connection, article_id)
        return versions.all_of(connection, article_id)

    @read
    def reasons(self, connection: Connection, article_id: str) -> list[tuple[int, Reason]]:
        """All versions with how they came about."""
        rows.get(connection, article_id)
        return versions.reasons(connection, article_id)

    @read
    def version(self, connection: Connection, article_id: str, number: int) -> Version:
        return versions.one(connection, article_id, number)


def edit(connection: Connection, article_id: str, change: Edit) -> Article:
    """Store a new version of a finished article."""
    edited = changes.edited(rows.get(connection, article_id), change)
    connection.execute(_changed(edited))
    search.index(connection, edited)
    versions.keep(connection, edited, change.reason, datetime.now(UTC))
    return edited


def _changed(article: Article) -> Update:
    names = ("title", "content", "words", "version", "epoch", "run", "terminal_id", "rewrite", "status")
    values = {name: getattr(article, name) for name in names} | {"sections": rows.encode(article.sections).decode()}
    return update(articles).where(articles.c.id == article.id).values(values | dict.fromkeys(ERROR))
