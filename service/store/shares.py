"""Links to share articles. They go with their article."""

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import Connection, func, insert, literal, select, update
from uuid_utils.compat import uuid7

from service.core.errors import NotFound
from service.core.share import Share
from service.store import rows
from service.store.database import Database, keep, read
from service.store.tables import UTCDateTime, shares

_COLUMNS = [column for column in shares.c if column.name != "token_hash"]


class Shares:
    def __init__(self, database: Database) -> None:
        self._database = database

    @keep
    def create(self, connection: Connection, article_id: str, token_hash: str, expires_at: datetime) -> Share:
        rows.get(connection, article_id)
        now = datetime.now(UTC)
        share = Share(id=str(uuid7()), article_id=article_id, created_at=now, expires_at=expires_at, revoked_at=None)
        values = {name: getattr(share, name) for name in Share.__slots__}
        connection.execute(insert(shares).values(token_hash=token_hash, **values))
        return share

    @read
    def get(self, connection: Connection, token_hash: str) -> Share:
        """The share whose token has this hash, also if it has ended."""
        row = connection.execute(select(*_COLUMNS).where(shares.c.token_hash == token_hash)).one_or_none()
        if row is None:
            raise NotFound("share")
        return Share(**row._asdict())

    @read
    def open(self, connection: Connection, article_id: str) -> list[Share]:
        """The article's shares that have neither been revoked nor expired, the oldest first."""
        rows.get(connection, article_id)
        open_ones = shares.c.revoked_at.is_(None), shares.c.expires_at > datetime.now(UTC)
        query = select(*_COLUMNS).where(shares.c.article_id == article_id, *open_ones).order_by(shares.c.id)
        return [Share(**row._asdict()) for row in connection.execute(query)]

    @read
    def lasting(self, connection: Connection, ids: Collection[str]) -> set[str]:
        """Which of these have not been revoked, nor deleted with their article."""
        return set(connection.scalars(select(shares.c.id).where(shares.c.id.in_(ids), shares.c.revoked_at.is_(None))))

    @keep
    def revoke(self, connection: Connection, article_id: str, share_id: str) -> None:
        """End a share. Ending it again changes nothing."""
        this = shares.c.article_id == article_id, shares.c.id == share_id
        revoked_at = func.coalesce(shares.c.revoked_at, literal(datetime.now(UTC), UTCDateTime))
        if not connection.execute(update(shares).where(*this).values(revoked_at=revoked_at)).rowcount:
            raise NotFound("share")
