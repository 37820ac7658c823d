"""Running a bare protocol as a server, for what Pressroom is compared with."""

import asyncio
from collections.abc import Callable

import uvloop

LOOPS = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}
BACKLOG = 1024


def run(protocol: Callable[[], asyncio.BaseProtocol], *, loop: str = "uvloop") -> None:
    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        runner.run(_serve(protocol))


async def _serve(protocol: Callable[[], asyncio.BaseProtocol]) -> None:
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, backlog=BACKLOG)
    print("http://{}:{}".format(*server.sockets[0].getsockname()), flush=True)
    await server.serve_forever()
