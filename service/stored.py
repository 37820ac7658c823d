"""Where everything is stored, as the settings say: in a file of the data folder, or in a PostgreSQL."""

from collections.abc import Generator
from contextlib import contextmanager, nullcontext

from service.access import secret as secrets
from service.core.errors import SettingsError
from service.settings import Settings
from service.store.database import Database
from service.store.sqlite import SQLite, locked
from service.store.upgrade import upgrade


@contextmanager
def held(settings: Settings) -> Generator[Database]:
    """The database of a server: a data folder for it alone."""
    shared = bool(settings.database_url.get_secret_value())
    with nullcontext() if shared else locked(settings.data_dir):
        database = opened(settings, serves=True)
        try:
            yield database
        finally:
            database.close()


def opened(settings: Settings, *, serves: bool = False) -> Database:
    """The database, with the tables of this version. SettingsError or DataFolderInUse say why it can't be used."""
    if url := settings.database_url.get_secret_value():
        from service.store import postgres, postgres_upgrade  # noqa: PLC0415 they bring psycopg along

        postgres_upgrade.upgrade(url)
        return postgres.Postgres(url, serves=serves)
    upgrade(settings.data_dir)
    return SQLite(settings.data_dir)


def secret(settings: Settings) -> bytes:
    """What keys are hashed with. A folder has its own; a database that several servers can use does not tell it."""
    given = None if settings.secret is None else settings.secret.get_secret_value()
    if given is None and settings.database_url.get_secret_value():
        raise SettingsError("database_secret")
    return secrets.secret(settings.data_dir, given)
