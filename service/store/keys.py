"""Keys and sessions, each found by a keyed hash of its text."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from uuid_utils.compat import uuid7

from service.core.caller import Account, Caller
from service.core.errors import Conflict, NotFound
from service.core.key import Key
from service.store.database import Database, keep, read, write
from service.store.tables import keys, sessions, workspaces

_COLUMNS = [keys.c[name] for name in Key.__slots__]
_FIND = select(*_COLUMNS).where(keys.c.digest == bindparam("digest"))
_GOES_ON = (  # of a session
    sessions.c.used_at > bindparam("used_after", type_=sessions.c.used_at.type),
    sessions.c.expires_at > bindparam("now", type_=sessions.c.expires_at.type),
)
_PERSON = sessions.c.workspace, sessions.c.role, sessions.c.name, sessions.c.subject
_OF_SESSION = (
    select(*_PERSON, *_COLUMNS)
    .outerjoin_from(sessions, keys, sessions.c.key_id == keys.c.id)
    .where(sessions.c.digest == bindparam("digest"), *_GOES_ON)
)
_ACCOUNTS = (  # a row for each session
    select(
        *(sessions.c[name] for name in ("subject", "name", "role")),
        func.min(sessions.c.created_at).over(partition_by=sessions.c.subject).label("begun_at"),
        func.max(sessions.c.used_at).over(partition_by=sessions.c.subject).label("used_at"),
    )
    .where(sessions.c.workspace == bindparam("workspace"), sessions.c.subject.is_not(None), *_GOES_ON)
    .order_by(sessions.c.created_at)
)
_VALID = keys.c.revoked_at.is_(None) & (
    keys.c.expires_at.is_(None) | (keys.c.expires_at > bindparam("now", type_=keys.c.expires_at.type))
)
_ASKED = bindparam("digests", expanding=True)
_VALID_KEYS = select(keys.c.digest).where(keys.c.digest.in_(_ASKED), _VALID)
_VALID_SESSIONS = (
    select(sessions.c.digest)
    .outerjoin_from(sessions, keys, sessions.c.key_id == keys.c.id)
    .where(sessions.c.digest.in_(_ASKED), *_GOES_ON, sessions.c.key_id.is_(None) | _VALID)
)
AT_ONCE = 1_000  # digests in one statement


class Keys:
    def __init__(self, database: Database) -> None:
        self._database = database

    @keep
    def create(
        self,
        connection: Connection,
        workspace: str,
        name: str,
        role: str,
        digest: str,
        last_four: str,
        expires_at: datetime | None,
        limits: Mapping[str, str | float | None],
    ) -> Key:
        """A key of the workspace, which is there from then on. Its limits are columns by name."""
        now = datetime.now(UTC)
        _be_there(connection, workspace)
        about = {"workspace": workspace, "name": name, "role": role, "last_four": last_four, "digest": digest}
        connection.execute(
            insert(keys).values(id=str(uuid7()), created_at=now, expires_at=expires_at, **about, **limits)
        )
        return _key(connection.execute(_FIND, {"digest": digest}).one())

    @read
    def all(self, connection: Connection, workspace: str | None) -> list[Key]:
        """A workspace's keys, or those of all, the oldest first, also if they are no longer valid."""
        query = select(*_COLUMNS).order_by(keys.c.id)
        if workspace is not None:
            query = query.where(keys.c.workspace == workspace)
        return [_key(row) for row in connection.execute(query)]

    @read
    def find(self, connection: Connection, digest: str) -> Key | None:
        row = connection.execute(_FIND, {"digest": digest}).one_or_none()
        return None if row is None else _key(row)

    @keep
    def revoke(self, connection: Connection, workspace: str | None, key_id: str) -> Key | None:
        """End a key and its sessions. Ending it again changes nothing, and gives None."""
        if _changed(connection, workspace, key_id).revoked_at is not None:
            return None
        _end_sessions(connection, key_id)
        return _changed(connection, workspace, key_id, revoked_at=datetime.now(UTC))

    @keep
    def limit(
        self, connection: Connection, workspace: str | None, key_id: str, limits: Mapping[str, str | float | None]
    ) -> Key:
        """Change a key's limits, which are columns by name."""
        return _changed(connection, workspace, key_id, **limits)

    @keep
    def limit_workspace(self, connection: Connection, workspace: str, limits: Mapping[str, float | None]) -> bool:
        """Change a workspace's limits. False if nobody has entered it yet."""
        this = update(workspaces).where(workspaces.c.id == workspace).values(id=workspace, **limits)
        return connection.execute(this).rowcount > 0

    @keep
    def rotate(self, connection: Connection, workspace: str | None, key_id: str, digest: str, last_four: str) -> Key:
        """Replace a key's text, and end its sessions. Conflict if the key is no longer valid."""
        key = _changed(connection, workspace, key_id, digest=digest, last_four=last_four)
        if key.revoked_at is not None:
            raise Conflict("key_revoked")
        if not key.valid(datetime.now(UTC)):
            raise Conflict("key_expired")
        _end_sessions(connection, key_id)
        return key

    # -- sessions

    @write
    def be_there(self, connection: Connection, workspace: str) -> None:
        """A workspace is there once somebody has entered it."""
        _be_there(connection, workspace)

    @keep
    def begin_session(self, connection: Connection, digest: str, caller: Caller, longest: timedelta) -> None:
        now = datetime.now(UTC)
        connection.execute(delete(sessions).where(sessions.c.expires_at < now))
        _be_there(connection, caller.workspace)
        about = {"key_id": caller.key, "workspace": caller.workspace}
        if caller.key is None:
            about |= {"subject": caller.subject, "role": caller.role, "name": caller.name}
        times = {"created_at": now, "used_at": now, "expires_at": now + longest}
        connection.execute(insert(sessions).values(digest=digest, **about, **times))

    @read
    def of_session(self, connection: Connection, digest: str, idle: timedelta) -> Key | Caller | None:
        """The key that a session began with, or the person without one, unless the session has ended."""
        now = datetime.now(UTC)
        asked = {"digest": digest, "used_after": now - idle, "now": now}
        row = connection.execute(_OF_SESSION, asked).one_or_none()
        if row is None:
            return None
        workspace, role, name, subject, *key = row
        if subject is not None:
            return Caller(workspace, role, name, subject=subject)
        return Key(**dict(zip(Key.__slots__, key, strict=True)))

    @read
    def valid(self, connection: Connection, digests: Collection[str], idle: timedelta) -> set[str]:
        """Those of the digests that are of keys and sessions that have not ended."""
        now, every, found = datetime.now(UTC), list(digests), set[str]()
        for at in range(0, len(every), AT_ONCE):
            asked = {"digests": every[at : at + AT_ONCE], "used_after": now - idle, "now": now}
            for query in (_VALID_KEYS, _VALID_SESSIONS):
                found.update(connection.scalars(query, asked))
        return found

    @keep
    def end_session(self, connection: Connection, digest: str) -> None:
        connection.execute(delete(sessions).where(sessions.c.digest == digest))

    @read
    def accounts(self, connection: Connection, workspace: str, idle: timedelta) -> list[Account]:
        """Who has a session there without a key, the first to come first."""
        now = datetime.now(UTC)
        rows = connection.execute(_ACCOUNTS, {"workspace": workspace, "used_after": now - idle, "now": now})
        return list({row.subject: Account(**row._asdict()) for row in rows}.values())  # each as the last row says

    @keep
    def sign_out(self, connection: Connection, workspace: str, subject: str) -> str:
        """End the sessions of somebody without a key, and tell their name. NotFound if they have none there."""
        theirs = (sessions.c.workspace == workspace) & (sessions.c.subject == subject)
        ended = connection.execute(delete(sessions).where(theirs).returning(sessions.c.created_at, sessions.c.name))
        if not (rows := ended.all()):
            raise NotFound("account")
        return max(rows).name

    @write
    def used(self, connection: Connection, at: Mapping[str, datetime]) -> None:
        """Note when keys and sessions with these digests were last used."""
        for table in (keys, sessions):
            for digest, used_at in at.items():
                connection.execute(update(table).where(table.c.digest == digest).values(used_at=used_at))


def _be_there(connection: Connection, workspace: str) -> None:
    row = {"id": workspace, "created_at": datetime.now(UTC)}
    connection.execute(upsert(workspaces).values(row).on_conflict_do_nothing())


def _changed(connection: Connection, workspace: str | None, key_id: str, **values: object) -> Key:
    this = keys.c.id == key_id if workspace is None else (keys.c.id == key_id) & (keys.c.workspace == workspace)
    row = connection.execute(update(keys).where(this).values(id=keys.c.id, **values).returning(*_COLUMNS)).one_or_none()
    if row is None:
        raise NotFound("key")
    return _key(row)


def _end_sessions(connection: Connection, key_id: str) -> None:
    connection.execute(delete(sessions).where(sessions.c.key_id == key_id))


def _key(row: Row[*tuple[Any, ...]]) -> Key:
    return Key(**row._asdict())
