"""Renders outside the event loop, so that tokens never wait.

Small texts are rendered in a thread. PDFs and large texts are rendered in a process, which can be ended when it takes
too long, and whose memory is limited: a malicious 200 KB could take 1.5 GB. Jobs of departed clients are dropped.
"""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import ParamSpec, TypeVar

import msgspec

from service.core.errors import RenderFailed, ServerBusy
from service.export.blocks import Written, written
from service.export.document import Document
from service.export.press import Job

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M", Document, str)  # what something is made of: an article, or Markdown
H = TypeVar("H", Document, str, bytes)  # the same, or a picture

SMALL = 30_000  # characters, about 5,000 words
SECONDS = 30.0  # per process
WAITING = 32  # most waiting jobs of each kind; more are refused
COME_BACK = 2.0


class Lane:
    """Runs one job at a time, with a limited number waiting."""

    def __init__(self, waiting: int = WAITING) -> None:
        self._places = waiting + 1
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        if self._places == 0:
            raise ServerBusy("rendering", retry_after=COME_BACK)
        self._places -= 1
        try:
            async with self._turn:
                yield
        finally:
            self._places += 1


# Rendering is pure Python: more threads would take the loop's time and not be faster.
_renderer = ThreadPoolExecutor(1, thread_name_prefix="render")
_small, _large, _heavy = Lane(), Lane(), Lane()


async def aside(make: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `make` in the thread when its turn comes; only for quick work."""
    async with _small.turn():
        return await asyncio.get_running_loop().run_in_executor(_renderer, lambda: make(*args, **kwargs))


async def html(markdown: str) -> Written:
    return msgspec.json.decode(await by_size(written, markdown), type=Written)


async def by_size(make: Callable[[M], str], material: M) -> str:
    """What `make` makes: in a thread if there is little of it, else in a process."""
    if len(material if isinstance(material, str) else material.markdown) <= SMALL:
        return await aside(make, material)
    return (await _in_a_process(make, material, _large)).decode()


async def heavy(make: Callable[[H], bytes], material: H) -> bytes:
    """What `make` makes, always in a process. It is a function of an installed module, so that the process finds it."""
    return await _in_a_process(make, material, _heavy)


async def _in_a_process(make: Callable[[H], bytes | str], material: H, lane: Lane) -> bytes:
    raw = msgspec.Raw(msgspec.msgpack.encode(material))
    job = Job(make.__module__, make.__name__, raw)  # ty: ignore[missing-attribute] it is a function
    async with lane.turn():
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "service.export.press", stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={},
            start_new_session=True,
        )  # fmt: skip
        try:
            async with asyncio.timeout(SECONDS):
                made, _ = await process.communicate(msgspec.msgpack.encode(job))
        except TimeoutError:
            raise RenderFailed("too_slow") from None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
    if process.returncode or not made:
        raise RenderFailed("too_much")
    return made
