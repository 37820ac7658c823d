"""Why a data folder or a file can't be used, in one sentence that says what to do."""

import errno
import shutil
import sqlite3
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from service.core.errors import SettingsError

NO_ROOM = errno.ENOSPC, errno.EDQUOT
LITTLE = 100_000  # bytes, without which SQLite can't even open a file
CLOSED = sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM


def unusable(file: Path, error: Exception, otherwise: str = "file_failed") -> SettingsError:
    if full(error, file.parent):
        return SettingsError("disk_full", at=str(file.parent), said=why(error))
    if isinstance(error, OSError) or code(error) in CLOSED:
        return SettingsError("data_dir", folder=str(file.parent), said=why(error))
    return SettingsError(otherwise, file=str(file), said=why(error))


def unwritten(copy: Path, error: Exception) -> SettingsError:
    """Why a copy is not made."""
    if full(error, copy.parent):
        return SettingsError("disk_full", at=str(copy.parent), said=why(error))
    return SettingsError("backup_failed", file=str(copy), said=why(error))


def full(error: Exception, folder: Path) -> bool:
    """Whether the folder's disk is full, for which SQLite has two codes: one of them means that a disk fails, too."""
    if isinstance(error, OSError):
        return error.errno in NO_ROOM
    match code(error):
        case sqlite3.SQLITE_IOERR:
            return folder.is_dir() and shutil.disk_usage(folder).free < LITTLE
        case found:
            return found == sqlite3.SQLITE_FULL


def code(error: Exception) -> int:
    """SQLite's, or 0."""
    return getattr(_driver(error), "sqlite_errorcode", 0) & 0xFF  # the higher bits hold details


def why(error: Exception) -> str:
    """In one line, without the statement and the place, which the sentence names."""
    said = _driver(error)
    return (isinstance(said, OSError) and said.strerror) or str(said).partition("\n")[0]


def _driver(error: BaseException) -> BaseException:
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
