"""Reads pages in separate processes.

A thread does not suffice: libxml2 holds the interpreter's lock, and a malicious page of 300 KB stopped everything for
15 seconds. A process can be ended when it takes too long, has limited memory, and has no keys.
"""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress

import msgspec

from service.core.errors import SourceFailed
from service.research.frames import HEAD, Question, Reading, framed

LINGER = 60.0  # starting a reader takes ten times as long as reading a page


class Readers:
    """One process per page being read. Idle processes end after a while."""

    def __init__(self, *, at_once: int, timeout: float) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._timeout = timeout
        self._idle: list[Process] = []

    async def read(self, question: Question) -> Reading:
        """The text of a page. A page that breaks its reader raises SourceFailed; the next page gets a new reader."""
        async with self._slots:
            process = self._idle.pop() if self._idle else await _started()
            finished = False
            try:
                async with asyncio.timeout(self._timeout):
                    reading = await _asked(process, question)
                finished = True
            except TimeoutError:
                raise SourceFailed("slow_to_read") from None
            except (OSError, EOFError, msgspec.DecodeError):
                raise SourceFailed("unreadable") from None
            finally:
                if finished:
                    self._keep(process)
                else:
                    with suppress(ProcessLookupError):  # it may have ended by itself
                        process.kill()
                    await process.wait()
        return reading

    async def close(self) -> None:
        while self._idle:
            process = self._idle.pop()
            _end(process)
            await process.wait()

    def _keep(self, process: Process) -> None:
        self._idle.append(process)
        asyncio.get_running_loop().call_later(LINGER, self._let_go, process)

    def _let_go(self, process: Process) -> None:
        if process in self._idle:
            self._idle.remove(process)
            _end(process)


async def _started() -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "service.research.reading",
        stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={},
        start_new_session=True,  # Ctrl-C goes to the service, which then ends its readers
    )  # fmt: skip


async def _asked(process: Process, question: Question) -> Reading:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(framed(question))
    await process.stdin.drain()
    size = int.from_bytes(await process.stdout.readexactly(HEAD), "big")
    return msgspec.msgpack.decode(await process.stdout.readexactly(size), type=Reading)


def _end(process: Process) -> None:
    assert process.stdin is not None
    process.stdin.close()  # a reader ends with its input
