"""A channel as its viewers have it: in the native dialect's bytes."""

from collections.abc import AsyncGenerator

from service.log.contract import Story
from service.wire.native import NativeSSE
from service.wire.sse import RETRY


async def view(story: Story, after: int | None = None) -> AsyncGenerator[bytes]:
    yield RETRY
    dialect = NativeSSE()
    async for batch in story.follow(after):
        yield dialect.encode(batch)
