"""Search in titles, topics and texts: an FTS5 table of three-character pieces, with the texts as core/search.py spells
them. It is changed in the transactions that change the texts.

Nothing but this file knows the table. Another database finds the same with an index of its own, such as pg_trgm.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    Integer,
    Select,
    bindparam,
    column,
    delete,
    insert,
    select,
    table,
    text,
    type_coerce,
    update,
)

from service.core import languages
from service.core.article import Article
from service.core.search import spelled
from service.store.tables import articles, search_rows

CREATE = "CREATE VIRTUAL TABLE search_text USING fts5(title, content, tokenize = 'trigram case_sensitive 1')"

_text = table("search_text", column("rowid", Integer), column("title"), column("content"))
_ROW = select(search_rows.c.number).where(search_rows.c.article_id == bindparam("article_id"))
_NEW_ROW = insert(search_rows)
_DELETE = delete(_text).where(_text.c.rowid == bindparam("number"))
_INSERT = insert(_text)
_TOLD = update(articles).where(articles.c.id == bindparam("article_id")).values(language=bindparam("told"))


class Asked(msgspec.Struct):
    language: str | None = None


_asked = msgspec.json.Decoder(Asked).decode


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


def found(terms: Sequence[str]) -> Select[Any, Any]:
    """The ids of the articles that have all terms, and whether their titles and topics alone do: 1 or 0."""
    words = " ".join(f'"{term}"' for term in terms)
    titled = select(_text.c.rowid).where(text("search_text MATCH :titled").bindparams(titled=f"title : ({words})"))
    return (
        select(search_rows.c.article_id, type_coerce(_text.c.rowid.in_(titled), Integer).label("titled"))
        .select_from(_text)
        .join(search_rows, search_rows.c.number == _text.c.rowid)
        .where(text("search_text MATCH :words").bindparams(words=words))
    )
