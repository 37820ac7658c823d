"""The versions of an article."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from service.core.article import Article, Reason, Version
from service.core.errors import NotFound
from service.store import rows
from service.store.tables import versions


def keep(connection: Connection, article: Article, reason: Reason, at: datetime) -> None:
    """Store the article's current state under its version."""
    names = ("version", "title", "content", "words")
    values = {name: getattr(article, name) for name in names}
    values["sections"] = rows.encode(article.sections).decode()
    connection.execute(insert(versions).values(article_id=article.id, reason=reason, created_at=at, **values))


def all_of(connection: Connection, article_id: str) -> list[Version]:
    query = select(versions).where(versions.c.article_id == article_id).order_by(versions.c.version)
    return [_version(row) for row in connection.execute(query)]


def reasons(connection: Connection, article_id: str) -> list[tuple[int, Reason]]:
    query = select(versions.c.version, versions.c.reason).where(versions.c.article_id == article_id)
    return [(row[0], row[1]) for row in connection.execute(query.order_by(versions.c.version))]


def one(connection: Connection, article_id: str, number: int) -> Version:
    query = select(versions).where(versions.c.article_id == article_id, versions.c.version == number)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("version")
    return _version(row)


def _version(row: Row[Any]) -> Version:
    fields: dict[str, Any] = row._asdict()
    del fields["article_id"]
    fields["sections"] = rows.marks(fields["sections"])
    return Version(**fields)
