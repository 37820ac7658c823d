"""A consistent copy of all that is stored, also while a server runs."""

import sqlite3
from contextlib import closing
from pathlib import Path

from service.core.errors import SettingsError
from service.store.unusable import unusable, unwritten
from service.store.upgrade import FILE, copy, revision


def backup(folder: Path, to: Path) -> None:
    """An earlier copy of that name stays until the new one is whole."""
    file, unfinished = folder / FILE, to.with_name(f"{to.name}.part")
    if not file.is_file():
        raise SettingsError("backup_nothing", folder=str(folder))
    try:
        revision(file)
    except sqlite3.Error as error:
        raise unusable(file, error) from None
    try:
        if to.exists() and to.samefile(file):
            raise SettingsError("backup_itself", file=str(to))
        copy(file, unfinished)
        with closing(sqlite3.connect(unfinished)) as database:
            [said] = database.execute("PRAGMA quick_check(1)").fetchone()
        if said != "ok":
            raise SettingsError("backup_failed", file=str(to), said=said)
        unfinished.replace(to)
    except (OSError, sqlite3.Error) as error:
        raise unwritten(to, error) from None
    finally:
        unfinished.unlink(missing_ok=True)
