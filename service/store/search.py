"""Search in titles, topics and texts: FTS5 tables of three-character pieces, with the texts as core/search.py spells
them. They are changed in the transactions that change the texts.

Nothing but this file knows these tables. Another database finds the same with an index of its own, such as pg_trgm.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Integer, Select, bindparam, column, delete, insert, select, table, text, type_coerce

from service.core.article import Article
from service.core.search import spelled
from service.store.tables import search_rows

# Titles are in both tables: to look for them among the texts takes as long as to look for the texts.
TABLES = ("search_text", "search_title")
_spelled, _title = (table(name, column("rowid", Integer), column("spelled")) for name in TABLES)
_ROW = select(search_rows.c.number).where(search_rows.c.article_id == bindparam("article_id"))
_NEW_ROW = insert(search_rows)
_DELETES = [delete(each).where(each.c.rowid == bindparam("number")) for each in (_spelled, _title)]
_INSERT_TEXT, _INSERT_TITLE = insert(_spelled), insert(_title)


def create(connection: Connection) -> None:
    for name in TABLES:
        made = f"CREATE VIRTUAL TABLE {name} USING fts5(spelled, tokenize = 'trigram case_sensitive 1')"
        connection.exec_driver_sql(made)


def index(connection: Connection, article: Article) -> None:
    """Make the article's current title, topic and text what is found."""
    add(connection, article.id, article.title, article.topic, article.content)


def add(connection: Connection, article_id: str, title: str, topic: str, content: str) -> None:
    number = connection.execute(_ROW, {"article_id": article_id}).scalar()
    if number is None:
        [number] = connection.execute(_NEW_ROW, {"article_id": article_id}).inserted_primary_key or [0]
    else:
        _delete(connection, number)
    # No term has a quote, so none is found partly in the title and partly in the topic.
    titles = f'{spelled(title)}"{spelled(topic)}'
    connection.execute(_INSERT_TITLE, {"rowid": number, "spelled": titles})
    connection.execute(_INSERT_TEXT, {"rowid": number, "spelled": f'{titles}"{spelled(content)}'})


def remove(connection: Connection, article_id: str) -> None:
    _delete(connection, connection.execute(_ROW, {"article_id": article_id}).scalar())


def _delete(connection: Connection, number: int | None) -> None:
    for statement in _DELETES:
        connection.execute(statement, {"number": number})


def found(terms: Sequence[str]) -> Select[Any, Any]:
    """The ids of the articles that have all terms, and whether their titles alone do: 1 or 0."""
    words = {"words": " ".join(f'"{term}"' for term in terms)}
    titled = select(_title.c.rowid).where(text("search_title MATCH :words").bindparams(**words))
    return (
        select(search_rows.c.article_id, type_coerce(_spelled.c.rowid.in_(titled), Integer).label("titled"))
        .select_from(_spelled)
        .join(search_rows, search_rows.c.number == _spelled.c.rowid)
        .where(text("search_text MATCH :words").bindparams(**words))
    )
