"""The queue of several processes on one PostgreSQL. The pending rows alone are the queue here, too.

Each process says that it lives, by a number that rises. One whose number has not risen for a while is dead or cut off:
what it was writing waits again, in a new epoch, which fences it should it come back. What it had put aside for calls of
models is free again: before that, it has ended them itself.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from typing import Protocol

from uuid_utils.compat import uuid7

from service.core.article import Article
from service.core.errors import NotFound, PressroomError
from service.core.run import Claim, RollCall
from service.logs import Trouble
from service.queue.bell import Bell
from service.queue.contract import Write
from service.queue.in_process import Claims, InProcessQueue

log = logging.getLogger(__name__)

BEAT = 2.0  # seconds between two signs of life
LEASE = 12.0  # seconds without one after which a process is taken for dead
MOMENT = 0.02  # seconds between looks whether another process has stopped
PATIENCE = 1.0  # seconds in which it does
SUBMITTED, MOVED, CANCEL = "submitted", "moved", "cancel"  # what is rung


class SharedClaims(Claims, Protocol):
    def get(self, article_id: str) -> Awaitable[Article]: ...

    def call_roll(self, dead: Mapping[str, int]) -> Awaitable[RollCall]:
        """Say that this process lives and that others don't any more, unless their number has risen meanwhile: what
        those were writing waits, and what they had put aside for calls is free."""
        ...

    def hand_over(self) -> Awaitable[None]:
        """What this process was writing waits for others."""
        ...

    def sign_off(self) -> Awaitable[None]:
        """Say that this process ends."""
        ...


class SharedQueue(InProcessQueue):
    def __init__(self, store: SharedClaims, bell: Bell, *, at_once: int, sweep: float) -> None:
        super().__init__(store, at_once=at_once, sweep=sweep)
        self._claims = store
        self._bell = bell
        self._me = str(uuid7())
        self._stopping: set[asyncio.Task[bool]] = set()
        self.known = asyncio.Event()  # to other processes
        self.lives: Callable[[float], None] = lambda _: None  # told for how many seconds others take it for alive
        self._looked = 0.0

    async def submit(self, article_id: str) -> None:
        await super().submit(article_id)
        self._bell.ring(SUBMITTED)

    async def _claim(self, write: Write) -> None:
        if time.monotonic() < self._looked + LEASE / 2:  # else others may take this process for dead
            await super()._claim(write)

    def _begin(self, claim: Claim, write: Write, _before: asyncio.Task[None] | None = None) -> None:
        super()._begin(claim, write, _before)
        self._bell.ring(MOVED)

    def _over(self, article_id: str, task: asyncio.Task[None]) -> None:
        super()._over(article_id, task)
        self._bell.ring(SUBMITTED)  # others may wait until its key writes fewer

    async def listen(self) -> None:
        """Hear what other processes say of the queue, forever."""
        sending = asyncio.create_task(self._bell.send())
        try:
            await self._bell.listen(self._heard, missed=lambda: self._heard(SUBMITTED))
        finally:
            sending.cancel()

    def _heard(self, call: str) -> None:
        if call.startswith(CANCEL):
            _, article_id, who = call.split()
            if who != self._me:  # here it is tried again and again anyway
                stopping = asyncio.create_task(super().cancel(article_id))
                self._stopping.add(stopping)
                stopping.add_done_callback(self._stopping.discard)
            return
        if call == SUBMITTED:
            self._hint.set()
        self.moved()

    async def cancel(self, article_id: str) -> bool:
        """Also where another process writes it."""
        until, rung = time.monotonic() + PATIENCE, False
        while not await super().cancel(article_id):
            try:
                article = await self._claims.get(article_id)
            except NotFound:
                return False
            if article.status != "processing" or time.monotonic() >= until:
                return rung and article.status == "cancelled"
            if not rung:
                self._bell.ring(f"{CANCEL} {article_id} {self._me}")
                rung = True
            await asyncio.sleep(MOMENT)
        return True

    async def serve(self, write: Write) -> None:
        try:
            await self.known.wait()
            await super().serve(write)
        finally:
            with suppress(Exception):  # then others find out
                await self._claims.hand_over()
                self._bell.ring(SUBMITTED)

    async def live(self) -> None:
        """Say that this process lives, and notice which others don't any more, forever."""
        try:
            await self._live()
        finally:
            with suppress(Exception):
                await self._claims.sign_off()

    async def _live(self) -> None:
        seen: dict[str, tuple[int, float]] = {}  # of other processes: their number, and since when
        dead: dict[str, int] = {}
        trouble = Trouble(
            log,
            "other processes can't be told that this one lives",
            "other processes are told again that this one lives",
        )
        while True:
            if time.monotonic() > self._looked + LEASE / 2:  # nothing could be seen in between
                seen, dead = {}, {}
            writing, asked = set(self._runs), time.monotonic()
            try:
                roll = await self._claims.call_roll(dead)
            except PressroomError as error:
                trouble.because(error)
            else:
                trouble.over()
                self._leave(writing - roll.ours)
                self.lives(asked + LEASE - BEAT - time.monotonic())  # by the clocks of all others, for longer
                if roll.stopped:
                    log.warning("%d other processes have stopped; what they were writing goes on", len(roll.stopped))
                    self._bell.ring(SUBMITTED)
                self._looked = now = time.monotonic()
                seen = {
                    who: before if (before := seen.get(who)) and before[0] == beats else (beats, now)
                    for who, beats in roll.beats.items()
                }
                dead = {who: beats for who, (beats, since) in seen.items() if now - since > LEASE}
                self.known.set()
            await asyncio.sleep(BEAT)

    def _leave(self, lost: Collection[str]) -> None:
        """Write no more what another process has taken over, or what has just ended."""
        for article_id in lost:
            if task := self._runs.get(article_id):
                task.cancel()
