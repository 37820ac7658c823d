"""The log of several processes on one PostgreSQL database. Each article is written in one of them and can be followed
in all.

A process writes what is new of all its articles in one statement with one notification. Those that have viewers of
these articles then read it into mirrors, whose events have the same ids. Rows only matter while an article is being
written: late viewers and new epochs begin from what is stored. So nothing is kept for when a connection was broken:
the next rows hold all there is.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from itertools import groupby
from operator import itemgetter
from typing import Any, LiteralString

from psycopg import AsyncConnection, Error
from psycopg.types.numeric import Int8BinaryDumper

from service.core.article import LIVE
from service.core.pace import Pace
from service.core.tally import StreamTally
from service.log.memory import MemoryLog
from service.log.shared import SharedChannel
from service.log.statements import LISTEN, NEWS, OVER, REMOVE, REMOVE_LEFT, WRITE
from service.logs import Trouble

log = logging.getLogger(__name__)
Connect = Callable[[], Awaitable[AsyncConnection]]

LOOK = 1.0  # seconds between looks for what no notification has told
AGAIN = 0.5  # seconds before another attempt to connect
KEPT = 10.0  # seconds that rows are kept when the run is over, for mirrors that are behind
SWEEP = 600.0  # seconds between removals of rows that a killed process has left
GOODBYE = 2.0  # seconds at the end to write what is new
GATHER = 0.25  # of a frame, between two statements: text has waited for the end of a frame already
UNSHARED = "articles can't be shared with other servers"
LONGEST = 7_900  # bytes of a notification, which may have 8000


@asynccontextmanager
async def opened(connect: Connect, *, pace: Pace, keep: int, linger: float, data: Any) -> AsyncGenerator["PostgresLog"]:
    """The log. `data` is the union of what stage events may hold."""
    opened = PostgresLog(pace=pace, keep=keep, linger=linger, data=data)
    works = opened.write, opened.listen, opened.read
    trouble = Trouble(log, UNSHARED, "articles are shared with other servers again")
    tasks = [asyncio.create_task(_forever(connect, work, trouble)) for work in works]
    try:
        yield opened
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE):
                await opened.stored.wait()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _forever(connect: Connect, work: Callable[[AsyncConnection], Awaitable[None]], trouble: Trouble) -> None:
    while True:
        try:
            connection = await connect()
            try:
                connection.adapters.register_dumper(int, Int8BinaryDumper)  # one statement for numbers of all sizes
                await connection.execute("SET synchronous_commit = off")
                trouble.over()
                await work(connection)
            finally:
                await connection.close()
        except Error as error:
            trouble.because(error)
        except Exception:
            log.exception(UNSHARED)
        await asyncio.sleep(AGAIN)


class PostgresLog(MemoryLog):
    def __init__(self, *, pace: Pace, keep: int, linger: float, data: Any) -> None:
        super().__init__(pace=pace, keep=keep, linger=linger)
        self._data = data
        self._written: set[SharedChannel] = set()  # in this process, until everything is stored
        self._news: dict[SharedChannel, None] = {}
        self._has_news = asyncio.Event()
        self.stored = asyncio.Event()  # whether everything is
        self.stored.set()
        self._over: deque[tuple[float, str, int]] = deque()  # when rows may go, of an article up to an epoch
        self._asked: set[str] = set()  # of which mirrors what is new is to be read
        self._asked_all = False
        self._joining: set[str] = set()  # of which there is to be a mirror
        self._asks = asyncio.Event()
        self.heard: dict[str, Callable[[str], None]] = {}
        self._watched = asyncio.Event()  # once somebody watched: who only writes needs no news
        self._answered: asyncio.Future[None] | None = None  # None while nothing can be read
        self._suspected: set[SharedChannel] = set()  # mirrors that seemed to be of no use at the last look

    def loose(self, key: str, *, written: bool = True) -> SharedChannel:
        if (channel := self._shared(key)) is None:
            channel = self._channels[key] = self._new(key, 1, StreamTally())  # its viewers are counted nowhere
        if written:
            return self.writer(key, 1, 1)
        self._ask(key)
        return channel

    def hear(self, kind: str, heard: Callable[[str], None]) -> None:
        self.heard[kind] = heard
        self._watched.set()

    def _new(self, article_id: str, run: int, tally: StreamTally | None = None) -> SharedChannel:
        return SharedChannel(
            article_id,
            news=self._tell,
            data=self._data,
            run=run,
            pace=self._pace,
            keep=self._keep,
            left=lambda: self._left(article_id),
            tally=tally or self.tally,
        )

    def _shared(self, article_id: str) -> SharedChannel | None:
        channel = self._channels.get(article_id)
        return channel if isinstance(channel, SharedChannel) and not channel.closed else None

    def _mirrors(self) -> list[SharedChannel]:
        channels = map(self._shared, [*self._channels])
        return [channel for channel in channels if channel is not None and not channel.written]

    def _unneeded(self, channel: Any) -> bool:
        return channel.closed or not channel.written

    # -- writing

    def writer(self, article_id: str, epoch: int, run: int) -> SharedChannel:
        channel: Any = super().writer(article_id, epoch, run)
        self._written.add(channel)
        channel.write()
        return channel

    def leave(self, article_id: str) -> None:
        self._abandon(article_id)
        super().leave(article_id)

    def drop(self, article_id: str) -> None:
        self._abandon(article_id)
        super().drop(article_id)

    def _abandon(self, article_id: str) -> None:
        channel: Any = self._channels.get(article_id)
        if channel is not None and channel.written and not channel.ended:
            channel.abandon()

    def _tell(self, channel: SharedChannel) -> None:
        if channel in self._written:
            self._news[channel] = None
            self._has_news.set()
            self.stored.clear()

    async def write(self, connection: AsyncConnection) -> None:
        """Write what is new, forever. What comes while a statement is under way makes the next rows larger."""
        for channel in self._written:
            channel.lose()
        now, written = asyncio.get_running_loop().time, 0.0
        while True:
            await self._has_news.wait()
            await asyncio.sleep(written + GATHER * self._pace.seconds - now())
            self._has_news.clear()
            written = now()
            await self._write(connection)
            if not self._news:
                self.stored.set()

    async def _write(self, connection: AsyncConnection) -> None:
        channels, self._news = [*self._news], {}
        rows = [row for channel in channels if (row := self._taken(channel)) is not None]
        last = [channel for channel in channels if channel.state != "writing"]
        if not rows:
            return
        ids, epochs, bodies, parts = map(list, zip(*rows, strict=True))
        about = " ".join(ids)
        await connection.execute(WRITE, [ids, epochs, parts, bodies, about if len(about) <= LONGEST else ""])
        for channel in last:
            if channel not in self._news:  # else something was added, or a new epoch has begun
                self._settle(channel)

    def _taken(self, channel: SharedChannel) -> tuple[str, int | None, bytes, int] | None:
        try:
            return channel.article_id, channel.epoch, channel.take(), channel.part
        except Exception:
            log.exception("article %s can't be shared with other servers", channel.article_id)
            self._written.discard(channel)
            return None

    def _settle(self, channel: SharedChannel) -> None:
        assert channel.epoch is not None
        channel.settle()
        self._written.discard(channel)
        self._over.append((asyncio.get_running_loop().time() + KEPT, channel.article_id, channel.epoch))
        self._ask(channel.article_id)  # somebody else may have begun to write it

    # -- reading

    def opened(self, article_id: str, run: int) -> Any:
        self._watched.set()
        before = self._shared(article_id)
        channel = super().opened(article_id, run)
        if channel is not before:
            self._ask(article_id)  # it may be written since the store was read
        return channel

    async def join(self, article_id: str) -> SharedChannel | None:
        self._watched.set()
        channel = self._shared(article_id)
        if (channel is None or not channel.written) and self._answered is not None:
            self._joining.add(article_id)
            self._ask(article_id)
            await asyncio.wait([self._answered])
        return self._shared(article_id)

    def _ask(self, article_id: str) -> None:
        self._asked.add(article_id)
        self._asks.set()

    def _ask_all(self) -> None:
        self._asked_all = True
        self._asks.set()

    async def listen(self, connection: AsyncConnection) -> None:
        await self._watched.wait()
        for statement in LISTEN:
            await connection.execute(statement)
        self._ask_all()
        for heard in self.heard.values():
            heard("")
        async for notification in connection.notifies():
            if notification.channel in self.heard:
                self.heard[notification.channel](notification.payload)
                continue
            about = notification.payload.split()
            for article_id in about:
                if (channel := self._shared(article_id)) is not None and not channel.written:
                    self._ask(article_id)
            if not about:
                self._ask_all()

    async def read(self, connection: AsyncConnection) -> None:
        """Read what is new of mirrors when it is asked for, forever."""
        now = asyncio.get_running_loop().time
        read, look, sweep = 0.0, now(), now() + SWEEP
        self._answered = asyncio.get_running_loop().create_future()
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(look):
                        await self._asks.wait()
                await asyncio.sleep(read + GATHER * self._pace.seconds - now())
                read = now()
                if self._asked_all or read >= look:
                    self._asked.update(channel.article_id for channel in self._mirrors())
                await self._read(connection)
                if read >= look:
                    look = read + LOOK
                    await self._look(connection)
                if read >= sweep:
                    sweep = read + SWEEP
                    await connection.execute(REMOVE_LEFT, [list(LIVE)])
        finally:
            answered, self._answered = self._answered, None
            answered.set_result(None)

    async def _read(self, connection: AsyncConnection) -> None:
        asked, self._asked = self._asked, set()
        joining, self._joining = self._joining, set()
        self._asked_all = False
        self._asks.clear()
        answered, self._answered = self._answered, asyncio.get_running_loop().create_future()
        assert answered is not None
        try:
            seen = [
                (article_id, *each.seen)
                for article_id in asked
                if (each := self._shared(article_id)) and not each.written
            ]
            seen += [(article_id, -1, -1) for article_id in joining if self._shared(article_id) is None]
            if seen:
                news = await _ask(connection, NEWS, *map(list, zip(*seen, strict=True)))
                for article_id, rows in groupby(news, itemgetter(0)):
                    self._received(article_id, rows, joining=article_id in joining)
        finally:
            answered.set_result(None)

    def _received(self, article_id: str, rows: Iterable[tuple[str, int, int, bytes]], *, joining: bool) -> None:
        mirror = self._shared(article_id)
        channel = self._new(article_id, 1) if mirror is None and joining else mirror
        if channel is None or channel.written:
            return  # meanwhile, its last viewer has left, or this process has begun to write it
        try:
            for _, epoch, part, body in rows:
                if not channel.closed:
                    channel.receive(epoch, part, body)
        except Exception:  # perhaps a server of a later version has written it
            log.exception("article %s can't be followed", article_id)
            self.drop(article_id)
            return
        if channel.ended:
            super().leave(article_id)
        elif mirror is None and channel.epoch is not None and not self._closed:
            self._channels[article_id] = channel

    async def _look(self, connection: AsyncConnection) -> None:
        """Close mirrors of articles that are over, whose end was never told, and those that nobody follows. Remove rows
        of runs that are over: an end that was never told is told by what is stored, unless there are rows."""
        mirrors = {channel.article_id: channel for channel in self._mirrors()}
        over = {row[0] for row in await _ask(connection, OVER, [*mirrors], list(LIVE))} if mirrors else set()
        suspected = {each for each in mirrors.values() if each.article_id in over or not each.viewers}
        gone: list[tuple[str, int]] = []
        for channel in suspected & self._suspected:
            self._drop(channel.article_id, channel)
            if channel.article_id in over and channel.epoch is not None:
                gone.append((channel.article_id, channel.epoch))
        self._suspected = suspected
        while self._over and self._over[0][0] <= asyncio.get_running_loop().time():
            gone.append(self._over.popleft()[1:])
        if gone:
            await connection.execute(REMOVE, [*map(list, zip(*gone, strict=True))])


async def _ask(connection: AsyncConnection, query: LiteralString, *words: object) -> list[Any]:
    cursor = connection.cursor(binary=True)
    await cursor.execute(query, words)
    return await cursor.fetchall()
