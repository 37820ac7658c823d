"""A model inside Pressroom: a GGUF file in a process of its own, so that only it ends if it crashes or lacks memory."""

import asyncio
import logging
import os
import re
import secrets
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from service.core.model_errors import ModelNotStarted
from service.messages import say
from service.models.local.serving import Order, Ready

COMMAND = sys.executable, "-P", "-m", "service.models.local.serving"
START_WITHIN = 240.0  # seconds; a large file takes long to read
END_WITHIN = 2.0
SLOTS = 4  # answers written at the same time
CONTEXT = 4096  # tokens of each
SLOT_BYTES = 512 * 1024**2  # of memory, as a model with eight billion parameters takes
LONGEST = 10_000  # characters of its messages, kept to say why it did not start
MAX_SAID = 200  # of them in an error
PREFIX = re.compile(r"^[\d.]+ E +(?:srv +|cmn +)?\w+ *: ")
LACKS_MEMORY = re.compile(r"alloc|MemoryError|out of memory", re.IGNORECASE)

log = logging.getLogger(__name__)


class Embedded:
    """Its process is started when it is needed, and again for the next call if it has ended."""

    def __init__(self, file: Path, *, command: Sequence[str] = COMMAND, within: float = START_WITHIN) -> None:
        self.key = secrets.token_urlsafe()  # keeps others on this machine away
        self.slots = slots(file.stat().st_size, _free_memory())
        self._order = Order(
            file=str(file),
            name=file.stem,
            key=self.key,
            threads=max(1, _cores() - 1),  # one is left for the event loop
            slots=self.slots,
            context=CONTEXT,
        )
        self._command, self._within = command, within
        self._starting: asyncio.Task[Child] | None = None

    def begin(self) -> None:
        """Start it, unless it runs or is being started."""
        if self._starting is None or _is_over(self._starting):
            self._starting = asyncio.create_task(self._start())
            self._starting.add_done_callback(_is_over)  # nobody may wait for it, which is no mistake

    async def port(self) -> int:
        """Where it serves, once it does."""
        self.begin()
        assert self._starting is not None
        return (await asyncio.shield(self._starting)).port

    async def close(self) -> None:
        if self._starting is None:
            return
        self._starting.cancel()
        await asyncio.wait([self._starting])
        if not self._starting.cancelled() and self._starting.exception() is None:
            await self._starting.result().end()

    async def _start(self) -> "Child":
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env={},
                start_new_session=True,  # Ctrl-C goes to the service, which then ends it
            )  # fmt: skip
        except OSError as error:
            raise _logged(ModelNotStarted("said", said=error.strerror or str(error))) from None
        child = Child(process)
        try:
            async with asyncio.timeout(self._within):
                await child.serve(self._order)
        except TimeoutError:
            await child.end()
            raise _logged(ModelNotStarted("slow", seconds=round(self._within))) from None
        except ModelNotStarted as error:
            raise _logged(error) from None
        except BaseException:
            await child.end()
            raise
        log.info("The model %s is ready", self._order.name)
        return child


class Child:
    """One process, from its start to its end."""

    def __init__(self, process: Process) -> None:
        self.port = 0
        self._process = process
        self._messages = ""
        self._ending = False
        self._following = asyncio.create_task(self._follow())

    @property
    def is_over(self) -> bool:
        return self._process.returncode is not None

    async def serve(self, order: Order) -> None:
        """Wait until it serves. ModelNotStarted says why it does not."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(ConnectionError):  # its end says more
            self._process.stdin.write(msgspec.json.encode(order) + b"\n")
            await self._process.stdin.drain()
        line = await self._process.stdout.readline()
        if not line:
            await self._following
            raise self._why()
        self.port = msgspec.json.decode(line, type=Ready).port

    async def end(self) -> None:
        self._ending = True
        assert self._process.stdin is not None
        self._process.stdin.close()  # it ends with its input, unless it is loading the model
        try:
            async with asyncio.timeout(END_WITHIN if self.port else 0):
                await self._process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
        await self._following

    async def _follow(self) -> None:
        """Keep its first messages, and log its end."""
        assert self._process.stderr is not None
        while data := await self._process.stderr.read(65_536):
            text = data.decode(errors="replace")
            log.debug("llama.cpp: %s", text)
            self._messages = (self._messages + text)[:LONGEST]
        code = await self._process.wait()
        if self.port and not self._ending:
            log.warning("The model's process ended (%s). The next call starts it again.", _ended(code))

    def _why(self) -> ModelNotStarted:
        code = self._process.returncode or 0
        if code in (-signal.SIGKILL, -signal.SIGABRT) or LACKS_MEMORY.search(self._messages):
            return ModelNotStarted("memory")
        lines = self._messages.splitlines()
        errors = [PREFIX.sub("", line) for line in lines if PREFIX.match(line)]
        said = [*errors[:1], *lines[-1:], _ended(code)][0]  # the first error causes the others
        return ModelNotStarted("said", said=said[:MAX_SAID])


def _is_over(starting: "asyncio.Task[Child]") -> bool:
    """Whether the start failed, or the process that was started has ended."""
    if not starting.done():
        return False
    return starting.cancelled() or starting.exception() is not None or starting.result().is_over


def _logged(error: ModelNotStarted) -> ModelNotStarted:
    log.warning("%s", say(error.sentence))
    return error


def _ended(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def slots(size: int, free: int) -> int:
    """How many answers can be written at the same time, beside a model of this size in the free memory."""
    return min(SLOTS, max(1, (free - size) // SLOT_BYTES))


def _free_memory() -> int:
    with suppress(OSError):
        available = re.search(r"^MemAvailable: +(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)
        if available:
            return int(available[1]) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
