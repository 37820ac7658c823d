"""A text in a channel: what was sent, and what waits for the end of the frame."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from service.core.events import Token
from service.core.texts import TextKey, before, split, units

if TYPE_CHECKING:
    from service.log.channel import Channel

PIECE = 8 * 1024  # most characters in a token event


class ChannelText:
    def __init__(self, channel: "Channel", key: TextKey) -> None:
        self.kind, self.section = key
        self._channel = channel
        self._sent = ""
        self._sent_parts: list[str] = []
        self._sent_units = 0
        self._unsent: list[str] = []
        self._full: list[Token] = []  # tokens of full length, shared by all snapshots
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
        if self._channel.sealed:
            return
        if not self._unsent:
            self._channel.unsent.append(self)
        self._unsent.append(delta)
        if not self._channel.due:
            self._channel.send_soon()

    def replace(self, value: str) -> None:
        self._channel.flush()
        if value == self.sent or self._channel.sealed:
            return
        same = _common_prefix(self.sent, value)
        self._sent = value[:same]
        self._sent_units = units(self._sent)
        self._full, self._full_units = [], 0
        self._unsent.append(value[same:])
        self._channel.unsent.append(self)
        self._channel.flush()

    def take(self) -> Iterator[Token]:
        """The unsent text as tokens; from now on it counts as sent."""
        text = self._unsent[0] if len(self._unsent) == 1 else "".join(self._unsent)
        self._unsent.clear()
        offset = self._sent_units
        self._sent_parts.append(text)
        self._sent_units += units(text)
        return (self._token(offset, part) for offset, part in split(text, offset, PIECE))

    def received(self, token: Token) -> None:
        """Take over what was sent in another process."""
        if token.offset != self._sent_units:
            self._sent = before(self.sent, token.offset)
            self._full, self._full_units = [], 0
        self._sent_parts.append(token.text)
        self._sent_units = token.offset + units(token.text)

    def tokens(self) -> list[Token]:
        """Tokens that hold all text that was sent."""
        last: list[Token] = []
        for offset, part in split(self.sent[len(self._full) * PIECE :], self._full_units, PIECE):
            if len(part) < PIECE:
                last = [self._token(offset, part)]
            else:
                self._full.append(self._token(offset, part))
                self._full_units = offset + units(part)
        return self._full + last

    def _token(self, offset: int, text: str) -> Token:
        return Token(self._channel.run, self.kind, self.section, offset, text)  # ty: ignore[invalid-argument-type]


def _common_prefix(a: str, b: str) -> int:
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
