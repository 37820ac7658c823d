"""The server's secret, without which nothing that is stored of keys is of use."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

FILE = "secret"
BYTES = 32


def secret(folder: Path, given: str | None) -> bytes:
    """The one that is set, or the folder's, made when it is first needed and readable by its owner only."""
    if given is not None:
        return given.encode()
    file = folder / FILE
    with suppress(FileExistsError):
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as opened:
            opened.write(secrets.token_hex(BYTES))
    return file.read_bytes()
