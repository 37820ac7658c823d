"""The chat's sockets when they are many, or slow."""

import asyncio
import socket
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.server import Server, serving
from tests.talking import Client, talking
from tests.torrent import CHUNK, torrent

IDLE = 300
LIMIT = 50 * 1024


def memory(server: Server) -> int:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


async def sockets(server: Server, count: int, stack: AsyncExitStack) -> list[Client]:
    return [await stack.enter_async_context(talking(server)) for _ in range(count)]


async def test_an_idle_socket_costs_little(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, AsyncExitStack() as stack:
        async with AsyncExitStack() as warm:
            await sockets(server, 50, warm)
        before = memory(server)
        clients = await sockets(server, IDLE, stack)
        each = (memory(server) - before) / IDLE
        assert each < LIMIT
        await asyncio.gather(*(client.send("ping") for client in clients))
        assert {(await client.hear())["type"] for client in clients} == {"pong"}


def narrow(server: Server) -> socket.socket:
    """A connection whose system takes only little that is not read."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
    parts = urlsplit(server.url)
    made.connect((parts.hostname, parts.port))
    made.setblocking(False)
    return made


LARGE = {"PRESSROOM_MODEL_MAX_CHARACTERS": "900000", "PRESSROOM_FRAME_MS": "1"}


@pytest.mark.parametrize("keep", ["4", "512"])
async def test_a_slow_socket_gets_fewer_and_larger_chunks_and_holds_up_nobody(keep: str, tmp_path: Path) -> None:
    chunk, chunks = CHUNK[:3_200], 200
    words = LARGE | {"PRESSROOM_CHANNEL_EVENTS": keep}
    async with torrent(chunks, 0.002, chunk) as model, serving(tmp_path, OPENAI_BASE_URL=model, **words) as server:
        async with talking(server, max_size=None) as quick:
            reading_little = {"max_queue": 1, "max_size": None, "sock": narrow(server)}
            async with talking(server, f"?conversation={quick.id}", **reading_little) as slow:
                before = memory(server)
                await quick.ask("All of it")
                assert memory(server) - before < 40_000_000
                await slow.until("end")
            assert slow.said == quick.said == [("user", "All of it"), ("assistant", (chunk * chunks).strip())]
            assert slow.kinds.count("chunk") < quick.kinds.count("chunk")
            assert max(len(m["content"]) for m in slow.heard if m["type"] == "chunk") > 4 * len(chunk)
