"""The server's secret, without which nothing that is stored of keys is of use."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from service.core.errors import SettingsError
from service.store.unusable import unusable

FILE = "secret"
BYTES = 32
SHORTEST = 32  # characters
ANYBODY = 0o007  # who is neither the owner nor of the group, which a volume of a container may need


def secret(folder: Path, given: str | None) -> bytes:
    """The one that is set, or the folder's, made when it is first needed and readable by its owner only. SettingsError
    if it can be guessed, or read by anybody."""
    if given is not None:
        return _long_enough(given.encode(), "PRESSROOM_SECRET")
    file = folder / FILE
    try:
        if not file.exists():
            _make(file)
        if file.stat().st_mode & ANYBODY:
            raise SettingsError("secret_open", path=str(file))
        return _long_enough(file.read_bytes(), str(file))
    except OSError as error:
        raise unusable(file, error) from None


def _long_enough(secret: bytes, name: str) -> bytes:
    if len(secret.strip()) < SHORTEST:
        raise SettingsError("secret_short", name=name, least=SHORTEST)
    return secret


def _make(file: Path) -> None:
    """It is whole as soon as it is there, also after a crash, and of two that are made at once one counts for both."""
    handle, made = tempfile.mkstemp(dir=file.parent, prefix=f"{FILE}-")
    try:
        with os.fdopen(handle, "w") as opened:
            opened.write(secrets.token_hex(BYTES))
            opened.flush()
            os.fsync(handle)
        with suppress(FileExistsError):
            os.link(made, file)
    finally:
        os.unlink(made)
