"""One viewer of one article: it reads according to its behaviour and reconnects until it has everything, each time to
the next server."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Sequence
from itertools import cycle
from typing import Any

import aiohttp

from service.core.errors import ServerGone, StreamBroken
from service.loadtest.findings import Findings
from service.loadtest.plan import Manner
from service.wire.events import Done, Error, Token
from service.wire.viewer import Key, Received, Viewer

QUIET = 60.0  # seconds without a byte, even a heartbeat, after which a connection counts as lost
PATIENCE = 30.0  # most seconds that a server may be away
SLOW_BYTES, SLOW_PAUSE = 8 * 1024, 0.25
DROPS = 3  # most drops per reconnecting viewer
LOST = (aiohttp.ClientError, TimeoutError, OSError)
TIMEOUT = aiohttp.ClientTimeout(total=None, connect=PATIENCE, sock_read=QUIET)


class Watcher:
    def __init__(
        self, article_id: str, manner: Manner, servers: Sequence[aiohttp.ClientSession], findings: Findings
    ) -> None:
        self.end: Done | Error | None = None
        self.ended = 0.0  # seconds since the test began
        self.first_token: float | None = None
        self._article_id = article_id
        self._manner = manner
        self._servers = cycle(servers)
        self._alone = len(servers) == 1
        self._findings = findings
        self._viewer = Viewer()
        self._seen: dict[Key, float] = {}
        self._resumed: int | None = None  # the id at which this connection resumed
        self._last: int | None = None  # the last id on this connection
        self._newest = -1  # the highest id of all connections
        self._drops = random.randint(1, DROPS) if manner == "reconnecting" else 0

    @property
    def steady(self) -> bool:
        return self._manner == "steady"

    @property
    def text(self) -> str:
        """The text, which must equal the stored one."""
        return self._viewer.texts.get(("style", None), "")

    async def watch(self) -> None:
        """Watch until the article has ended. StreamBroken if the stream breaks a rule."""
        away_since: float | None = None
        while self.end is None:
            try:
                if not await self._connection():
                    raise StreamBroken("no_end")
                away_since = None
            except LOST as error:
                self._findings.lost(error)
                away_since = away_since or self._findings.now()
                if self._findings.now() - away_since > PATIENCE:
                    raise ServerGone("went_away") from None
            self._viewer.cut()
            if self.end is None:
                await asyncio.sleep(random.uniform(0, (self._viewer.retry or 1000) / 1000))

    async def _connection(self) -> bool:
        """Read one connection to its end, or drop it. False if the server says there is nothing more."""
        self._resumed, self._last = self._viewer.last_id, None
        headers = {} if self._resumed is None else {"Last-Event-ID": str(self._resumed)}
        size = SLOW_BYTES if self._manner == "slow" else 64 * 1024
        path = f"articles/{self._article_id}/events"
        async with next(self._servers).get(path, headers=headers, timeout=TIMEOUT, read_bufsize=size) as answer:
            if answer.status == 204:
                return False
            if answer.status >= 500:  # also from a proxy without its server
                answer.raise_for_status()
            if answer.status != 200 or answer.content_type != "text/event-stream":
                raise StreamBroken("no_stream", status=answer.status, type=answer.content_type)
            self._findings.moves += self._resumed is not None and not self._alone
            drop_at = random.randint(200, 20_000) if self._drops else None
            async for data in self._read(answer):
                whole = drop_at is None or len(data) < drop_at
                self._receive(self._viewer.feed(data if whole else data[:drop_at]))
                if not whole:
                    self._drops -= 1
                    self._findings.drops += 1
                    answer.close()
                    break
                drop_at = drop_at and drop_at - len(data)
        return True

    async def _read(self, answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        if self._manner == "slow":
            while data := await answer.content.read(SLOW_BYTES):
                yield data
                await asyncio.sleep(SLOW_PAUSE)
        else:
            async for data in answer.content.iter_any():
                yield data

    def _receive(self, received: list[Received]) -> None:
        now, findings = self._findings.now(), self._findings
        for event_id, event in received:
            if self.end is not None:
                raise StreamBroken("after_the_end")
            findings.events += 1
            if event_id is not None:
                self._id(event_id)
                findings.news += event_id > self._newest
                self._newest = max(self._newest, event_id)
            if isinstance(event, Token):
                self._token(event, now)
            elif isinstance(event, Done | Error):
                self.end, self.ended = event, now

    def _id(self, event_id: int) -> None:
        if self._last is None:
            # A viewer that was cut off within a snapshot receives it again, which the one rule makes harmless.
            self._findings.replays += self._resumed is not None and event_id <= self._resumed
        elif event_id <= self._last:
            raise StreamBroken("ids_fall", id=event_id, last=self._last)
        self._last = event_id

    def _token(self, token: Token, now: float) -> None:
        if not token.text:
            return
        if self.first_token is None:
            self.first_token = now
        key = (token.stage, token.section)
        if self.steady and token.offset and key in self._seen:
            self._findings.gaps.add(now, now - self._seen[key])
        self._seen[key] = now


def receiving_little(address: tuple[int, int, int, str, Any]) -> socket.socket:
    """A socket with a small buffer, so that the server notices a slow viewer."""
    family, kind, protocol, *_ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SLOW_BYTES)
    return made
