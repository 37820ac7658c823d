"""Why a PostgreSQL can't be used, in one sentence that says what to do."""

import re
from typing import Any

import psycopg
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from service.core.errors import SettingsError
from service.core.sentences import Sentence
from service.store.postgres_dialect import place

NAME = "PRESSROOM_DATABASE_URL"

# What a server, or libpq itself, says when there is no connection: it tells no code.
_refusals = {
    "database_password": re.compile(r'password authentication failed|no password supplied|role ".*" does not exist'),
    "database_missing": re.compile(r'database ".*" does not exist'),
    "database_connections": re.compile(r"too many (connections|clients)|connection slots are reserved"),
    "disk_full": re.compile(r"could not write init file|No space left on device"),
    "database_refused": re.compile(r"FATAL"),
    "database_option": re.compile(r"invalid .*value"),
    "database_tls": re.compile(r"SSL|certificate"),
}
_codes = {
    "25006": "database_read_only",
    "3F000": "database_rights",
    "42501": "database_rights",
    "42P07": "database_foreign",
    "53100": "disk_full",
}
_denied = re.compile(r"permission denied for (?:table|sequence|view) (\S+)")


def refusal(url: str, error: SQLAlchemyError | psycopg.Error, otherwise: str = "database_failed") -> SettingsError:
    """What is said may tell its user's name, but never the password."""
    said = error.orig if isinstance(error, DBAPIError) else error
    code = state(error)
    parsed = make_url(url)
    if isinstance(said, psycopg.ProgrammingError) and code is None:  # libpq repeats what it does not understand
        return SettingsError("setting", name=NAME, why=Sentence("input.not_postgres"))
    line = str(said).strip().partition("\n")[0].rpartition("failed: ")[2]
    about: dict[str, Any] = {"at": place(url), "user": parsed.username or "", "database": parsed.database or ""}
    if denied := _denied.search(line):
        return SettingsError("database_tables", **about, tables=denied[1])
    if code is None and isinstance(said, psycopg.OperationalError):
        reason = next((reason for reason, says in _refusals.items() if says.search(str(said))), "database_away")
    else:
        reason = _codes.get(code or "", otherwise)
    return SettingsError(reason, **about, said=line)


def state(error: SQLAlchemyError | psycopg.Error) -> str | None:
    said = error.orig if isinstance(error, DBAPIError) else error
    return said.sqlstate if isinstance(said, psycopg.Error) else None
