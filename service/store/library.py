"""Reading, changing and removing articles."""

from datetime import UTC, datetime

from sqlalchemy import Connection, Update, case, delete, func, select, update

from service.core import changes
from service.core import outline as outlines
from service.core.article import Article, Edit, Reason, Version
from service.core.errors import NotFound
from service.core.events import ArticleStatus
from service.core.run import StageRun, Stored
from service.store import rows, search, versions
from service.store.database import Database, keep, read
from service.store.tables import articles, keys, stage_runs, workspaces

MANY = 2**31 - 1  # articles at once, of a key without a limit
ERROR = ("error_code", "error_params", "error_retryable", "error_stage")
_WAITED_LONGEST = (articles.c.queued_at, articles.c.id)
_running = select(articles.c.workspace, func.count().label("running")).where(articles.c.status == "processing")
_busy = _running.group_by(articles.c.workspace).subquery()
_busy_keys = (
    select(articles.c.key, func.count().label("running"))
    .where(articles.c.status == "processing")
    .group_by(articles.c.key)
    .subquery()
)
_of_key = func.row_number().over(partition_by=articles.c.key, order_by=_WAITED_LONGEST)
_place = func.row_number().over(partition_by=articles.c.workspace, order_by=_WAITED_LONGEST)
QUEUE = (
    select(
        articles.c.id,
        articles.c.queued_at,
        _place.label("place"),
        (_place + func.coalesce(_busy.c.running, 0)).label("turn"),
        workspaces.c.served_at,
        (_of_key + func.coalesce(_busy_keys.c.running, 0) <= func.coalesce(keys.c.articles_at_once, MANY)).label("may"),
    )
    .outerjoin(_busy, _busy.c.workspace == articles.c.workspace)
    .outerjoin(_busy_keys, _busy_keys.c.key == articles.c.key)
    .outerjoin(keys, keys.c.id == articles.c.key)
    .outerjoin(workspaces, workspaces.c.id == articles.c.workspace)
    .where(articles.c.status == "pending")
    .subquery()
)
# Workspaces take turns: one with many articles does not delay another's first. Among those with as many, whose last
# turn is the longest ago is the next.
QUEUE_ORDER = (QUEUE.c.turn, QUEUE.c.served_at.nulls_first(), QUEUE.c.queued_at, QUEUE.c.id)
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
    def active(self, connection: Connection, workspace: str) -> list[Stored]:
        """A workspace's articles being written, the oldest first. Only outlines are read: other outputs are large."""
        ours = articles.c.workspace == workspace, articles.c.status == "processing"
        query = select(articles).where(*ours).order_by(articles.c.started_at)
        active = [rows.article(row) for row in connection.execute(query)]
        records: dict[str, list[StageRun]] = {article.id: [] for article in active}
        for row in connection.execute(_PROGRESS.where(stage_runs.c.article_id.in_(records))).all():
            records[row.article_id].append(rows.stage_run(row))  # ty: ignore[invalid-argument-type]
        return [Stored(article, records[article.id]) for article in active]

    @read
    def queue(self, connection: Connection) -> dict[str, int]:
        """The places of all pending articles within their workspaces by id, the next to start first."""
        query = select(QUEUE.c.id, QUEUE.c.place).order_by(*QUEUE_ORDER)
        return {row.id: row.place for row in connection.execute(query)}

    @read
    def workspace(self, connection: Connection, article_id: str) -> str:
        """Whose the article is."""
        query = select(articles.c.workspace).where(articles.c.id == article_id)
        found = connection.execute(query).scalar_one_or_none()
        if found is None:
            raise NotFound("article")
        return found

    @read
    def counts(self, connection: Connection, workspace: str | None = None) -> dict[ArticleStatus, int]:
        """The number of articles by status, of one workspace or all."""
        query = select(articles.c.status, func.count()).group_by(articles.c.status)
        if workspace is not None:
            query = query.where(articles.c.workspace == workspace)
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
    edited = search.index(connection, edited)
    versions.keep(connection, edited, change.reason, datetime.now(UTC))
    return edited


def _changed(article: Article) -> Update:
    names = ("title", "content", "words", "version", "epoch", "run", "terminal_id", "rewrite", "status")
    values = {name: getattr(article, name) for name in names} | {"sections": rows.encode(article.sections).decode()}
    return update(articles).where(articles.c.id == article.id).values(values | dict.fromkeys(ERROR))
