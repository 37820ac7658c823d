"""The log and the queue: of one process, or of all that share a PostgreSQL."""

from collections.abc import Coroutine
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

from service.access.budgets import Budgets
from service.core.pace import Pace
from service.log.memory import MemoryLog
from service.queue.contract import Queue
from service.queue.in_process import InProcessQueue
from service.settings import Settings
from service.stages import flows
from service.store.articles import Articles


async def log(stack: AsyncExitStack, settings: Settings, pace: Pace) -> MemoryLog:
    limits = {"keep": settings.channel_events, "linger": settings.channel_linger}
    if url := settings.database_url.get_secret_value():
        from service.log import postgres  # noqa: PLC0415 it brings psycopg along
        from service.store.postgres_dialect import connected  # noqa: PLC0415

        opened = postgres.opened(partial(connected, url), pace=pace, data=flows.data(), **limits)
        return await stack.enter_async_context(opened)
    return MemoryLog(pace=pace, **limits)


async def queue(
    settings: Settings, store: Articles, budgets: Budgets | None
) -> tuple[Queue, list[Coroutine[Any, Any, None]]]:
    """The queue, and what goes on beside it."""
    limits = {"at_once": settings.articles_at_once, "sweep": settings.sweep_interval}
    if url := settings.database_url.get_secret_value():
        from service.queue.bell import Bell  # noqa: PLC0415 it brings psycopg along
        from service.queue.shared import SharedQueue  # noqa: PLC0415
        from service.store.postgres_dialect import connected  # noqa: PLC0415

        shared = SharedQueue(store, Bell(partial(connected, url)), **limits)
        if budgets is not None:
            shared.lives = budgets.lives
        await store.call_roll({})  # before the first question: only who is known to live can be answering
        return shared, [shared.listen(), shared.live()]
    await store.recover()  # before the first viewer arrives, which must not see ids of the previous epoch
    return InProcessQueue(store, **limits), []
