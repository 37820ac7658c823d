"""How much fits into a model's context window. Its size is set, told by the server, or learnt from refusals."""

import re
from dataclasses import replace
from math import ceil

from service.core.events import Usage
from service.core.model_errors import ModelContextExceeded
from service.models.model import Asked, Fitting, Message, Want, whole

BYTES = 3  # a token of UTF-8: an estimate that is rather too high, until a server counts
BESIDE = 8  # tokens a message takes besides its text
SHARE = 2  # an answer may claim one part in so many of the window; the prompt is not cut for more
UNTOLD = 4  # the same, of an answer that does not say how long it will be
SURELY = 8  # characters: in no language has a token more, on average
COUNTED = 200  # tokens of a prompt from which its count says something about others
PLAUSIBLE = 0.25
LEAST = 900  # tokens; no server has a window so small that it cuts a prompt to fewer
SIZES = {1024 * 2**n for n in range(1, 8)}  # of windows, as servers set them

_overflow = re.compile(
    r"context[_ ](length|size|window)|exceed_context|maximum context|context the overflows|prompt is too long"
    r"|too many (input )?tokens|input token count|maximum number of (input )?tokens",
    re.IGNORECASE,
)
_size = re.compile(
    r"(?:context (?:length|size|window)|tokens allowed|n_ctx\W+)[^\d]{0,25}(\d{3,})|>\s*(\d{3,})\s*maximum"
    r"|with (\d{3,}) maximum",
    re.IGNORECASE,
)


class Window:
    def __init__(self, size: int | None = None) -> None:
        """`size` in tokens; None if it is not known."""
        self.size = size
        self._scale = 1.0  # of our estimate, from what the server counted

    def tokens(self, messages: list[Message]) -> int:
        """How many tokens the prompt has, at most."""
        return ceil(self._scale * _estimate(messages))

    def most(self, messages: list[Message]) -> int:
        """How many tokens the prompt has at most, even if the server has counted fewer in others."""
        return ceil(max(1.0, self._scale) * _estimate(messages))

    def fitted(self, asked: Asked, want: Want) -> tuple[list[Message], Want]:
        """The messages as far as they fit, and how long the answer may become. ModelContextExceeded if they don't fit
        without any of the material that can be left out."""
        messages = whole(asked)
        if self.size is None:
            return messages, want
        claimed = self.size // UNTOLD if want.tokens is None else min(want.tokens, self.size // SHARE)
        most = asked.most if isinstance(asked, Fitting) else 0
        while (tokens := self.tokens(messages)) > self.size - claimed:
            if most == 0 or not isinstance(asked, Fitting):
                raise ModelContextExceeded("prompt", window=self.size, tokens=tokens)
            over = (tokens - self.size + claimed) / tokens * sum(len(message.content) for message in messages)
            most = max(0, int(min(most - over, 0.9 * most)))
            messages = asked.within(most)
        left = self.size - tokens
        return messages, replace(want, tokens=want.tokens and min(want.tokens, left))

    def counted(self, messages: list[Message], usage: Usage, *, cut: bool) -> None:
        """Learn from an answer. ModelContextExceeded if the server has silently left out most of the prompt."""
        read, estimate = usage.prompt_tokens, _estimate(messages)
        if read >= LEAST and read * SURELY < sum(len(message.content) for message in messages):
            raise ModelContextExceeded("cut", window=read + usage.completion_tokens, tokens=read)
        scale = read / estimate
        if estimate >= COUNTED and scale > PLAUSIBLE:  # some servers don't count what they still knew
            self._scale = max(scale, self._scale + (scale - self._scale) / 10)
        if self.size is None and cut and read + usage.completion_tokens in SIZES:
            self.size = read + usage.completion_tokens

    def refused(self, error: ModelContextExceeded, messages: list[Message], want: Want) -> None:
        """Learn that the prompt was too long."""
        window = error.params.get("window")
        if isinstance(window, int) and (self.size is None or window < self.size):
            self.size = window
        elif self.size is None:
            self.size = max(LEAST, self.tokens(messages) * 3 // 4)
        elif self.tokens(messages) + (want.tokens or 0) <= self.size:  # else it was sent before the size was learnt
            self._scale *= 1.25


def overflow(said: str) -> ModelContextExceeded | None:
    """A server's complaint as ours, if it says that the prompt is too long."""
    if not _overflow.search(said):
        return None
    named = _size.search(said)
    if named is None:
        return ModelContextExceeded("refused")
    return ModelContextExceeded("refused", window=int(next(filter(None, named.groups()))))


def _estimate(messages: list[Message]) -> float:
    return sum(BESIDE + len(message.content.encode(errors="replace")) / BYTES for message in messages)
