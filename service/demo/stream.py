"""Sends a script, each piece at its time."""

import asyncio
import socket
import struct
from dataclasses import dataclass
from math import floor

from aiohttp import web

from service.core.events import Usage
from service.demo.holds import Hold
from service.demo.ledger import Ledger
from service.demo.script import End, Script
from service.demo.wire import COMMENT, DONE, Chunks

COMMENT_EVERY = 0.1
MOST_AT_ONCE = 64  # most tokens in one write, however late, so that no stream delays the others

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Pace:
    tokens_per_second: float
    first_token: float

    def due(self, elapsed: float) -> int:
        """How many tokens should have been sent so many seconds after the call began."""
        return max(0, floor((elapsed - self.first_token) * self.tokens_per_second) + 1)

    def at(self, token: int) -> float:
        """When to send a token, counted from 0, in seconds after the call began."""
        return self.first_token + token / self.tokens_per_second


class Stream:
    """One streamed answer to one client."""

    def __init__(self, request: web.Request, chunks: Chunks, pace: Pace, ledger: Ledger) -> None:
        self._request = request
        self._response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        self._chunks = chunks
        self._pace = pace
        self._ledger = ledger

    async def play(self, script: Script, usage: Usage | None, hold: Hold | None) -> web.StreamResponse:
        """Send the whole answer, including its ending."""
        began = asyncio.get_running_loop().time()
        frames = [self._chunks.piece(piece) for piece in script.pieces]
        await self._response.prepare(self._request)
        await self._response.write(self._chunks.role())
        if hold is not None:
            await self._keep_pace(frames[: hold.after], began)
            await hold.wait()
            frames = frames[hold.after :]
            began = asyncio.get_running_loop().time() - self._pace.first_token
        await self._keep_pace(frames, began)
        await self._end(script, usage)
        return self._response

    async def _keep_pace(self, frames: list[bytes], began: float) -> None:
        # Times count from the beginning, so that one delay does not delay everything after it.
        now = asyncio.get_running_loop().time
        sent = 0
        while sent < len(frames):
            await asyncio.sleep(began + self._pace.at(sent) - now())
            due = max(sent + 1, self._pace.due(now() - began))
            late = frames[sent : min(due, sent + MOST_AT_ONCE)]
            await self._response.write(b"".join(late))
            self._ledger.tokens += len(late)
            sent += len(late)

    async def _end(self, script: Script, usage: Usage | None) -> None:
        match script.end:
            case End.DONE:
                counted = self._chunks.usage(usage) if usage else b""
                await self._response.write(self._chunks.finish(script.finish) + counted + DONE)
            case End.COMMENTS:
                while True:
                    await asyncio.sleep(COMMENT_EVERY)
                    await self._response.write(COMMENT)
            case End.SILENCE:
                await silence()
            case End.ABORT:
                abort(self._request)
            case End.QUIET:
                pass


async def silence() -> None:
    """Send nothing until the client disconnects."""
    await asyncio.Event().wait()


def abort(request: web.Request) -> None:
    """Reset the connection, so that the client sees neither an end nor a proper close."""
    transport = request.transport
    if transport is not None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()
