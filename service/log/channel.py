"""The channel: one article's events in this process, for any number of viewers.

Ids are epoch × 2³² + n. n grows by STRIDE from event to event; the numbers between belong to the parts of a snapshot,
at which nobody can resume: whoever was cut off in the middle of one starts again.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator

from service.core.events import RETRY, STRIDE, Stage, Terminal, Token, body, event_id, frame, units
from service.core.tally import StreamTally
from service.log.contract import Key

END = ("", None, "")
PIECE_BYTES = 64 * 1024
PIECE_CHARACTERS = 8 * 1024  # JSON needs at most six bytes for one: a token event always fits into a piece


class ChannelText:
    def __init__(self, channel: "Channel", key: Key) -> None:
        self.stage, self.section = key
        self._channel = channel
        self._sent = ""
        self._sent_parts: list[str] = []
        self._sent_units = 0
        self._unsent: list[str] = []
        self._full: list[bytes] = []
        self._full_units = 0

    @property
    def value(self) -> str:
        return self.sent + "".join(self._unsent)

    @property
    def sent(self) -> str:
        if self._sent_parts:
            self._sent += "".join(self._sent_parts)
            self._sent_parts.clear()
        return self._sent

    def append(self, delta: str) -> None:
        if not self._unsent:
            self._channel.unsent.append(self)
        self._unsent.append(delta)
        if self._channel.timer is None:
            self._channel.hurry()

    def replace(self, value: str) -> None:
        self._channel.flush()
        if value == self.sent:
            return
        same = _common_prefix(self.sent, value)
        self._sent = value[:same]
        self._sent_units = units(self._sent)
        self._full, self._full_units = [], 0
        self._unsent.append(value[same:])
        self._channel.unsent.append(self)
        self._channel.flush()

    def take(self) -> Iterator[tuple[int, str]]:
        """Offset and text of what has not been sent, which from now on counts as sent."""
        text = self._unsent[0] if len(self._unsent) == 1 else "".join(self._unsent)
        self._unsent.clear()
        offset = self._sent_units
        self._sent_parts.append(text)
        self._sent_units += units(text)
        return split(text, offset)

    def told(self) -> list[bytes]:
        """Tokens that tell all that was sent. The full ones are kept: viewers that take their time share them."""
        last: list[bytes] = []
        for offset, part in split(self.sent[len(self._full) * PIECE_CHARACTERS :], self._full_units):
            if len(part) < PIECE_CHARACTERS:
                last = [self._channel.token(self, offset, part)]
            else:
                self._full.append(self._channel.token(self, offset, part))
                self._full_units = offset + units(part)
        return self._full + last


class Channel:
    def __init__(
        self,
        *,
        epoch: int,
        run: int,
        frame_seconds: float,
        keep: int,
        left: Callable[[], None] = lambda: None,
        tally: StreamTally | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._frame = frame_seconds
        self._keep = keep
        self._left = left
        self._tally = tally or StreamTally()
        self.viewers = 0
        self.ended = False
        self.closed = False
        self._waiting: set[asyncio.Future[None]] = set()
        self.timer: asyncio.TimerHandle | None = None
        self._last_flush = 0.0
        self._oldest: float | None = None  # when the first of what a frame gathers came
        self.writing = False
        self._reset(epoch, run)

    def begin(self, epoch: int, run: int) -> None:
        """A writer's new epoch starts from nothing, and the writer puts in what is stored. Viewers get a snapshot."""
        self.writing = True
        self._reset(epoch, run)

    def _reset(self, epoch: int, run: int) -> None:
        self.epoch, self.run = epoch, run
        self._base = event_id(epoch, 1)  # the id of the event before the first that is kept
        self._frames: list[bytes] = []
        self._happened: dict[tuple[str, int | None, str], bytes] = {}
        self._texts: dict[Key, ChannelText] = {}
        self.unsent: list[ChannelText] = []
        self._sealed = False
        self._wake()

    # -- writing

    def text(self, key: Key) -> ChannelText:
        if key not in self._texts:
            self._texts[key] = ChannelText(self, key)
        return self._texts[key]

    def put(self, event: Stage) -> None:
        if not self._sealed:
            self.flush()
            self._append(event)
            self._wake()

    def seal(self, events: int) -> int:
        self.flush()
        self._sealed = True
        return self._head + STRIDE * events

    def end(self, *events: Stage | Terminal) -> None:
        for event in events:
            self._append(event)
        self.ended = True
        self.close()

    def close(self) -> None:
        """Viewers get what they have not seen yet, then their streams end; with no terminal event, they come back."""
        self.closed = True
        self._wake()

    def renumber(self, last: int) -> None:
        """Make `last` the id of the last event, and everything before it a snapshot."""
        self._frames.clear()
        self._base = last

    def hurry(self) -> None:
        """Text has come, and no timer waits for more: it leaves at once after a quiet frame, else when it ends."""
        frame_end = self._last_flush + self._frame
        self._oldest = now = self._loop.time()
        if now >= frame_end:
            self.flush()
        else:
            self.timer = self._loop.call_at(frame_end, self.flush)

    def flush(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if not self.unsent:
            return
        self._last_flush = self._loop.time()
        if self._oldest is not None:
            self._tally.lateness.add(self._last_flush - self._oldest)
            self._oldest = None
        for text in self.unsent:
            for offset, part in text.take():
                self._keep_frame(self.token(text, offset, part))
        self.unsent.clear()
        self._wake()

    def _append(self, event: Stage | Terminal) -> None:
        encoded = body(event)
        # Only the latest of its kind, at its new place: a snapshot stays small, and the terminal event its last.
        key = (event.stage, event.section, event.status) if isinstance(event, Stage) else END
        self._happened.pop(key, None)
        self._happened[key] = encoded
        self._keep_frame(encoded)

    def _keep_frame(self, encoded: bytes) -> None:
        self._frames.append(frame(self._head + STRIDE, encoded))
        if len(self._frames) >= 2 * self._keep:
            del self._frames[: self._keep]
            self._base += STRIDE * self._keep

    def token(self, text: ChannelText, offset: int, part: str) -> bytes:
        return body(Token(run=self.run, stage=text.stage, section=text.section, offset=offset, text=part))

    def _wake(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    # -- reading

    @property
    def _head(self) -> int:
        return self._base + STRIDE * len(self._frames)

    def over(self, after: int | None) -> bool:
        """Whether a viewer that has seen `after` has seen all there will ever be."""
        return self.ended and after == self._head

    def resumable(self, after: int | None) -> bool:
        return after is not None and self._base <= after <= self._head and (after - self._base) % STRIDE == 0

    async def view(self, after: int | None) -> AsyncIterator[bytes]:
        self.viewers += 1
        self._tally.viewers += 1
        cursor = after
        waiter: asyncio.Future[None] | None = None
        try:
            yield RETRY
            while True:
                frames = self._newer(cursor)
                cursor = self._head
                if isinstance(frames, list) and len(frames) == 1:
                    yield frames[0]
                else:
                    for piece in pieces(frames):
                        yield piece
                if cursor == self._head:
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

    def _newer(self, cursor: int | None) -> list[bytes] | Iterator[bytes]:
        if cursor is None or not self.resumable(cursor):
            return self._snapshot()
        return self._frames[(cursor - self._base) // STRIDE :]

    def _snapshot(self) -> Iterator[bytes]:
        self._tally.snapshots += 1
        events = dict(self._happened)
        end = events.pop(END, None)
        bodies = list(events.values())
        for text in self._texts.values():
            bodies += text.told()
        if end is not None:
            bodies.append(end)
        return number(bodies, self._head)


def number(bodies: list[bytes], last: int) -> Iterator[bytes]:
    """Ids counting up to `last`, the only one of them at which a viewer can resume."""
    return (frame(last - len(bodies) + 1 + i, encoded) for i, encoded in enumerate(bodies))


def pieces(frames: Iterable[bytes]) -> Iterator[bytes]:
    """The frames joined into few writes, none over PIECE_BYTES."""
    size = 0
    piece: list[bytes] = []
    for encoded in frames:
        if piece and size + len(encoded) > PIECE_BYTES:
            yield b"".join(piece)
            size, piece = 0, []
        size += len(encoded)
        piece.append(encoded)
    if piece:
        yield b"".join(piece)


def split(text: str, offset: int) -> Iterator[tuple[int, str]]:
    """Parts that fit into one piece each, with their offsets; one empty part for an empty text."""
    if len(text) <= PIECE_CHARACTERS:
        yield offset, text
        return
    for start in range(0, len(text), PIECE_CHARACTERS):
        part = text[start : start + PIECE_CHARACTERS]
        yield offset, part
        offset += units(part)


def _common_prefix(a: str, b: str) -> int:
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
