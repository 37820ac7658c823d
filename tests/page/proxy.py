"""A TCP proxy that can be cut, and one that serves a server under a path of its own."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress


class Proxy:
    def __init__(self, port: int) -> None:
        self.port = port
        self.target = port
        self._writers: set[asyncio.StreamWriter] = set()
        self.through = asyncio.Event()  # as long as it is set, something comes through
        self.through.set()

    def cut(self) -> None:
        """Every connection there is, in the middle of whatever it carries."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def closed(self) -> None:
        """Also those that a browser has opened and never used."""
        await asyncio.gather(*(writer.wait_closed() for writer in self._writers), return_exceptions=True)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ConnectionError):
            await self.through.wait()
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
            self._writers |= {writer, far_writer}
            await asyncio.gather(self._copy(reader, far_writer), self._copy(far_reader, writer))
        writer.close()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ConnectionError):
            while data := await reader.read(65536):
                await self.through.wait()
                writer.write(data)
                await writer.drain()
        writer.close()


class PathProxy(Proxy):
    """Takes the path away from each request, as `location /press/` does in nginx; a connection carries only one."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(OSError, ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            method, path, rest = head.split(b" ", 2)
            if not path.startswith(b"/press/"):
                writer.close()  # so that a test sees it fail
                return
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
            self._writers |= {writer, far_writer}
            rest = rest.replace(b"Connection: keep-alive\r\n", b"Connection: close\r\n")
            far_writer.write(b" ".join([method, path.removeprefix(b"/press"), rest]))
            await asyncio.gather(self._copy(reader, far_writer), self._copy(far_reader, writer))


@asynccontextmanager
async def proxying(target: int, kind: type[Proxy] = Proxy, at: str = "127.0.0.1") -> AsyncGenerator[Proxy]:
    proxy = kind(target)
    server = await asyncio.start_server(proxy.serve, at, 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()
        await server.wait_closed()
        await proxy.closed()
