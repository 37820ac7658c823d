"""Store, channels and dispatcher in memory and a temporary folder, with a model fed from a queue."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import msgspec
import pytest

from service.core.article import Article
from service.core.brief import Brief
from service.log.memory import Channels
from service.newsroom.watch import Watch
from service.queue.in_process import InProcessDispatcher
from service.settings import ROOT
from service.stages.prompts import Prompts
from service.store.articles import Articles
from service.store.database import Database
from service.store.intake import Intake
from service.store.pictures import Pictures
from tests.fakes import QueuedModel, tools
from tests.sse import Viewer

PROMPTS = Prompts(ROOT / "config" / "prompts")


@dataclass
class Desk:
    store: Articles
    intake: Intake
    channels: Channels
    dispatcher: InProcessDispatcher
    watch: Watch
    serving: asyncio.Task[None]

    async def create(self, topic: str = "Bees", **wanted: Any) -> str:
        brief = msgspec.json.encode(Brief(topic=topic, **wanted)).decode()
        article = await self.intake.create(topic=topic, brief=brief)
        self.dispatcher.submit()
        return article.id

    async def view(self, article_id: str, viewer: Viewer | None = None) -> Viewer:
        """Everything until the stream ends."""
        viewer = viewer or Viewer()
        channel = await self.watch.channel(article_id)
        async with asyncio.timeout(60):
            async for piece in channel.view(viewer.last_id):
                viewer.feed(piece)
        return viewer

    async def until(self, article_id: str, status: str) -> Article:
        async with asyncio.timeout(60):
            while (article := await self.store.get(article_id)).status != status:
                await asyncio.sleep(0.005)
        return article

    async def stop(self) -> None:
        self.serving.cancel()
        with suppress(asyncio.CancelledError):
            await self.serving
        self.channels.close()


class Opens(Protocol):
    def __call__(
        self, model: QueuedModel, *, at_once: int = 4, waiting: int = 100, sweep: float = 0.05, **others: Any
    ) -> AbstractAsyncContextManager[Desk]: ...


@pytest.fixture
def opened(tmp_path: Path) -> Opens:
    """Opens the house on the test's folder; again after it was closed, as after a restart."""

    @asynccontextmanager
    async def open_desk(
        model: QueuedModel, *, at_once: int = 4, waiting: int = 100, sweep: float = 0.05, **others: Any
    ) -> AsyncGenerator[Desk]:
        database = Database(tmp_path)
        await database.migrate()
        store = Articles(database)
        await store.recover()
        channels = Channels(frame_seconds=0, keep=64, linger=60)
        dispatcher = InProcessDispatcher(
            store, channels, Pictures(tmp_path), tools(model, **others), PROMPTS, at_once=at_once, sweep=sweep
        )
        desk = Desk(
            store,
            Intake(database, waiting_limit=waiting),
            channels,
            dispatcher,
            Watch(store, channels, dispatcher),
            asyncio.create_task(dispatcher.serve()),
        )
        try:
            yield desk
        finally:
            await desk.stop()
            database.close()

    return open_desk
