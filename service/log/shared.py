"""A channel that one process writes and others mirror, by rows that hold what is new in it.

What takes rows from a channel is one more viewer of it: it never holds up the writer, and if it is far behind, the next
row holds all there is. Mirrors count entries as the written channel does, so that their ids are the same.
"""

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from service.core.events import Done, Error, Event, StageEvent, Terminal, Token
from service.core.run import event_id
from service.core.texts import TextKind
from service.log.channel import Channel

State = Literal["writing", "resting", "ended"]
KINDS: dict[str, type[StageEvent | Done | Error]] = {kind.__name__: kind for kind in (StageEvent, Done, Error)}


class Row(msgspec.Struct, array_like=True):
    """What came after the first entries. With a base, all that came before too, as in a snapshot."""

    run: int
    base: int | None
    first: int
    state: State
    texts: list[tuple[TextKind, int | None, str]]  # those that are new, which begin empty
    events: list[Token | dict[str, Any]]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Row).decode


class SharedChannel(Channel):
    def __init__(self, article_id: str, *, news: Callable[["SharedChannel"], None], data: Any, **others: Any) -> None:
        """`news` is called when the channel is written here and has a row to take. `data` is the union of what stage
        events may hold."""
        self.article_id = article_id
        self.written = False  # here, and not everything is stored yet
        self._news = news
        self._data = data
        super().__init__(**others)

    def begin(self, epoch: int | None, run: int) -> None:
        self.epoch, self.part = epoch, -1
        self.seen = -1, -1  # the last row that was received
        self.abandoned = False
        self._taken: int | None = 0  # entries that were taken; None if it is not known whether they arrived
        self._taken_texts = 0
        self._rested: int | None = None  # entries when the writer began to rest
        self.ahead = self._keep
        super().begin(epoch, run)

    def write(self) -> None:
        """From now on, this process writes the channel's epoch."""
        self.written, self.ahead = True, 0
        self._news(self)

    def rest(self) -> None:
        self._rested = self._count  # what comes later, every process tells its own viewers
        super().rest()
        self._wake()

    def abandon(self) -> None:
        """No more is written, although the run has not ended."""
        self.abandoned = True
        self._wake()

    def end(self, *events: StageEvent | Terminal, last: int | None = None) -> None:
        self.ahead = 0
        super().end(*events, last=last)

    def _wake(self) -> None:
        super()._wake()
        if self.written:
            self._news(self)

    # -- in the process that writes it

    @property
    def state(self) -> State:
        if self.ended:
            return "ended"
        return "writing" if self.writing and not self.abandoned else "resting"

    def take(self) -> bytes:
        """A row with all that is new since the last one."""
        count = self._count if self._rested is None else self._rested
        self.part += 1
        if self._taken is None or self._taken < self._gone:
            row = self._whole(count)
        else:
            texts = [(*key, "") for key in [*self._texts][self._taken_texts :]]
            entries = self._entries[self._taken - self._gone : count - self._gone]
            events = [_named(entry.event) for entry in entries]
            row = Row(self.run, None, self._taken, self.state, texts, events)  # ty: ignore[invalid-argument-type]
        self._taken, self._taken_texts = count, len(self._texts)
        return _encode(row)

    def _whole(self, count: int) -> Row:
        assert self.epoch is not None
        base = event_id(self.epoch, 1) if self._base is None else self._base
        texts = [(*key, text.sent) for key, text in self._texts.items()]
        events = [_named(event) for event in self._happened.values()]
        return Row(self.run, base, count, self.state, texts, events)  # ty: ignore[invalid-argument-type]

    def lose(self) -> None:
        """Nothing that was taken may have arrived, or be there still: the next row holds all."""
        if self.part >= 0:
            self._taken = None
        self._news(self)

    def settle(self) -> None:
        """All is stored: from now on, the channel mirrors what others write."""
        assert self.epoch is not None
        self.written = False
        self.seen = self.epoch, self.part

    # -- in the others

    def receive(self, epoch: int, part: int, body: bytes) -> None:
        row = _decode(body)
        if row.base is not None:
            self._load(epoch, row.base, row)
        elif part == 0:
            self.begin(epoch, row.run)
        elif (self.epoch, self._count) != (epoch, row.first):
            return  # what came between was lost, and the writer will notice that
        if row.base is None:
            self._add(row)
        self.seen = epoch, part
        if row.state == "ended":
            self.end()
        elif row.state == "resting":
            self.rest()
        self._wake()

    def _load(self, epoch: int, base: int, row: Row) -> None:
        if (self.epoch, self._base, self._count) == (epoch, base, row.first):
            return  # nothing was lost
        if self.epoch != epoch:
            self.begin(epoch, row.run)
        self._entries.clear()
        self._happened.clear()
        self._texts.clear()
        self._add(row)
        self._entries.clear()
        self._base, self._gone, self._latest = base, row.first, (-1, -1)

    def _add(self, row: Row) -> None:
        for kind, section, value in row.texts:
            text = self.text((kind, section))
            if value:
                text.received(Token(row.run, kind, section, 0, value))
        for told in row.events:
            if isinstance(told, Token):
                self.text((told.kind, told.section)).received(told)
                self._keep_entry(told)
            else:
                self._append(self._event(told))

    def _event(self, told: dict[str, Any]) -> StageEvent | Terminal:
        ((kind, fields),) = told.items()
        data = fields.pop("data", None)
        event = msgspec.convert(fields, KINDS[kind])
        if data is None:
            return event
        try:
            return msgspec.structs.replace(event, data=msgspec.convert(data, self._data))
        except msgspec.ValidationError:  # only another version knows what it is
            return event


def _named(event: Event) -> Token | dict[str, Any]:
    return event if isinstance(event, Token) else {type(event).__name__: event}
