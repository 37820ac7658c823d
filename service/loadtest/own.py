"""Starts a server and a model for the test, each in a process, with an empty data folder."""

import asyncio
import ctypes
import os
import re
import signal
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from service.core.errors import ServerGone

START_WITHIN = 30.0
END_WITHIN = 15.0

_libc = ctypes.CDLL(None)
_url = re.compile(rb"http://[\d.]+:\d+")


@asynccontextmanager
async def serving(*, tokens_per_second: float, first_token: float, faults: list[str]) -> AsyncGenerator[str]:
    """Run a server with a demo model within the block, and give its URL."""
    model_arguments = ["--tps", f"{tokens_per_second}", "--ttft", f"{first_token}"]
    model_arguments += [part for fault in faults for part in ("--fault", fault)]
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="pressroom-"))
        model = await stack.enter_async_context(_running(["model", "--port", "0", *model_arguments], {}))
        # Neither this process's database nor its models.
        settings = {"PRESSROOM_DATABASE_URL": "", "PRESSROOM_DATABASE_URL_FILE": "", "PRESSROOM_DATA_DIR": folder}
        settings |= {"OPENAI_BASE_URL": f"{model}/v1", "OPENAI_API_KEY": "none"}
        # The server logs its address at level info.
        settings |= {"PRESSROOM_ALLOWED_HOSTS": "127.0.0.1", "PRESSROOM_LOG_LEVEL": "info", "PRESSROOM_AUTH": "off"}
        yield await stack.enter_async_context(_running(["serve", "--host", "127.0.0.1", "--port", "0"], settings))


@asynccontextmanager
async def _running(arguments: list[str], environment: Mapping[str, str]) -> AsyncGenerator[str]:
    # Ctrl-C goes to the test, which ends the others itself.
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service", *arguments, env=os.environ | environment,
        stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, start_new_session=True, preexec_fn=_ends_with_us,
    )  # fmt: skip
    assert process.stderr is not None
    draining: asyncio.Task[None] | None = None
    try:
        url = await _logged_url(process, process.stderr)
        draining = asyncio.create_task(_drain(process.stderr))
        yield url
    finally:
        await _end(process)
        if draining is not None:
            await draining


def _ends_with_us() -> None:
    """End the process when the test ends, even by kill -9. Linux only."""
    if hasattr(_libc, "prctl"):
        pr_set_pdeathsig = 1
        _libc.prctl(pr_set_pdeathsig, signal.SIGTERM)


async def _logged_url(process: Process, log: asyncio.StreamReader) -> str:
    output = b""
    try:
        async with asyncio.timeout(START_WITHIN):
            while line := await log.readline():
                output += line
                if (found := _url.search(line)) is not None:
                    return found[0].decode()
    except TimeoutError:
        pass
    last = output.decode(errors="replace").strip().rpartition("\n")[2]
    raise ServerGone("own_did_not_start", said=last or "no output")


async def _drain(log: asyncio.StreamReader) -> None:
    while await log.read(65536):
        pass


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(END_WITHIN):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
