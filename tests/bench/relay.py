"""The least that can be done: bytes from the upstream's socket to the viewer's, and nothing else."""

import argparse
import asyncio
from typing import cast

from tests.bench.processes import address
from tests.bench.serving import run


class Upstream(asyncio.Protocol):
    def __init__(self, request: bytes, viewer: asyncio.Transport) -> None:
        self._request = request
        self._write = viewer.write
        self._close = viewer.close

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        self._write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._close()


class Downstream(asyncio.Protocol):
    def __init__(self, upstream: tuple[str, int]) -> None:
        self._there = upstream
        self._request = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._request += data
        if whole(self._request):
            loop = asyncio.get_running_loop()
            upstream = Upstream(self._request, self._transport)
            self._opening = loop.create_task(loop.create_connection(lambda: upstream, *self._there))


def whole(request: bytes) -> bool:
    head, ended, body = request.partition(b"\r\n\r\n")
    _, announced, rest = head.lower().partition(b"content-length:")
    return bool(ended) and len(body) >= (int(rest.split(b"\r\n")[0]) if announced else 0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--loop", choices=["uvloop", "asyncio"], default="uvloop")
    words = parser.parse_args()
    run(lambda: Downstream(address(words.upstream)), loop=words.loop)


if __name__ == "__main__":
    main()
