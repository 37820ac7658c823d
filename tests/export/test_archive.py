"""Files as a ZIP."""

import io
from collections.abc import AsyncIterator
from zipfile import ZipFile

from service.export.archive import archive


async def test_a_zip_is_sent_file_by_file() -> None:
    sizes: list[int] = []

    async def files() -> AsyncIterator[tuple[str, bytes]]:
        for n in range(3):
            sizes.append(len(sent))
            yield f"水-{n}.md", bytes([n]) * 100_000

    sent = bytearray()
    async for part in archive(files()):
        sent += part
    assert sizes == sorted(set(sizes))  # each was sent before the next was made
    with ZipFile(io.BytesIO(sent)) as packed:
        assert packed.testzip() is None
        assert {name: packed.read(name) for name in packed.namelist()} == {
            f"水-{n}.md": bytes([n]) * 100_000 for n in range(3)
        }


async def test_a_zip_without_files_is_one() -> None:
    async def nothing() -> AsyncIterator[tuple[str, bytes]]:
        for never in ():
            yield never

    sent = b"".join([part async for part in archive(nothing())])
    assert ZipFile(io.BytesIO(sent)).namelist() == []
