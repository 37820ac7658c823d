"""What an article was like, change by change."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.errors import NotFound
from service.store.records import Article, Reason, Version
from service.store.tables import versions


async def keep(connection: AsyncConnection, article: Article, reason: Reason, at: datetime) -> None:
    """Keep the article as it is now, under its version."""
    names = ("version", "title", "content", "words")
    values = {name: getattr(article, name) for name in names}
    await connection.execute(insert(versions).values(article_id=article.id, reason=reason, created_at=at, **values))


async def all_of(connection: AsyncConnection, article_id: str) -> list[Version]:
    query = select(versions).where(versions.c.article_id == article_id).order_by(versions.c.version)
    return [_version(row) for row in await connection.execute(query)]


async def one(connection: AsyncConnection, article_id: str, number: int) -> Version:
    query = select(versions).where(versions.c.article_id == article_id, versions.c.version == number)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise NotFound("there is no such version")
    return _version(row)


def _version(row: Row[Any]) -> Version:
    fields: dict[str, Any] = row._asdict()
    del fields["article_id"]
    return Version(**fields)
