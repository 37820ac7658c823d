"""Search in titles, topics and texts, in a table with the texts as core/search.py spells them. It is changed in the
transactions that change the texts.

In SQLite it is an FTS5 table of three-character pieces. PostgreSQL finds the same with LIKE, and faster where it has
the extension pg_trgm: that belongs to its standard ones, but not to every installation.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    MetaData,
    Select,
    Table,
    Text,
    TextClause,
    and_,
    bindparam,
    case,
    delete,
    insert,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy import Column as C
from sqlalchemy.exc import SQLAlchemyError

from service.core import languages
from service.core.article import Article
from service.core.search import spelled
from service.store.tables import articles, search_rows

log = logging.getLogger(__name__)

FTS5 = "CREATE VIRTUAL TABLE search_text USING fts5(title, content, tokenize = 'trigram case_sensitive 1')"
TRIGRAMS = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX search_text_trigrams ON search_text USING gin ((title || '\"' || content) gin_trgm_ops)",
)

TEXTS = Table(
    "search_text",
    MetaData(),
    C("rowid", BigInteger, primary_key=True, autoincrement=False),
    C("title", Text, nullable=False),
    C("content", Text, nullable=False),
)

_ROW = select(search_rows.c.number).where(search_rows.c.article_id == bindparam("article_id"))
_NEW_ROW = insert(search_rows)
_DELETE = delete(TEXTS).where(TEXTS.c.rowid == bindparam("number"))
_INSERT = insert(TEXTS)
_TOLD = update(articles).where(articles.c.id == bindparam("article_id")).values(language=bindparam("told"))


class Asked(msgspec.Struct):
    language: str | None = None


_asked = msgspec.json.Decoder(Asked).decode


def create(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(FTS5)
        return
    TEXTS.create(connection, checkfirst=False)
    try:
        with connection.begin_nested():
            for statement in TRIGRAMS:
                connection.exec_driver_sql(statement)
    except SQLAlchemyError:
        log.warning("searches look at every text, because the extension pg_trgm can't be installed in the database")


def index(connection: Connection, article: Article) -> Article:
    """Make the article's current title, topic, text and language what is found. Returns it with its language."""
    add(connection, article.id, article.title, article.topic, article.content)
    language = languages.tag(asked(article.brief), article.content, article.topic)
    connection.execute(_TOLD, {"article_id": article.id, "told": language})
    return replace(article, language=language)


def asked(brief: str) -> str | None:
    """The language that a brief asks for."""
    return _asked(brief).language


def add(connection: Connection, article_id: str, title: str, topic: str, content: str) -> None:
    number = connection.execute(_ROW, {"article_id": article_id}).scalar()
    if number is None:
        [number] = connection.execute(_NEW_ROW, {"article_id": article_id}).inserted_primary_key or [0]
    else:
        connection.execute(_DELETE, {"number": number})
    # No term has a quote, so none is found partly in the title and partly in the topic.
    titles = f'{spelled(title)}"{spelled(topic)}'
    connection.execute(_INSERT, {"rowid": number, "title": titles, "content": spelled(content)})


def remove(connection: Connection, article_id: str) -> None:
    connection.execute(_DELETE, {"number": connection.execute(_ROW, {"article_id": article_id}).scalar()})


def found(connection: Connection, terms: Sequence[str]) -> Select[Any, Any]:
    """The ids of the articles that have all terms, and whether their titles and topics alone do: 1 or 0."""
    titled, matching = FOUND[connection.dialect.name](terms)
    return (
        select(search_rows.c.article_id, case((titled, 1), else_=0).label("titled"))
        .select_from(TEXTS)
        .join(search_rows, search_rows.c.number == TEXTS.c.rowid)
        .where(matching)
    )


Conditions = tuple[ColumnElement[bool], ColumnElement[bool] | TextClause]


def _in_fts5(terms: Sequence[str]) -> Conditions:
    words = " ".join(f'"{term}"' for term in terms)
    titled = select(TEXTS.c.rowid).where(text("search_text MATCH :titled").bindparams(titled=f"title : ({words})"))
    return TEXTS.c.rowid.in_(titled), text("search_text MATCH :words").bindparams(words=words)


def _within(terms: Sequence[str]) -> Conditions:
    title, whole = TEXTS.c.title, TEXTS.c.title + literal_column("'\"'") + TEXTS.c.content
    titled, anywhere = (and_(*(text.contains(term, autoescape=True) for term in terms)) for text in (title, whole))
    return titled, anywhere


FOUND: dict[str, Callable[[Sequence[str]], Conditions]] = {"sqlite": _in_fts5, "postgresql": _within}
