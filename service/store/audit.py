"""The audit log. Entries are added, and go when they are old; nothing else removes or changes one."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select
from sqlalchemy.dialects.sqlite import insert

from service.core.audit import Entry
from service.store import rows
from service.store.database import Database, keep, read, write
from service.store.tables import audit, keys

_insert = insert(audit)
# What happens again within a minute is counted.
_ADD = _insert.on_conflict_do_update(
    index_elements=[audit.c.repeats], set_={"count": audit.c.count + _insert.excluded.count}
)


class AuditLog:
    def __init__(self, database: Database) -> None:
        self._database = database

    @keep
    def add(self, connection: Connection, entries: Iterable[Entry]) -> None:
        connection.execute(_ADD, [_values(entry) for entry in entries])

    @read
    def page(self, connection: Connection, workspace: str, *, before: str | None, limit: int) -> list[Entry]:
        """A workspace's entries, the newest first, from the one before an entry on."""
        query = select(audit).where(audit.c.workspace == workspace).order_by(audit.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(audit.c.id < before)
        return [_entry(row) for row in connection.execute(query)]

    @read
    def name(self, connection: Connection, key: str) -> str | None:
        """What the key with this id is called; None if there is none."""
        return connection.execute(select(keys.c.name).where(keys.c.id == key)).scalar_one_or_none()

    @write
    def forget(self, connection: Connection, before: datetime) -> None:
        """Remove what is older."""
        connection.execute(delete(audit).where(audit.c.at < before))


def _values(entry: Entry) -> dict[str, Any]:
    values = {name: getattr(entry, name) for name in Entry.__slots__}
    return values | {"details": rows.encode(entry.details).decode()}


def _entry(row: Row[Any]) -> Entry:
    values: dict[str, Any] = row._asdict()
    values["details"] = rows.details(values["details"])
    return Entry(**values)
