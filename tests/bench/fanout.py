"""What a fan-out costs at least: recorded bytes at recorded moments, written to every socket, and nothing else."""

import asyncio
import json
import sys
from pathlib import Path
from typing import cast

from tests.bench.relay import whole
from tests.bench.serving import run

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
READY = 1.0  # seconds from the last viewer's coming to the first byte: the reader takes its time in between

viewers: list[asyncio.Transport] = []


class Fanout(asyncio.Protocol):
    def __init__(self, schedule: list[tuple[float, str]], expected: int) -> None:
        self._schedule = schedule
        self._expected = expected
        self._request = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._request += data
        if whole(self._request):
            self._transport.write(HEAD)
            viewers.append(self._transport)
            if len(viewers) == self._expected:
                self._playing = asyncio.get_running_loop().create_task(_play(self._schedule))


async def _play(schedule: list[tuple[float, str]]) -> None:
    now = asyncio.get_running_loop().time
    began = now() + READY
    for at, text in schedule:
        data = text.encode()
        chunk = b"%x\r\n%b\r\n" % (len(data), data)
        await asyncio.sleep(began + at - now())
        for viewer in viewers:
            viewer.write(chunk)
    for viewer in viewers:
        viewer.write(b"0\r\n\r\n")
        viewer.close()


def main() -> None:
    schedule = json.loads(Path(sys.argv[1]).read_text())
    run(lambda: Fanout(schedule, int(sys.argv[2])))


if __name__ == "__main__":
    main()
