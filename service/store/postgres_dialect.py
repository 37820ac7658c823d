"""How the tables and statements of the store are said to PostgreSQL."""

from typing import Any

import psycopg
from psycopg.abc import Buffer
from psycopg.conninfo import make_conninfo
from psycopg.types.string import StrDumper
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.dialects.postgresql.base import PGTypeCompiler
from sqlalchemy.dialects.postgresql.psycopg import PGCompiler_psycopg, PGDialect_psycopg
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.schema import Column

# A connection whose other end is cut off is noticed within a minute: here by this, there by what is sent first.
CONNECT: dict[str, Any] = {
    "application_name": "pressroom",
    "client_encoding": "utf8",
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
NOTICE = """
SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;
SET tcp_user_timeout = 25000
"""

# Advisory locks, which a database knows by numbers: for a writing transaction, for a server, for an upgrade.
WRITING, SERVING, UPGRADING = 0x70726573_01, 0x70726573_02, 0x70726573_03
HANDOVER = 2000  # milliseconds that who needs the database alone waits for servers that are just ending


def engine(url: str, *, connections: int) -> Engine:
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    made = create_engine(
        parsed,
        use_native_hstore=False,  # nothing is kept as one, and looking for it takes a query
        pool_size=connections,
        max_overflow=0,
        pool_reset_on_return=None,
        connect_args={"autocommit": True} | {name: CONNECT[name] for name in CONNECT.keys() - parsed.query.keys()},
        hide_parameters=True,  # the errors that are logged would tell topics and texts
    )
    made.dialect.type_compiler_instance = _Types(made.dialect)
    made.dialect.statement_compiler = _Statements
    event.listen(made, "connect", _adapt)
    return made


async def connected(url: str) -> psycopg.AsyncConnection:
    """A connection beside the engine's, each of whose statements is a transaction."""
    _, options = PGDialect_psycopg().create_connect_args(make_url(url))
    connection = await psycopg.AsyncConnection.connect(make_conninfo(**(CONNECT | options)), autocommit=True)
    try:
        await connection.execute(NOTICE, prepare=False)
    except BaseException:  # also if nobody waits any more
        await connection.close()
        raise
    return connection


def place(url: str) -> str:
    """The database, without its user and password."""
    parsed = make_url(url)
    host = parsed.host or parsed.query.get("host", "localhost")
    return f"{host}:{parsed.port or 5432}/{parsed.database}"


def serve(*, alone: bool) -> bytes:
    """Takes the lock of a process that uses the database for as long as the connection is open: beside others, or
    while there is none."""
    lock = "pg_advisory_lock" if alone else "pg_advisory_lock_shared"
    return f"SET lock_timeout = {HANDOVER}; SELECT {lock}({SERVING}); RESET lock_timeout".encode()


class _Text(StrDumper):
    """A null character, which SQLite keeps, can't be stored."""

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(obj.replace("\0", "\ufffd"))


def _adapt(connection: psycopg.Connection, _: ConnectionPoolEntry) -> None:
    connection.adapters.register_dumper(str, _Text)


class _Types(PGTypeCompiler):
    """As SQLite keeps them: texts of any length, compared by their characters' codes."""

    def visit_VARCHAR(self, type_: Any, **kw: Any) -> str:
        return self.visit_TEXT(type_, **kw)

    def visit_TEXT(self, type_: Any, **kw: Any) -> str:
        return 'TEXT COLLATE "C"' if isinstance(kw.get("type_expression"), Column) else "TEXT"


class _Statements(PGCompiler_psycopg):
    """Compiles what `sqlalchemy.dialects.sqlite.insert` says too, which has no constraints by name."""

    def _on_conflict_target(self, clause: Any, **kw: Any) -> str:
        clause.constraint_target = None
        return super()._on_conflict_target(clause, **kw)
