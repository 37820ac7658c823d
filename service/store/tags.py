"""The tags of articles."""

import unicodedata
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, delete, func, insert, select

from service.core.errors import Conflict
from service.store import rows
from service.store.database import Database, keep, read
from service.store.tables import tags


def folded(name: str) -> str:
    """A name as it is compared: whatever its case and width."""
    return unicodedata.normalize("NFKC", name).casefold()


MOST = 10  # of an article


class Tags:
    _database: Database

    @keep
    def tag(self, connection: Connection, article_id: str, names: Sequence[str]) -> list[str]:
        """Make these the article's tags, each once, whatever its case."""
        rows.get(connection, article_id)
        return _set(connection, article_id, names)

    @keep
    def change_tags(
        self, connection: Connection, article_id: str, *, add: Sequence[str], remove: Collection[str]
    ) -> list[str]:
        """Add and remove some of the article's tags, and leave the others; Conflict if it would have too many."""
        rows.get(connection, article_id)
        gone = {folded(name) for name in remove}
        kept = [name for name in of(connection, [article_id])[article_id] if folded(name) not in gone]
        wanted = {folded(name): name for name in reversed([*kept, *add])}
        if len(wanted) > MOST:
            raise Conflict("many_tags", most=MOST)
        return _set(connection, article_id, list(wanted.values()))

    @read
    def tags(self, connection: Connection) -> list[tuple[str, int]]:
        """All tags with the number of their articles, in alphabetical order."""
        query = select(func.min(tags.c.tag), func.count()).group_by(tags.c.folded).order_by(tags.c.folded)
        return [(row[0], row[1]) for row in connection.execute(query)]


def _set(connection: Connection, article_id: str, names: Sequence[str]) -> list[str]:
    connection.execute(delete(tags).where(tags.c.article_id == article_id))
    for fold, name in {folded(name): name for name in reversed(names)}.items():
        connection.execute(insert(tags).values(article_id=article_id, folded=fold, tag=name))
    return of(connection, [article_id])[article_id]


def of(connection: Connection, article_ids: Collection[str]) -> dict[str, list[str]]:
    """The tags of each article, in alphabetical order."""
    found: dict[str, list[str]] = {article_id: [] for article_id in article_ids}
    query = select(tags).where(tags.c.article_id.in_(article_ids)).order_by(tags.c.folded)
    for row in connection.execute(query):
        found[row.article_id].append(row.tag)
    return found
