"""Upgrades a data folder of an earlier version: completely or not at all, and after making a copy."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import SQLAlchemyError

from service.core.errors import SettingsError
from service.store.unusable import unusable

FILE = "pressroom.db"
MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(folder: Path, migrations: Path = MIGRATIONS) -> None:
    """Run the missing migrations. SettingsError says why the folder was left as it was."""
    file = folder / FILE
    known = revisions(migrations)
    try:
        if not file.exists():
            folder.mkdir(0o700, parents=True, exist_ok=True)
            file.touch(0o600)  # SQLite would create it readable by all
        before = revision(file)
    except (OSError, sqlite3.Error) as error:
        raise unusable(file, error) from None
    if before == known[-1]:
        return
    if before is not None and before not in known:
        raise SettingsError("data_newer", file=str(file), revision=before)
    try:
        if before is not None:
            copy(file, file.with_name(f"{FILE}.before-{known[-1]}"))
        _migrate(file, migrations)
        pictures, kept = folder / "pictures", folder / f"pictures.before-{known[-1]}"
        if pictures.is_dir() and not kept.exists():  # they are in the database now
            pictures.rename(kept)
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        raise unusable(file, error, otherwise="data_upgrade") from error


def revisions(migrations: Path) -> list[str]:
    return sorted(path.name.partition("_")[0] for path in (migrations / "versions").glob("[0-9]*.py"))


def revision(file: Path) -> str | None:
    """The file's last migration; None if it is new."""
    with closing(sqlite3.connect(file)) as database:
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
            return None
        row = database.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else row[0]


def copy(file: Path, to: Path) -> None:
    """As of one moment, also while others write."""
    to.unlink(missing_ok=True)
    to.touch(0o600)
    try:
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(to)) as target:
            source.backup(target)
    except sqlite3.Error:
        to.unlink()
        raise


def _migrate(file: Path, migrations: Path) -> None:
    # Recreating a table drops it first: with foreign keys on, rows that refer to it would be deleted. The pragma works
    # only outside a transaction, and Python begins one too late for changes of tables to be part of it.
    engine = create_engine(f"sqlite:///{file}", connect_args={"isolation_level": None, "timeout": 10})
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            run(connection, migrations)
            if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
                tables = ", ".join(sorted({row[0] for row in broken}))
                raise SettingsError("data_broken", file=str(file), rows=len(broken), tables=tables)
    finally:
        engine.dispose()


def run(connection: Connection, migrations: Path, *, made: bool = False) -> None:
    """Run the missing migrations, or note that none is missing because the tables were just made."""
    from alembic import command  # noqa: PLC0415 loading it takes longer than a start may, and it is seldom needed
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.attributes["connection"] = connection
    (command.stamp if made else command.upgrade)(config, "head")
