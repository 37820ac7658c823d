"""Lists of articles: filtered, searched and in pages."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, false, func, literal, or_, select

from service.core import search as words
from service.core.article import Article
from service.core.events import ArticleStatus
from service.core.run import DONE, StageRun
from service.store import rows, search, tags
from service.store.database import Database, read
from service.store.tables import articles, stage_runs
from service.store.tables import tags as tags_table

Sort = Literal["newest", "oldest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which articles are listed: those that match all that is not None."""

    q: str | None = None
    status: ArticleStatus | None = None
    language: str | None = None  # `pt` includes pt-BR
    tag: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An article of a list, with its tags and the stage runs that were asked for."""

    article: Article
    tags: list[str]
    stage_runs: list[StageRun]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a list, the number of all articles in the list, and the cursor of the next page."""

    listed: list[Listed]
    total: int
    cursor: str | None


class Listing:
    _database: Database

    @read
    def page(
        self,
        connection: Connection,
        workspace: str,
        wanted: Wanted,
        *,
        limit: int,
        after: str | None = None,
        sort: Sort = "newest",
        stages: Collection[str] = (),
    ) -> Page:
        """Up to `limit` articles of a workspace after the cursor `after`, with their finished runs of `stages`. In a
        search, those found by their title come first; ids are in order of creation."""
        matching = _matching(connection, workspace, wanted).cte("matching")
        query = select(matching, select(func.count()).select_from(matching).scalar_subquery().label("total"))
        query = _in_order(query, matching.c, sort, after).limit(limit + 1)
        found = connection.execute(query).all()
        total = found[0].total if found else _count(connection, workspace, wanted)
        ids = [row.id for row in found[:limit]]
        more = len(found) > limit
        cursor = ("title:" if found[limit - 1].titled else "") + ids[-1] if more else None
        return Page(listed=_listed(connection, ids, stages), total=total, cursor=cursor)

    @read
    def languages(self, connection: Connection, workspace: str) -> list[tuple[str, int]]:
        """The languages of a workspace's articles, as far as they are known, with the number of their articles."""
        language = func.lower(articles.c.language).label("language")
        ours = articles.c.workspace == workspace, articles.c.language.is_not(None)
        query = select(func.min(articles.c.language), func.count()).where(*ours)
        return [(row[0], row[1]) for row in connection.execute(query.group_by(language).order_by(language))]


def _matching(connection: Connection, workspace: str, wanted: Wanted) -> Select[Any, Any]:
    """The ids of the articles, and whether a search found the title."""
    query: Select[Any, Any] = select(articles.c.id, literal(0).label("titled"))
    if wanted.q is not None:
        terms = words.terms(wanted.q)
        if not terms:
            return query.where(false())
        # Otherwise the database may search anew for each article that the filters leave.
        found = search.found(connection, terms).cte("found").prefix_with("MATERIALIZED")
        query = select(articles.c.id, found.c.titled).join(found, found.c.article_id == articles.c.id)
    return query.where(articles.c.workspace == workspace, *_filters(wanted))


def _filters(wanted: Wanted) -> list[ColumnElement[bool]]:
    filters: list[ColumnElement[bool]] = []
    if wanted.status is not None:
        filters.append(articles.c.status == wanted.status)
    if wanted.language is not None:
        language, tag = func.lower(articles.c.language), wanted.language.lower()
        filters.append(or_(language == tag, language.startswith(f"{tag}-", autoescape=True)))
    if wanted.tag is not None:
        folded = tags.folded(wanted.tag)
        filters.append(articles.c.id.in_(select(tags_table.c.article_id).where(tags_table.c.folded == folded)))
    if wanted.since is not None:
        filters.append(articles.c.created_at >= wanted.since)
    if wanted.until is not None:
        filters.append(articles.c.created_at <= wanted.until)
    return filters


def _in_order(query: Select[Any, Any], columns: Any, sort: Sort, after: str | None) -> Select[Any, Any]:
    newest = sort == "newest"
    if after is not None:
        titled, last = int(after.startswith("title:")), after.removeprefix("title:")
        beyond = columns.id < last if newest else columns.id > last
        query = query.where(or_(columns.titled < titled, (columns.titled == titled) & beyond))
    return query.order_by(columns.titled.desc(), columns.id.desc() if newest else columns.id)


def _count(connection: Connection, workspace: str, wanted: Wanted) -> int:
    return connection.execute(
        select(func.count()).select_from(_matching(connection, workspace, wanted).subquery())
    ).scalar_one()


def _listed(connection: Connection, ids: list[str], stages: Collection[str]) -> list[Listed]:
    found = {row.id: rows.article(row) for row in connection.execute(select(articles).where(articles.c.id.in_(ids)))}
    tagged = tags.of(connection, ids)
    records: dict[str, list[StageRun]] = {article_id: [] for article_id in ids}
    ours = (stage_runs.c.article_id.in_(ids), stage_runs.c.stage.in_(stages), stage_runs.c.status.in_(DONE))
    for row in connection.execute(select(stage_runs).where(*ours).order_by(stage_runs.c.run)):
        records[row.article_id].append(rows.stage_run(row))
    return [Listed(article=found[id], tags=tagged[id], stage_runs=records[id]) for id in ids]
