"""The channel: one article's log in this process's memory, for any number of viewers.

Ids are epoch × 2³² + n. n grows by STRIDE from event to event; the numbers in between are for the parts of a snapshot.
No viewer can resume at those: one that was cut off within a snapshot starts again.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator

import msgspec

from service.core.events import Event, StageEvent, Terminal, Token
from service.core.pace import Pace
from service.core.run import STRIDE, event_id
from service.core.tally import StreamTally
from service.core.texts import TextKey
from service.log.contract import Batch, Entry
from service.log.text import ChannelText

END = ("", None, "")
_json = msgspec.json.Encoder().encode
BATCH = 64 * 1024  # bytes of JSON, about, in one batch: what is written at once
TOKEN_BYTES, STAGE_BYTES = 192, 2048  # of an event beside its text
SHORT = 256  # characters; of shorter texts the most that JSON may need is assumed


class Channel:
    def __init__(
        self,
        *,
        run: int,
        pace: Pace,
        keep: int,
        epoch: int | None = None,
        left: Callable[[], None] = lambda: None,
        tally: StreamTally | None = None,
    ) -> None:
        """Without an epoch, nobody writes the article, and its events have no ids."""
        self._loop = asyncio.get_running_loop()
        self._pace = pace
        self._keep = keep
        self._left = left
        self._tally = tally or StreamTally()
        self.viewers = 0
        self.ahead = 0  # entries that a viewer may have seen before this channel has them
        self.ended = False
        self.closed = False
        self._waiting: set[asyncio.Future[None]] = set()
        self.due = False  # whether it will be sent at the end of the frame
        self._last_flush = 0.0
        self._oldest: float | None = None  # when the first text of the current frame arrived
        self.begin(epoch, run)

    def begin(self, epoch: int | None, run: int) -> None:
        """Start a new epoch from nothing; the writer then adds what is stored. Viewers get a snapshot."""
        self.run = run
        self.writing = epoch is not None
        self._beginning = object()  # invalidates the cursors of an earlier epoch
        self._base = None if epoch is None else event_id(epoch, 1)  # the id before the first entry's
        self._entries: list[Entry] = []
        self._gone = 0  # entries dropped from the front
        self._latest = -1, -1  # from where to where
        self._batches: list[Batch] = []  # hold the entries between
        self._happened: dict[tuple[str, int | None, str], Event] = {}
        self._texts: dict[TextKey, ChannelText] = {}
        self.unsent: list[ChannelText] = []
        self.sealed = False
        self._wake()

    # -- writing

    def text(self, key: TextKey) -> ChannelText:
        if key not in self._texts:
            self._texts[key] = ChannelText(self, key)
        return self._texts[key]

    def put(self, event: StageEvent) -> None:
        if not self.sealed:
            self.flush()
            self._append(event)
            self._wake()

    def seal(self, events: int) -> int:
        self.flush()
        self.sealed = True
        assert self._base is not None
        return self._base + STRIDE * (self._count + events)

    def end(self, *events: StageEvent | Terminal, last: int | None = None) -> None:
        for event in events:
            self._append(event)
        if last is not None:  # all earlier entries become a snapshot
            self._gone += len(self._entries)
            self._entries.clear()
            self._base = last - STRIDE * self._gone
        self.ended = self.sealed = True
        self.close()

    def rest(self) -> None:
        self.writing = False
        self._base = None

    def close(self) -> None:
        self.closed = True
        self._wake()

    def send_soon(self) -> None:
        """Send new text at once after a quiet frame, or else at the end of the frame."""
        pace, now = self._pace, self._loop.time()
        if pace.ending:
            self._oldest = pace.began  # it may have come just after it was looked for
        else:
            self._oldest = now
            if now >= self._last_flush + pace.seconds:
                self.flush()
                return
        self.due = True
        pace.send(self.flush)

    def flush(self) -> None:
        self.due = False
        if not self.unsent:
            return
        self._last_flush = self._loop.time()
        if self._oldest is not None:
            self._tally.lateness.add(self._last_flush - self._oldest)
            self._oldest = None
        for text in self.unsent:
            for token in text.take():
                self._keep_entry(token)
        self.unsent.clear()
        self._wake()

    def _append(self, event: StageEvent | Terminal) -> None:
        # Keep only the latest of its kind, moved to the end: snapshots stay small, and the terminal event stays last.
        key = (event.stage, event.section, event.status) if isinstance(event, StageEvent) else END
        self._happened.pop(key, None)
        self._happened[key] = event
        self._keep_entry(event)

    def _keep_entry(self, event: Event) -> None:
        id = None if self._base is None else self._base + STRIDE * (self._count + 1)
        self._entries.append(Entry(id, event))
        if len(self._entries) >= 2 * self._keep:
            del self._entries[: self._keep]
            self._gone += self._keep

    def _wake(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    # -- watching

    @property
    def _count(self) -> int:
        """How many entries there have been: the cursor of a viewer that has seen them all."""
        return self._gone + len(self._entries)

    def over(self, after: int | None) -> bool:
        return self.ended and after is not None and self._seen(after) == self._count

    def _seen(self, after: int | None) -> int | None:
        """How many entries a viewer whose last id was `after` has seen; None if unknown."""
        if after is None or self._base is None:
            return None
        seen, part = divmod(after - self._base, STRIDE)
        return seen if not part and self._gone <= seen <= self._count + self.ahead else None

    async def follow(self, after: int | None) -> AsyncGenerator[Batch]:
        self.viewers += 1
        self._tally.viewers += 1
        cursor, beginning, known = self._seen(after), self._beginning, after
        waiter: asyncio.Future[None] | None = None
        try:
            while True:
                if cursor is None or cursor < self._gone or beginning is not self._beginning:
                    entries = self._snapshot(known)
                    known = entries[0].id or known if entries else known
                    batches = (Batch(part, True) for part in _parts(entries))
                    cursor, beginning = self._count, self._beginning
                else:
                    batches = self._since(cursor)
                    cursor = max(cursor, self._count)
                known = known if self._base is None else max(known or 0, self._base + STRIDE * self._count)
                for batch in batches:
                    yield batch
                if cursor >= self._count and beginning is self._beginning:
                    if self.closed:
                        return
                    waiter = self._loop.create_future()
                    self._waiting.add(waiter)
                    await waiter
        finally:
            if waiter is not None:
                self._waiting.discard(waiter)
            self.viewers -= 1
            self._tally.viewers -= 1
            self._left()

    def _since(self, cursor: int) -> list[Batch]:
        """What has come since then, in the same batches for all viewers that ask for it."""
        if (cursor, self._count) != self._latest:
            self._latest = cursor, self._count
            self._batches = [Batch(part, False) for part in _parts(self._entries[cursor - self._gone :])]
        return self._batches

    def _snapshot(self, known: int | None = None) -> list[Entry]:
        """All that there is, with ids behind the last one that is `known`, or without: ids only grow. Then the first
        has one at which nobody can resume: what the viewer had at the known one is no longer what it has."""
        self._tally.snapshots += 1
        happened = dict(self._happened)
        end = happened.pop(END, None)
        events: list[Event] = list(happened.values())
        for text in self._texts.values():
            events += text.tokens()
        if end is not None:
            events.append(end)
        last = None if self._base is None else self._base + STRIDE * self._count
        if last is None or (known or 0) >= last:
            behind = None if known is None or known % STRIDE or known == last else known + 1
            return [Entry(None if n else behind, event) for n, event in enumerate(events)]
        first = last - len(events) + 1
        return [Entry(first + n, event) for n, event in enumerate(events)]


def _parts(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """The entries in as few batches as possible, each small enough for one write."""
    size, part = 0, list[Entry]()
    for entry in entries:
        weight = _bytes(entry.event)
        if part and size + weight > BATCH:
            yield part
            size, part = 0, []
        size += weight
        part.append(entry)
    if part:
        yield part


def _bytes(event: Event) -> int:
    """About how many bytes the event will be; never fewer."""
    if not isinstance(event, Token):
        return STAGE_BYTES
    return TOKEN_BYTES + (6 * len(event.text) if len(event.text) < SHORT else len(_json(event.text)))
