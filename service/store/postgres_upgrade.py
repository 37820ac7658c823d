"""Makes the tables in a PostgreSQL database, or upgrades those of an earlier version: completely or not at all."""

import logging
import time
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from sqlalchemy import Connection, insert
from sqlalchemy.exc import SQLAlchemyError

from service.core.errors import SettingsError
from service.store import search
from service.store.postgres_dialect import UPGRADING, WRITING, engine, place
from service.store.refused import refusal, state
from service.store.tables import metadata, workspaces
from service.store.upgrade import MIGRATIONS, revisions, run

log = logging.getLogger(__name__)

OLDEST = 150000  # as the server tells its version
DEFAULT = "default"  # the workspace that is there from the beginning

# Whoever wants a table waits behind an upgrade that waits for it. So this gives up soon, before PostgreSQL looks for
# transactions that wait for each other (after a second), and tries again.
BEGIN = f"BEGIN; SET LOCAL lock_timeout = 500; SELECT pg_advisory_xact_lock({WRITING})"
IN_THE_WAY = "55P03", "40P01"  # the codes of a lock that others have
AGAIN = 0.5  # seconds until another attempt
PATIENCE = 60.0  # seconds of attempts

# What is new of articles that are being written: see service/log/postgres.py. Nothing in it is needed after a crash,
# and it is gone too soon to be worth compressing.
EVENTS = (
    'CREATE UNLOGGED TABLE events (article_id TEXT COLLATE "C", epoch BIGINT, part INT, body BYTEA NOT NULL,'
    " PRIMARY KEY (article_id, epoch, part))",
    "ALTER TABLE events ALTER COLUMN body SET STORAGE EXTERNAL",
)
# What is counted against limits: see counted.py. After a crash, counting begins anew.
COUNTED = (
    "CREATE UNLOGGED TABLE counted (key BIGINT NOT NULL, until TIMESTAMPTZ NOT NULL)",
    "CREATE INDEX counted_key ON counted (key, until)",
)
# Servers hear of each change of a conversation or renewal once it is stored.
TOLD = (
    "CREATE FUNCTION conversation_changed() RETURNS trigger LANGUAGE plpgsql AS"
    " $$BEGIN PERFORM pg_notify('conversations', coalesce(NEW.id, OLD.id)); RETURN NULL; END$$",
    "CREATE TRIGGER conversation_changed AFTER INSERT OR UPDATE OR DELETE ON conversations"
    " FOR EACH ROW EXECUTE FUNCTION conversation_changed()",
    "CREATE FUNCTION renewal_changed() RETURNS trigger LANGUAGE plpgsql AS"
    " $$BEGIN PERFORM pg_notify('renewals', OLD.article_id); RETURN NULL; END$$",
    "CREATE TRIGGER renewal_changed AFTER UPDATE OR DELETE ON renewals FOR EACH ROW EXECUTE FUNCTION renewal_changed()",
)


def upgrade(url: str, migrations: Path = MIGRATIONS) -> None:
    """Make the tables, or run the missing migrations. SettingsError says why the database was left as it was."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return _attempt(url, migrations)
        except (SQLAlchemyError, psycopg.Error) as error:
            if state(error) not in IN_THE_WAY or time.monotonic() >= until:
                raise refusal(url, error, otherwise="database_upgrade") from None
            log.warning("the upgrade of the database waits for others who use its tables")
        time.sleep(AGAIN)


def _attempt(url: str, migrations: Path) -> None:
    made = engine(url, connections=1)
    try:
        with made.connect() as connection:
            _demand_usable(connection, url)
            # Until the connection is closed; other servers wait.
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({UPGRADING})")
            _upgrade(connection, url, migrations)
    finally:
        made.dispose()


def _driver(connection: Connection) -> psycopg.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver


def _demand_usable(connection: Connection, url: str) -> None:
    driver = _driver(connection)
    if driver.info.server_version < OLDEST:
        version = driver.info.parameter_status("server_version") or ""
        raise SettingsError("database_old", at=place(url), version=version)
    if (encoding := driver.info.parameter_status("server_encoding")) != "UTF8":
        raise SettingsError("database_encoding", at=place(url), encoding=encoding or "")


def demand_current(connection: Connection, url: str) -> None:
    """SettingsError unless the tables are those of this version."""
    known, before = revisions(MIGRATIONS), _revision(connection)
    if before != known[-1]:
        reason = "database_other" if before is None or before in known else "database_later"
        raise SettingsError(reason, at=place(url), revision=before or "none")


def _upgrade(connection: Connection, url: str, migrations: Path) -> None:
    known, before = revisions(migrations), _revision(connection)
    if before == known[-1]:
        return
    if before is not None and before not in known:
        raise SettingsError("database_newer", at=place(url), revision=before)
    connection.exec_driver_sql(BEGIN)
    if before is None:
        _make(connection)
    run(connection, migrations, made=before is None)
    connection.exec_driver_sql("COMMIT")


def _revision(connection: Connection) -> str | None:
    """The database's last migration; None if it is new."""
    if connection.exec_driver_sql("SELECT to_regclass('alembic_version')").scalar() is None:
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def _make(connection: Connection) -> None:
    metadata.create_all(connection, checkfirst=False)  # tables of another program are not ours to use
    search.create(connection)
    for statement in (*EVENTS, *COUNTED, *TOLD):
        connection.exec_driver_sql(statement)
    connection.execute(insert(workspaces).values(id=DEFAULT, created_at=datetime.now(UTC)))
