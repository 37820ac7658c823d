"""The queue: who runs what when. The article's row says what is true, and its epoch fences whoever runs it."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from service.core.run import Claim

Write = Callable[[Claim], Awaitable[None]]


class Queue(Protocol):
    @property
    def running(self) -> int:
        """How many articles are being written by this process."""
        ...

    async def submit(self, article_id: str) -> None:
        """There is a pending article. May be said twice, or get lost: a sweep finds what was missed."""

    async def cancel(self, article_id: str) -> bool:
        """Stop whoever writes the article; returns when its end is stored. False if nobody does."""
        ...

    async def serve(self, write: Write) -> None:
        """Claim and write, for ever. Cancelling it stops all that is being written, which goes on after the next
        start. An article that can't be written holds up no other."""
