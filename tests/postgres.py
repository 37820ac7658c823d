"""A PostgreSQL of the tests' own: in a temporary folder, for as long as this process runs, as little like the shipped
defaults as the store has to bear."""

import atexit
import ctypes
import ipaddress
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path

import psycopg
import pytest

from service.store import search
from service.store.database import Database
from service.store.postgres import Postgres
from service.store.postgres_upgrade import DEFAULT, upgrade
from service.store.sqlite import SQLite
from service.store.tables import metadata
from tests.migrated import prepare
from tests.server import free_port

USER, PASSWORD = "press room", "p@ss/wo:rd"  # owns databases, and is no superuser
ENCODED = "press%20room:p%40ss%2Fwo%3Ard"
INITDB = "--no-sync", "--no-instructions", "--wal-segsize=1", "--username=postgres", "--auth-local=trust"
ELSEWHERE = "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu"
SETTINGS = {
    "fsync": "off", "full_page_writes": "off", "autovacuum": "off",
    "shared_buffers": "16MB", "max_connections": "60", "jit": "off", "timezone": "Asia/Kathmandu",
    "datestyle": "German", "log_min_messages": "warning",
}  # fmt: skip
KINDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.process)]

EMPTYING = ";".join(
    [
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        *(f"DELETE FROM {table.name}" for table in [search.TEXTS, *reversed(metadata.sorted_tables)]),
        "DELETE FROM events",
        "DELETE FROM counted",
        f"INSERT INTO workspaces (id, created_at) VALUES ('{DEFAULT}', now())",
    ]
)

_numbers = itertools.count()
_libc = ctypes.CDLL(None)


class Cluster:
    def __init__(self, also_at: str = "") -> None:
        """Reached by loopback, perhaps by the addresses of a network as well."""
        self._folder = Path(tempfile.mkdtemp(prefix="pressroom-pg-"))
        self.port = free_port()
        self._free: list[_Emptied] = []
        self._user = None if os.geteuid() else "postgres"  # which refuses to run as root
        if self._user:
            os.chown(self._folder, pwd.getpwnam(self._user).pw_uid, -1)
        command = [_tool("initdb"), *INITDB, *ELSEWHERE, "--icu-locale=en-US", self._folder / "data"]
        subprocess.run(command, user=self._user, check=True, stdout=subprocess.DEVNULL, cwd="/")
        self._addresses = "127.0.0.1"
        if also_at:
            self._addresses += f",{ipaddress.ip_interface(also_at).ip}"
            with (self._folder / "data" / "pg_hba.conf").open("a") as rules:
                rules.write(f"host all all {ipaddress.ip_interface(also_at).network} scram-sha-256\n")
        self.start()
        self.ask(f"CREATE ROLE \"{USER}\" LOGIN PASSWORD '{PASSWORD}'")

    def start(self) -> None:
        given = SETTINGS | {"listen_addresses": self._addresses}
        settings = [word for name, value in given.items() for word in ("-c", f"{name}={value}")]
        command = [_tool("postgres"), "-D", self._folder / "data", "-k", self._folder, "-p", str(self.port), *settings]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, user=self._user, stdout=log, stderr=log, cwd="/", preexec_fn=_ends_with_us
            )
        until = time.monotonic() + 60
        while True:
            try:
                return self.ask("SELECT 1")
            except psycopg.OperationalError:
                assert time.monotonic() < until, (self._folder / "log").read_text()
                time.sleep(0.02)

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it, with all connections."""
        self._process.send_signal(how)
        self._process.wait(60)

    def limit_files(self, backend: int, most: str) -> None:
        """Limit how large the files of one of its processes can grow: to it, that is a full disk."""
        subprocess.run(["prlimit", f"--pid={backend}", f"--fsize={most}:"], user=self._user, check=True, cwd="/")

    def remove(self) -> None:
        for emptied in self._free:
            emptied.close()
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self._folder, ignore_errors=True)

    def ask(self, *statements: str, database: str = "postgres") -> None:
        with psycopg.connect(self.superuser(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def superuser(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self._folder}&port={self.port}"

    def url(self, database: str, who: str = ENCODED) -> str:
        return f"postgresql://{who}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def database(self) -> Generator[str]:
        """The name of a new database."""
        name = f"test_{next(_numbers)}"
        self.ask(f'CREATE DATABASE {name} OWNER "{USER}"')
        try:
            yield name
        finally:
            self.ask(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    @contextmanager
    def with_tables(self) -> Generator[str]:
        """The URL of a database with its tables, which are empty: to empty one takes less time than to make one."""
        if not self._free:
            self._free.append(_Emptied(self))
        emptied = self._free.pop()
        emptied.empty()
        try:
            yield self.url(emptied.name)
        finally:
            self._free.append(emptied)


class _Emptied:
    """A database that is used again, and a connection to empty it, which is made anew after a restart."""

    def __init__(self, cluster: Cluster) -> None:
        self.name = f"test_{next(_numbers)}"
        self._cluster = cluster
        self._connection: psycopg.Connection | None = None
        cluster.ask(f'CREATE DATABASE {self.name} OWNER "{USER}"')
        upgrade(cluster.url(self.name))

    def empty(self) -> None:
        try:
            self._empty()
        except psycopg.OperationalError:
            self.close()
            self._empty()

    def _empty(self) -> None:
        if self._connection is None:
            self._connection = psycopg.connect(self._cluster.superuser(self.name), autocommit=True)
        self._connection.execute(EMPTYING.encode(), prepare=False)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@contextmanager
def own(also_at: str = "") -> Generator[Cluster]:
    """One that a test may stop."""
    made = Cluster(also_at)
    try:
        yield made
    finally:
        made.remove()


@cache
def cluster() -> Cluster:
    """This process's."""
    made = Cluster()
    atexit.register(made.remove)
    return made


def url() -> AbstractContextManager[str]:
    """The URL of a database with its tables, of this process's server."""
    return cluster().with_tables()


@contextmanager
def database(kind: str, folder: Path) -> Generator[Database]:
    """A new database of one of the KINDS."""
    if kind == "sqlite":
        made = SQLite(prepare(folder))
        yield made
        made.close()
    else:
        with url() as at:
            postgres = Postgres(at)
            yield postgres
            postgres.close()


def _tool(name: str) -> str:
    """Debian keeps each version's programs apart."""
    versions = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    found = max(versions, key=lambda path: float(path.parts[4]), default=None) or shutil.which(name)
    assert found, "PostgreSQL is not installed; tests/run does that"
    return str(found)


def _ends_with_us() -> None:
    """End the server when the tests end, even by kill -9. Linux only."""
    if hasattr(_libc, "prctl"):
        pr_set_pdeathsig = 1
        _libc.prctl(pr_set_pdeathsig, signal.SIGQUIT)
