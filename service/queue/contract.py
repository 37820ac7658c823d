"""The queue: which article is written when. The article's row is the truth, and its epoch fences its writer."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from service.core.run import Claim

Write = Callable[[Claim], Awaitable[None]]


class Queue(Protocol):
    moved: Callable[[], None]  # called when another process has changed the queue

    @property
    def running(self) -> int:
        """How many articles this process is writing."""
        ...

    async def submit(self, article_id: str) -> None:
        """Announce a pending article. May be repeated or lost: a sweep finds missed articles."""

    async def cancel(self, article_id: str) -> bool:
        """Stop writing the article and return once its end is stored. False if this process doesn't write it."""
        ...

    async def serve(self, write: Write) -> None:
        """Claim and write articles forever. Cancelling it stops all writing, which continues after the next start.
        An article that can't be written delays no other. An article has one writer at a time."""
