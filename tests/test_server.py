"""When the server listens."""

import asyncio
import sys
from asyncio.subprocess import PIPE

import pytest

pytestmark = pytest.mark.process

SCRIPT = """
import os, signal, socket, sys
from contextlib import asynccontextmanager
from types import SimpleNamespace
from fastapi import FastAPI
from service import server, settings
from service.core.errors import SettingsError
from service.messages import say

chosen = settings.load(host="127.0.0.1", port=0, grace=1)
listener = server.listen(chosen)
address = listener.getsockname()

@asynccontextmanager
async def lifespan(app):
    app.state.house = SimpleNamespace(draining=True)
    try:
        socket.create_connection(address, 5)
        print("accepted while it opens")
    except ConnectionRefusedError:
        print("refused while it opens")
    OTHER
    yield
    print("closed")


try:
    server.run(FastAPI(lifespan=lifespan), listener, chosen, most=100)
except SettingsError as error:
    print(say(error.sentence))
"""


async def printed(*, other: str = "") -> list[str]:
    script = SCRIPT.replace("OTHER", other or "pass")
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=PIPE)
    async with asyncio.timeout(60):
        out, _ = await process.communicate()
    return out.decode().splitlines()


async def test_whoever_connects_before_everything_is_open_is_refused() -> None:
    stops = "os.kill(os.getpid(), signal.SIGTERM)"
    assert await printed(other=stops) == ["refused while it opens", "closed"]


async def test_what_keeps_it_from_opening_is_raised_and_nothing_else_said() -> None:
    assert await printed(other="raise SettingsError('url')") == [
        "refused while it opens",
        "--url must begin with http:// or https://",
    ]


async def test_a_port_that_another_process_took_meanwhile_is_said_plainly() -> None:
    takes = "app.state.other = server.listen(settings.load(host=address[0], port=address[1])); app.state.other.listen()"
    opened, closed, said = await printed(other=takes)
    assert (opened, closed) == ("refused while it opens", "closed")
    assert said.startswith("can't listen on 127.0.0.1:")
