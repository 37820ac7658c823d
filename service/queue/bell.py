"""What the processes on one PostgreSQL call to each other. Who is cut off hears nothing: nothing may depend on it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn

import psycopg

from service.logs import Trouble

log = logging.getLogger(__name__)

CHANNEL = "pressroom_queue"
AGAIN = 1.0  # seconds before another attempt to connect


class Bell:
    def __init__(self, connect: Callable[[], Awaitable[psycopg.AsyncConnection]]) -> None:
        self._connect = connect
        self._calls: dict[str, None] = {}  # in order, and each once
        self._called = asyncio.Event()
        self._trouble = Trouble(log, "other processes can't be reached", "other processes can be reached again")

    def ring(self, call: str) -> None:
        """Have all processes hear it, this one too."""
        self._calls[call] = None
        self._called.set()

    async def send(self) -> NoReturn:
        """Send what is rung, forever."""

        async def send(connection: psycopg.AsyncConnection) -> None:
            await self._called.wait()
            self._called.clear()
            calls, self._calls = list(self._calls), {}
            for call in calls:
                await connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, call))

        await self._connected(send)

    async def listen(self, heard: Callable[[str], None], missed: Callable[[], None]) -> NoReturn:
        """Hear what is rung, forever. `missed` is called when something may have been rung unheard."""

        async def listen(connection: psycopg.AsyncConnection) -> None:
            await connection.execute(f"LISTEN {CHANNEL}".encode())
            missed()
            async for notification in connection.notifies():
                heard(notification.payload)

        await self._connected(listen)

    async def _connected(self, work: Callable[[psycopg.AsyncConnection], Awaitable[None]]) -> NoReturn:
        """Work with a connection, and with another when it breaks."""
        while True:
            try:
                async with await self._connect() as connection:
                    self._trouble.over()
                    while True:
                        await work(connection)
            except psycopg.Error as error:
                self._trouble.because(error)
            await asyncio.sleep(AGAIN)
