"""Files as a ZIP that is sent while it is made: one file at a time is in memory."""

import asyncio
import io
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile


class _Written(io.RawIOBase):
    """What was written since it was last taken."""

    def __init__(self) -> None:
        self._data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._data += data
        return len(data)

    def taken(self) -> bytes:
        data, self._data = bytes(self._data), bytearray()
        return data


async def archive(files: AsyncIterator[tuple[str, bytes]]) -> AsyncGenerator[bytes]:
    """The bytes of a ZIP with these files, by name."""
    written = _Written()
    with ZipFile(written, "w", ZIP_DEFLATED) as packed:
        async for name, data in files:
            await asyncio.to_thread(packed.writestr, name, data)
            yield written.taken()
    yield written.taken()
