"""Pages are read in other processes, whatever they do to them."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from service.core.errors import SourceFailed
from service.research import readers as module
from service.research.frames import Question
from service.research.readers import Readers

pytestmark = pytest.mark.process

PAGE = b"<html><body><article><p>Bees gather nectar from flowers.</p></article></body></html>"
# libxml2 takes many seconds for this, and keeps the interpreter's lock meanwhile.
SLOW = b"<html><body><div " + b" ".join(b"a%d=1" % n for n in range(40_000)) + b">words</div></body></html>"


def question(body: bytes) -> Question:
    return Question(body=body, html=True, charset=None, max_characters=20_000)


@asynccontextmanager
async def reading(*, at_once: int = 1, seconds: float = 30) -> AsyncGenerator[Readers]:
    readers = Readers(at_once=at_once, timeout=seconds)
    try:
        yield readers
    finally:
        await readers.close()
        assert processes() == []


def processes() -> list[int]:
    """The readers that are alive."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return [int(child) for child in children if b"service.research" in command(child)]


def command(process: str) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):  # it has ended, before it was opened or before it was read
        return b""


def environment(process: int) -> bytes:
    return Path(f"/proc/{process}/environ").read_bytes()


async def started() -> int:
    async with asyncio.timeout(60):
        while not processes():
            await asyncio.sleep(0.01)
    return processes()[0]


async def test_a_reader_reads_one_page_after_the_other() -> None:
    async with reading() as readers:
        pages = await asyncio.gather(*[readers.read(question(PAGE)) for _ in range(5)])
        assert {page.text for page in pages} == {"Bees gather nectar from flowers."}
        assert len(processes()) == 1


async def test_readers_know_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    async with reading() as readers:
        await readers.read(question(PAGE))
        assert b"secret" not in environment(processes()[0])


@pytest.mark.alone
async def test_a_page_that_takes_too_long_stops_nobody() -> None:
    gaps: list[float] = []

    async def watch() -> None:
        while True:
            begun = time.monotonic()
            await asyncio.sleep(0.01)
            gaps.append(time.monotonic() - begun)

    async with reading(seconds=1.5) as readers:
        watching = asyncio.create_task(watch())
        with pytest.raises(SourceFailed, match="slow_to_read"):
            await readers.read(question(SLOW))
        watching.cancel()
        assert processes() == []
        assert max(gaps) < 0.5


async def test_a_reader_that_dies_is_one_page_lost() -> None:
    async with reading() as readers:
        lost = asyncio.create_task(readers.read(question(SLOW)))
        os.kill(await started(), signal.SIGKILL)
        with pytest.raises(SourceFailed, match="unreadable"):
            await lost
        assert (await readers.read(question(PAGE))).text


async def test_cancelling_ends_the_reader() -> None:
    async with reading() as readers:
        lost = asyncio.create_task(readers.read(question(SLOW)))
        await started()
        lost.cancel()
        await asyncio.gather(lost, return_exceptions=True)
        assert lost.cancelled()
        assert processes() == []
        assert (await readers.read(question(PAGE))).text


async def test_idle_readers_go_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LINGER", 0.05)
    async with reading(at_once=2) as readers:
        await asyncio.gather(*[readers.read(question(PAGE)) for _ in range(2)])
        async with asyncio.timeout(60):
            while processes():
                await asyncio.sleep(0.01)
        assert (await readers.read(question(PAGE))).text
