"""Where conversations have to pass the suite in test_contract.py: at one hub, and at two on a PostgreSQL.

Another way to share them is a function that opens two hubs, and its line in HUBS.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service.conversations.audience import Ended, Failed, History, News, Started
from service.conversations.hub import Hub
from service.conversations.prompts import ChatPrompts
from service.conversations.session import Session
from service.conversations.setup import Setup
from service.core.caller import LOCAL
from service.core.pace import steady
from service.core.tally import RunTally
from service.log.memory import MemoryLog
from service.newsroom.newsroom import Newsroom
from service.newsroom.office import Office
from service.queue.in_process import InProcessQueue
from service.settings import ROOT
from service.stages.prompts import Prompts
from service.store.articles import Articles
from service.store.conversations import ChatMessage, Conversations
from service.store.database import Database
from service.store.postgres import Postgres
from service.store.shares import Shares
from service.store.sqlite import SQLite
from service.wire.chat_socket import chunks
from tests import postgres
from tests.fakes import QueuedModel, tools
from tests.log.contract import on
from tests.migrated import prepare
from tests.store.contract import Store

PATIENCE = 30.0
PROMPTS = ChatPrompts(ROOT / "config" / "prompts")


@dataclass
class Server:
    """What of a server a conversation needs."""

    hub: Hub
    store: Store
    model: QueuedModel


def server(database: Database, log: MemoryLog, model: QueuedModel, kind: type[Conversations] = Conversations) -> Server:
    articles, said, shares = Articles(database, waiting_limit=10), kind(database), Shares(database)
    prompts = Prompts(ROOT / "config" / "prompts")
    office = Office(store=articles, log=log, tools=tools(model), prompts=prompts, tally=RunTally(), longest=60)
    newsroom = Newsroom(office, InProcessQueue(articles, at_once=1, sweep=60), said, shares)
    others: dict[str, Any] = {"newsroom": newsroom, "log": log, "model": model, "prompts": PROMPTS}
    return Server(Hub(Setup(conversations=said, history_tokens=1_000, **others)), Store(articles, said, shares), model)


@asynccontextmanager
async def closing(made: Server) -> AsyncGenerator[Server]:
    try:
        yield made
    finally:
        made.hub.close()
        await made.hub.ended()


@asynccontextmanager
async def alone(
    folder: Path, model: QueuedModel, kind: type[Conversations] = Conversations
) -> AsyncGenerator[tuple[Server, Server]]:
    """Both are the same."""
    database = SQLite(prepare(folder))
    async with closing(server(database, MemoryLog(pace=steady(0), keep=8, linger=1), model, kind)) as made:
        yield made, made
    database.close()


@asynccontextmanager
async def shared(_: Path, model: QueuedModel) -> AsyncGenerator[tuple[Server, Server]]:
    with postgres.url() as url:
        async with one_of(url, model) as here, one_of(url, model) as there:
            yield here, there


@asynccontextmanager
async def one_of(url: str, model: QueuedModel, kind: type[Conversations] = Conversations) -> AsyncGenerator[Server]:
    async with AsyncExitStack() as stack:
        stack.callback((database := Postgres(url)).close)
        log = await stack.enter_async_context(on(url, keep=64))
        made = server(database, log, model, kind)
        await made.store.articles.call_roll({})
        yield await stack.enter_async_context(closing(made))


Opens = Callable[[Path, QueuedModel], AbstractAsyncContextManager[tuple[Server, Server]]]
HUBS: dict[str, Opens] = {"in process": alone, "shared": shared}


@dataclass
class Person:
    """Somebody in a conversation, and what they hold of it by the rules for clients."""

    hub: Hub
    session: Session
    said: list[ChatMessage] = field(default_factory=list)
    news: list[News] = field(default_factory=list)
    text: str = ""
    answering: bool = False

    def __post_init__(self) -> None:
        self._more = asyncio.Event()
        self.listening = asyncio.create_task(self._listen())
        self.listening.add_done_callback(lambda _: self._more.set())

    async def _listen(self) -> None:
        async for told in self.session.audience.view():
            self.news.append(told)
            match told:
                case History(said):
                    self.said, self.answering = list(said), False
                case Started(question, channel):
                    self.said = [*(one for one in self.said if one.number < question.number), question]
                    self.text, self.answering = "", True
                    self._more.set()
                    async for batch in channel.follow(None):
                        for chunk in chunks(batch):
                            self.text = self.text[: chunk.offset] + chunk.content
                        self._more.set()
                case Ended(answer):
                    assert self.text == answer.content
                    self.said.append(answer)
                    self.answering = False
                case Failed():
                    self.answering = False
            self._more.set()

    async def until(self, reached: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not reached():
                if self.listening.done():
                    self.listening.result()
                    raise AssertionError("the conversation was closed")
                self._more.clear()
                await self._more.wait()

    async def has(self, *said: str) -> None:
        await self.until(lambda: not self.answering and [one.content for one in self.said] == [*said])

    async def sees(self, kind: type[News], times: int = 1) -> News:
        """The last news of a kind, when there were so many."""
        await self.until(lambda: len(self.of(kind)) >= times)
        return self.of(kind)[-1]

    def of(self, kind: type[News]) -> list[News]:
        return [told for told in self.news if isinstance(told, kind)]

    async def ask(self, question: str) -> None:
        await self.session.ask(question)

    async def leave(self) -> None:
        self.listening.cancel()
        await asyncio.gather(self.listening, return_exceptions=True)
        self.hub.leave(self.session)


async def comes(at: Server, conversation_id: str | None = None, article_id: str | None = None) -> Person:
    """Somebody who has heard what was said so far."""
    person = Person(at.hub, await at.hub.enter(LOCAL, conversation_id, article_id))
    await person.sees(History)
    return person


async def talk(here: Server, there: Server, article_id: str | None = None) -> tuple[Person, Person]:
    """Two people at two servers, in a conversation with a first answer."""
    ada = await comes(here, article_id=article_id)
    await ada.ask("Bees?")
    await ada.sees(Ended)
    return ada, await comes(there, ada.session.id)
