"""Servers and writers, each a process of its own, on one PostgreSQL and one model."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from service import demo
from service.wire.events import Done, Error
from tests.server import Server, free_port, serving
from tests.sse import Viewer

PACE = demo.Pace(600, 0.05)


@dataclass
class Machines:
    servers: list[Server]
    writers: list[Server]
    model: demo.DemoModel
    database: str
    folder: Path
    settings: Mapping[str, str]
    main: str
    _stack: AsyncExitStack
    over: bool = False
    begun: list[Path] = field(default_factory=list)  # the folders of all servers and writers
    articles: dict[str, Viewer] = field(default_factory=dict)

    async def serve(self, database: str = "", **code: str) -> Server:
        """One more server, which only serves; perhaps with a way of its own to the database, or other code than ours,
        as `serving` takes it."""
        return await self._begin("serve", "--no-writing", database=database, **code)

    async def write(self, database: str = "", **code: str) -> Server:
        """One more writer."""
        return await self._begin("work", database=database, **code)

    async def _begin(self, *arguments: str, database: str, **code: str) -> Server:
        at = database or self.database
        code = {"main": self.main, **code}
        words = {**self.settings, "OPENAI_BASE_URL": self.model.url, "PRESSROOM_DATABASE_URL": at}
        folder, port = self.folder / f"{len(self.begun)}", str(free_port())
        folder.mkdir()
        self.begun.append(folder)
        begun = serving(folder, *arguments, "--port", port, PRESSROOM_PORT=port, **code, **words)
        return await self._stack.enter_async_context(begun)

    async def started(self, topic: str) -> str:
        """The id of a new article, asked for at any server with one key until there is an answer."""
        key = f"{topic} {time.monotonic_ns()}"
        while True:
            with suppress(httpx2.TransportError):
                server = random.choice(self.servers)
                answer = await server.client.post("/start-job", json={"topic": topic}, headers={"Idempotency-Key": key})
                if answer.status_code == 200:
                    return answer.json()["job_id"]
                assert answer.status_code == 503, answer.text
            await asyncio.sleep(0.2)

    async def follow(self, article_id: str, *, viewer: Viewer | None = None, within: float = 90) -> Viewer:
        """To the article's end, at one server after the other."""
        viewer = viewer or Viewer()
        async with asyncio.timeout(within):
            turn = 0
            while not isinstance(viewer.end, Done | Error):
                server = self.servers[turn % len(self.servers)]
                with suppress(AssertionError):  # 503, while the database is away
                    await server.watch(article_id, viewer, within=within)
                turn += 1
                await asyncio.sleep(0.05)
        return viewer

    async def keep_writing(self, topic: str) -> None:
        """One article after the other, each watched to its end, until it is over."""
        while not self.over:
            article_id = await self.started(topic)
            self.articles[article_id] = viewer = Viewer()
            await self.follow(article_id, viewer=viewer)

    async def demand_whole(self, articles: dict[str, Viewer]) -> None:
        """What viewers have is what is stored, and each was told one end; who comes late has the same."""
        lates = await asyncio.gather(*map(self.follow, articles))
        for (article_id, viewer), late in zip(articles.items(), lates, strict=True):
            result = await self.servers[0].get(f"/articles/{article_id}/result")
            assert (result["status"], result["version"]) == ("completed", 1)
            assert result["content"] == viewer.texts["style", None] == late.texts["style", None]
            assert sum(isinstance(event, Done | Error) for event in viewer.events) == 1
            assert viewer.ids == sorted(set(viewer.ids))


def drafting(viewer: Viewer) -> bool:
    return bool(viewer.texts.get(("content", 2)))


@asynccontextmanager
async def machines(
    folder: Path,
    url: str,
    *,
    servers: int = 2,
    writers: int = 2,
    pace: demo.Pace = PACE,
    settings: Mapping[str, str] = {},
    main: str = "service.cli",
) -> AsyncGenerator[Machines]:
    async with demo.serving(pace=pace) as model, AsyncExitStack() as stack:
        made = Machines([], [], model, url, folder, settings, main, stack)
        begun = await asyncio.gather(*(made.serve() for _ in range(servers)), *(made.write() for _ in range(writers)))
        made.servers[:], made.writers[:] = begun[:servers], begun[servers:]
        yield made
