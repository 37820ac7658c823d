"""Saved briefs."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, func, insert, select, update
from uuid_utils.compat import uuid7

from service.core.errors import Conflict, NotFound
from service.store.database import Database, keep, read
from service.store.tables import briefs
from service.store.tags import folded

MOST = 200  # of a workspace: all are listed at once


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedBrief:
    """A brief under a name. `brief` is JSON that is not decoded here."""

    id: str
    name: str
    brief: str
    created_at: datetime


_FIELDS = select(briefs.c.id, briefs.c.name, briefs.c.brief, briefs.c.created_at)


class Briefs:
    _database: Database

    @keep
    def save_brief(self, connection: Connection, workspace: str, name: str, brief: str) -> SavedBrief:
        """Save a brief under a name that the workspace has no other for."""
        ours = briefs.c.workspace == workspace
        _demand_free(connection, workspace, name)
        if connection.execute(select(func.count()).where(ours)).scalar_one() >= MOST:
            raise Conflict("many_briefs", most=MOST)
        saved = SavedBrief(id=str(uuid7()), name=name, brief=brief, created_at=datetime.now(UTC))
        values = {field: getattr(saved, field) for field in SavedBrief.__slots__}
        connection.execute(insert(briefs).values(workspace=workspace, folded=folded(name), **values))
        return saved

    @read
    def saved_briefs(self, connection: Connection, workspace: str) -> list[SavedBrief]:
        """The workspace's saved briefs by name."""
        query = _FIELDS.where(briefs.c.workspace == workspace).order_by(briefs.c.folded)
        return [SavedBrief(**row._asdict()) for row in connection.execute(query)]

    @read
    def saved_brief(self, connection: Connection, workspace: str, brief_id: str) -> SavedBrief:
        return _get(connection, workspace, brief_id)

    @keep
    def rename_brief(self, connection: Connection, workspace: str, brief_id: str, name: str) -> SavedBrief:
        _demand_free(connection, workspace, name, but=brief_id)
        ours = (briefs.c.workspace == workspace, briefs.c.id == brief_id)
        connection.execute(update(briefs).where(*ours).values(name=name, folded=folded(name)))
        return _get(connection, workspace, brief_id)

    @keep
    def delete_brief(self, connection: Connection, workspace: str, brief_id: str) -> None:
        ours = (briefs.c.workspace == workspace, briefs.c.id == brief_id)
        if not connection.execute(delete(briefs).where(*ours)).rowcount:
            raise NotFound("brief")


def _get(connection: Connection, workspace: str, brief_id: str) -> SavedBrief:
    row = connection.execute(_FIELDS.where(briefs.c.workspace == workspace, briefs.c.id == brief_id)).one_or_none()
    if row is None:
        raise NotFound("brief")
    return SavedBrief(**row._asdict())


def _demand_free(connection: Connection, workspace: str, name: str, but: str = "") -> None:
    """Conflict if another brief of the workspace has the name."""
    others = (briefs.c.workspace == workspace, briefs.c.folded == folded(name), briefs.c.id != but)
    if connection.execute(select(briefs.c.id).where(*others)).first():
        raise Conflict("name_taken", name=name)
