"""Takes everything from a data folder into a PostgreSQL, and from there into a file: whole, or not at all."""

import hashlib
import json
import sqlite3
import tempfile
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from sqlalchemy import Connection, LargeBinary, Table, create_engine, delete, insert, or_, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from service.core.errors import SettingsError, StoreError
from service.store import postgres, postgres_upgrade, search
from service.store.postgres_dialect import engine, place
from service.store.postgres_upgrade import DEFAULT
from service.store.refused import refusal
from service.store.sqlite import locked
from service.store.tables import metadata, workspaces, writers
from service.store.unusable import unusable, unwritten
from service.store.upgrade import FILE, upgrade

# First those that others refer to. Processes stay where they are.
TABLES = [*(table for table in metadata.sorted_tables if table is not writers), search.TEXTS]
MOVED = "moved"  # a file of the folder: what was moved from it, as digests
AT_ONCE = 100  # rows
RIGHT_AFTER = (
    "SELECT setval(pg_get_serial_sequence('search_rows', 'number'), greatest(max(number), 1)) FROM search_rows"
)

Contents = dict[str, tuple[int, str]]  # of each table, how many rows, and their digest


def move(folder: Path, url: str) -> dict[str, int]:
    """Make the database hold what the folder does. Returns the rows of each table. SettingsError if the database has
    anything that was not moved there from this folder, or was changed since."""
    if not (folder / FILE).is_file():
        raise SettingsError("backup_nothing", folder=str(folder))
    with locked(folder):
        upgrade(folder)
        postgres_upgrade.upgrade(url)
        try:
            moved = postgres.once(url, partial(_take_over, folder, place(url)))
        except StoreError as error:
            raise SettingsError("move_failed", at=place(url), said=error.sentence) from None
        except OSError as error:
            raise unusable(folder / MOVED, error) from None
    return {name: rows for name, (rows, _) in moved.items()}


def _take_over(folder: Path, at: str, target: Connection) -> Contents:
    with _opened(folder / FILE) as source:
        ours, theirs = contents(source), contents(target)
        if ours == theirs:
            return ours
        moved = _moved(folder)
        if not _is_new(target, theirs) and _digest(theirs) not in moved:
            raise SettingsError("move_changed", at=at, folder=str(folder))
        # Before it is true: whether the transaction ends well or not, what the database then has is among them.
        (folder / MOVED).write_text(json.dumps([*moved, _digest(ours)]))
        copy(source, target)
        target.exec_driver_sql(RIGHT_AFTER)
        _demand_same(ours, contents(target), at)
        return ours


def backup(url: str, to: Path) -> None:
    """Copy everything, as of one moment, into a file as SQLite keeps it. An earlier one of that name stays until the
    new one is whole."""
    made = engine(url, connections=1)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{to.name}.", dir=to.parent) as folder:
            upgrade(Path(folder))
            with made.connect() as source, _opened(Path(folder, FILE)) as target:
                postgres_upgrade.demand_current(source, url)
                source.exec_driver_sql(postgres.READ)
                copy(source, target)
                _demand_same(contents(source), contents(target), str(to))
            _demand_sound(Path(folder, FILE), to)
            Path(folder, FILE).replace(to)
    except (SQLAlchemyError, psycopg.Error) as error:
        raise refusal(url, error) from None
    except (OSError, sqlite3.Error) as error:
        raise unwritten(to, error) from None
    finally:
        made.dispose()


def copy(source: Connection, target: Connection) -> None:
    """Replace all that is in the target."""
    for table in reversed(TABLES):
        target.execute(delete(table))
    for table in TABLES:
        names = table.c.keys()
        for batch in _batches(source, table):
            target.execute(insert(table), [dict(zip(names, row, strict=True)) for row in batch])


def contents(connection: Connection) -> Contents:
    return {table.name: _of(connection, table) for table in TABLES}


def _of(connection: Connection, table: Table) -> tuple[int, str]:
    digest, rows = hashlib.sha256(), 0
    for batch in _batches(connection, table):
        rows += len(batch)
        for row in batch:
            digest.update(msgspec.msgpack.encode(row))
    return rows, digest.hexdigest()


def _batches(connection: Connection, table: Table) -> Iterator[list[list[Any]]]:
    """The rows in the order of their keys, as PostgreSQL can keep them. Pictures are large: they come one by one."""
    at_once = 1 if any(isinstance(column.type, LargeBinary) for column in table.c) else AT_ONCE
    query = select(table).order_by(*table.primary_key).execution_options(yield_per=at_once)
    for batch in connection.execute(query).partitions():
        yield [[v.replace("\0", "\ufffd") if isinstance(v, str) else v for v in row] for row in batch]


def _digest(contents: Contents) -> str:
    return hashlib.sha256(json.dumps(contents).encode()).hexdigest()


def _moved(folder: Path) -> list[str]:
    try:
        return json.loads((folder / MOVED).read_text())
    except FileNotFoundError:
        return []


def _is_new(target: Connection, there: Contents) -> bool:
    """Whether there is nothing but the workspace of the beginning."""
    used = or_(workspaces.c.id != DEFAULT, workspaces.c.tokens_per_month.is_not(None))
    used = or_(used, workspaces.c.cost_per_month.is_not(None))
    others = any(rows for name, (rows, _) in there.items() if name != workspaces.name)
    return not others and target.execute(select(workspaces.c.id).where(used)).first() is None


def _demand_same(source: Contents, target: Contents, at: str) -> None:
    for name, there in source.items():
        if target[name] != there:
            raise SettingsError("copy_differs", at=at, table=name)


def _demand_sound(file: Path, to: Path) -> None:
    with closing(sqlite3.connect(file)) as database:
        [said] = database.execute("PRAGMA quick_check(1)").fetchone()
    if said != "ok":
        raise SettingsError("backup_failed", file=str(to), said=said)


@contextmanager
def _opened(file: Path) -> Generator[Connection]:
    """A file that no server uses, in a transaction."""
    made = create_engine(f"sqlite:///{file}", connect_args={"isolation_level": None})
    try:
        with made.begin() as connection:
            connection.exec_driver_sql("BEGIN")
            yield connection
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.Error):
            raise unusable(file, error) from None
        raise
    finally:
        made.dispose()
