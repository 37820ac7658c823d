"""Servers on loopback addresses, and names that lead to them."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import chain, repeat

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

HERE = "127.0.0.1"
INSIDE = "127.0.0.2"  # stands for what must never be reached


@asynccontextmanager
async def site(handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> AsyncGenerator[str]:
    """An HTTP server that gives every request to the handler."""
    runner = web.ServerRunner(web.Server(handler))
    await runner.setup()
    try:
        await web.TCPSite(runner, HERE, 0).start()
        yield f"http://{HERE}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


class Wire:
    """A server that sends what it is told to, until it is told no more or the other side has gone."""

    def __init__(self) -> None:
        self.port = 0
        self.connections = 0
        self.received = b""
        self.sent = 0
        self.gone = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://{HERE}:{self.port}"


@asynccontextmanager
async def wire(
    *pieces: bytes, forever: bytes | None = None, every: float = 0.0, host: str = HERE, port: int = 0
) -> AsyncGenerator[Wire]:
    """Sends the pieces, then closes, or sends `forever` (which may be nothing) again and again."""
    served = Wire()
    answering: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        answering.add(task)
        served.connections += 1
        try:
            served.received = await reader.read(65_536)
            for piece in chain(pieces, repeat(forever) if forever is not None else ()):
                writer.write(piece)
                await writer.drain()
                served.sent += len(piece)
                if every:
                    await asyncio.sleep(every)
        except (ConnectionError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            served.gone.set()
            writer.close()

    server = await asyncio.start_server(answer, host, port)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
        for task in answering:
            task.cancel()
        await asyncio.gather(*answering)


def http(content_type: str = "text/html", *headers: str) -> bytes:
    """The head of an answer whose body ends with the connection."""
    return "\r\n".join(["HTTP/1.1 200 OK", f"Content-Type: {content_type}", *headers, "", ""]).encode()


class Names(AbstractResolver):
    """Answers as it is told, each time with the next list of addresses, the last one for ever; numbers in any
    notation as the C library does."""

    def __init__(self, **known: list[list[str]]) -> None:
        self._known = {name.replace("_", "."): answers for name, answers in known.items()}
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        host.encode("idna")
        answers = self._known.get(host) or [[socket.inet_ntoa(socket.inet_aton(host))]]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            ResolveResult(hostname=host, host=address, port=port, family=socket.AF_UNSPEC, proto=0, flags=0)
            for address in addresses
        ]

    async def close(self) -> None:
        pass
