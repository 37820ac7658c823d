"""`pressroom` as a process of its own that is there at once: forked, where loading it anew takes seconds."""

import asyncio
import atexit
import json
import os
import resource
import signal
import socket
import subprocess
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from io import FileIO

from service.settings import ROOT

WIDTH = 16  # of a figure that is told, as in forking.py
LINE = 1 << 20


class Process:
    """Like asyncio's, though another process is its parent, and tells how it ended."""

    def __init__(self, status: FileIO) -> None:
        self.pid = int(status.read(WIDTH))
        self.stdout: asyncio.StreamReader | None = None
        self.stderr: asyncio.StreamReader | None = None
        self._status = status
        self._code: int | None = None
        os.set_blocking(status.fileno(), False)

    @property
    def returncode(self) -> int | None:
        if self._code is None and (told := self._status.read(WIDTH)) is not None:
            self._code = int(told or -signal.SIGKILL)  # or its parent was killed too
            self._status.close()
        return self._code

    async def wait(self) -> int:
        while (code := self.returncode) is None:
            await asyncio.sleep(0.005)
        return code

    async def communicate(self) -> tuple[bytes, bytes]:
        """All that it writes until it ends."""
        output, errors = await asyncio.gather(_all(self.stdout), _all(self.stderr))
        await self.wait()
        return output, errors

    def send_signal(self, sign: int) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, sign)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


async def pressroom(
    *words: str,
    env: Mapping[str, str],
    stdout: int = DEVNULL,
    stderr: int = DEVNULL,
    main: str = "service.cli",
) -> Process:
    """The command with these words, or another module's `main`, started as `asyncio.create_subprocess_exec` would."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    order = {"main": main, "words": words, "environment": dict(env), "folder": os.getcwd(), "files": limits}
    reading, writing = os.pipe()
    (output, their_output), (errors, their_errors) = map(_end, (stdout, stderr))
    given = [writing, os.open(os.devnull, os.O_RDONLY), their_output, their_errors]
    socket.send_fds(_forking(), [json.dumps(order).encode()], given)
    for file in given:
        os.close(file)
    process = await asyncio.to_thread(Process, FileIO(reading))
    process.stdout, process.stderr = await _stream(output), await _stream(errors)
    return process


def _end(wanted: int) -> tuple[int | None, int]:
    """Where we read what it writes, if we do, and where it writes."""
    if wanted == PIPE:
        return os.pipe()
    return None, os.open(os.devnull, os.O_WRONLY) if wanted == DEVNULL else os.dup(wanted)


async def _stream(file: int | None) -> asyncio.StreamReader | None:
    if file is None:
        return None
    stream = asyncio.StreamReader(limit=LINE)
    pipe = FileIO(file)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), pipe)
    return stream


async def _all(stream: asyncio.StreamReader | None) -> bytes:
    return b"" if stream is None else await stream.read()


@cache
def _forking() -> socket.socket:
    """Where the process that forks takes its orders, which is started when it is needed."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        file = theirs.fileno()
        command = [sys.executable, "-m", "tests.forking", str(file)]
        process = subprocess.Popen(
            command, pass_fds=[file], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours
