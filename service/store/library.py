"""The articles as people look through, change and remove them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import Connection, Update, delete, or_, select, update

from service.core.article import Article, Claim, Edit, Version
from service.core.errors import Conflict
from service.core.events import ArticleStatus, event_id
from service.store import rows, versions
from service.store.database import Database, read, write
from service.store.tables import articles, stage_runs

FINISHED = ("completed", "cancelled", "failed")
ERROR = ("error_code", "error_message", "error_retryable", "error_stage")
Sort = Literal["newest", "oldest"]


class Library:
    def __init__(self, database: Database) -> None:
        self._database = database

    @read
    def page(
        self,
        connection: Connection,
        *,
        limit: int,
        after: str | None,
        status: ArticleStatus | None,
        q: str | None,
        sort: Sort,
    ) -> list[Article]:
        """Up to `limit` articles behind the one with the id `after`. Ids are in the order of creation."""
        newest = sort == "newest"
        query = select(articles).order_by(articles.c.id.desc() if newest else articles.c.id).limit(limit)
        if after is not None:
            query = query.where(articles.c.id < after if newest else articles.c.id > after)
        if status is not None:
            query = query.where(articles.c.status == status)
        if q is not None:
            found = [column.icontains(q, autoescape=True) for column in (articles.c.topic, articles.c.title)]
            query = query.where(or_(*found))
        return [rows.article(row) for row in connection.execute(query)]

    @read
    def active(self, connection: Connection) -> list[Claim]:
        """What is being written now, the longest first."""
        query = select(articles).where(articles.c.status == "processing").order_by(articles.c.started_at)
        active = [rows.article(row) for row in connection.execute(query)]
        wanted = stage_runs.c.article_id.in_([article.id for article in active])
        records = (connection.execute(select(stage_runs).where(wanted))).all()
        return [Claim(a, [rows.stage_run(row) for row in records if row.article_id == a.id]) for a in active]

    @write
    def edit(self, connection: Connection, article_id: str, change: Edit) -> Article:
        return edit(connection, article_id, change)

    @write
    def delete(self, connection: Connection, article_id: str) -> None:
        connection.execute(delete(articles).where(articles.c.id == article_id))

    @read
    def versions(self, connection: Connection, article_id: str) -> list[Version]:
        rows.get(connection, article_id)
        return versions.all_of(connection, article_id)

    @read
    def version(self, connection: Connection, article_id: str, number: int) -> Version:
        return versions.one(connection, article_id, number)


def edit(connection: Connection, article_id: str, change: Edit) -> Article:
    """A new version of a finished article, as a run of its own."""
    article = rows.get(connection, article_id)
    demand_changeable(article, change.base)
    edited = replace(
        article,
        title=article.title if change.title is None else change.title,
        content=article.content if change.content is None else change.content,
        words=article.words if change.content is None else change.words,
        version=article.version + 1,
        epoch=article.epoch + 1,
        run=article.run + 1,
        terminal_id=event_id(article.epoch + 1, 1),
        work=None,
        status="completed" if article.status == "failed" else article.status,  # somebody has finished it by hand
        failure=None,
    )
    connection.execute(_changed(edited))
    versions.keep(connection, edited, change.reason, datetime.now(UTC))
    return edited


def demand_changeable(article: Article, base: int) -> None:
    """Conflict unless it is a finished article with a text, at version `base`."""
    if article.status not in FINISHED:
        raise Conflict(f"a {article.status} article can't be changed")
    if not article.version:
        raise Conflict("the article has no text yet")
    if article.version != base:
        raise Conflict(f"the article has moved on to version {article.version}")


def _changed(article: Article) -> Update:
    names = ("title", "content", "words", "version", "epoch", "run", "terminal_id", "work", "status")
    values = {name: getattr(article, name) for name in names}
    return update(articles).where(articles.c.id == article.id).values(values | dict.fromkeys(ERROR))
