"""The chat's sockets when they are many, or slow."""

import asyncio
import socket
import time
from collections.abc import Generator, Iterable
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from service.store.conversations import Conversations
from service.store.sqlite import SQLite
from tests.api.test_stream import memory
from tests.idle import many_files, opened
from tests.migrated import prepare
from tests.server import Server, serving
from tests.talking import talking
from tests.torrent import CHUNK, torrent

IDLE = 1_000
LIMIT = 50_000


@contextmanager
def idle(server: Server, conversations: Iterable[str]) -> Generator[float]:
    """What each costs of as many sockets that have heard what was said so far."""
    many_files()
    with ExitStack() as stack:
        for _ in range(50):
            stack.enter_context(heard(server, ""))  # what only the first of them cost
        before = memory(server)
        for conversation in conversations:
            stack.enter_context(heard(server, conversation))
        yield (memory(server) - before) / IDLE


def heard(server: Server, conversation: str) -> socket.socket:
    made = opened(server, f"/ws?conversation={conversation}", room=16 * 1024)
    told = b""
    while b'"messages":[' not in told:
        told += made.recv(4096)
    return made


async def test_a_fresh_socket_costs_little(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        with idle(server, [""] * IDLE) as each:
            assert each < LIMIT


async def test_a_socket_costs_no_more_for_all_that_was_said(tmp_path: Path) -> None:
    database = SQLite(prepare(tmp_path))
    said = Conversations(database)
    for n in range(IDLE):
        await said.ask("default", f"talk-{n}", None, "Long. " * 2_000)
        await said.ask("default", f"talk-{n}", None, "Longer. " * 2_000)
    database.close()
    async with serving(tmp_path) as server:
        with idle(server, (f"talk-{n}" for n in range(IDLE))) as each:
            assert each < LIMIT


def frame(kind: int, data: bytes) -> bytes:
    """A whole one, or a part if the kind says so, up to 125 bytes."""
    return bytes([kind, 0x80 | len(data)]) + b"\0\0\0\0" + data


MESSAGE, PART, MORE, PING = 0x81, 0x01, 0x00, 0x89


@pytest.mark.alone
@pytest.mark.parametrize(
    ("begin", "flood"),
    [
        (b"", frame(MESSAGE, b'{"type":"ping"}')),
        (b"", frame(MESSAGE, b"{")),
        (b"", frame(PING, b"x" * 125)),
        (frame(PART, b""), frame(MORE, b"")),
    ],
    ids=["messages", "mistakes", "pings", "empty parts"],
)
async def test_a_flood_whose_answers_nobody_takes_costs_nobody_anything(
    begin: bytes, flood: bytes, tmp_path: Path
) -> None:
    async with serving(tmp_path) as server, talking(server) as other:
        with heard(server, "") as stuck:
            before = memory(server)
            stuck.sendall(begin)
            stuck.setblocking(False)
            flooding = asyncio.create_task(flooded(stuck, flood * 10_000, 10_000_000))
            waits = []
            while not flooding.done():
                begun = time.monotonic()
                await other.send("ping")
                await other.until("pong")
                waits.append(time.monotonic() - begun)
            assert sorted(waits)[len(waits) // 2] < 0.1
            assert memory(server) - before < 4_000_000


async def flooded(sending: socket.socket, data: bytes, most: int) -> None:
    """As much as the server takes within a second."""
    with suppress(TimeoutError):
        async with asyncio.timeout(1):
            for _ in range(most // len(data)):
                await asyncio.get_running_loop().sock_sendall(sending, data)


def narrow(server: Server) -> socket.socket:
    """A connection whose system takes only little that is not read."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
    parts = urlsplit(server.url)
    made.connect((parts.hostname, parts.port))
    made.setblocking(False)
    return made


LARGE = {"PRESSROOM_MODEL_MAX_CHARACTERS": "900000", "PRESSROOM_FRAME_MS": "1", "PRESSROOM_FRAME_MS_BUSY": "1"}


@pytest.mark.alone
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
