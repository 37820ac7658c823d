"""What the routes use, as wired in app.py."""

import asyncio
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from service.access.entrance import Entrance
from service.chosen import Chosen
from service.conversations.hub import Hub
from service.core.caller import Caller
from service.core.errors import NotFound
from service.core.tally import RunTally, Times
from service.log.memory import MemoryLog
from service.newsroom.newsroom import Newsroom
from service.pages.pages import Pages
from service.queue.contract import Queue
from service.settings import Settings
from service.stages.desk import Tools
from service.store.articles import Articles
from service.store.conversations import Conversations

CALLER = "pressroom.caller"  # the part of a request's scope that says whom it is for


@dataclass(slots=True, kw_only=True)
class Rooms:
    settings: Settings
    chosen: Chosen
    newsroom: Newsroom
    hub: Hub
    conversations: Conversations
    serving: asyncio.Task[None]
    pages: Pages
    entrance: Entrance | None  # None: everybody may do everything
    # Only read, by /health, /metrics and the like:
    store: Articles
    log: MemoryLog
    queue: Queue
    tools: Tools
    runs: RunTally
    lag: Times  # of the event loop
    draining: bool = False


# Async, because FastAPI runs other dependencies in threads.
async def _rooms(connection: HTTPConnection) -> Rooms:
    return connection.app.state.rooms


async def _caller(connection: HTTPConnection) -> Caller:
    return connection.scope[CALLER]


async def _entrance(connection: HTTPConnection) -> Entrance:
    entrance = connection.app.state.rooms.entrance
    if entrance is None:
        raise NotFound("no_keys")
    return entrance


RoomsOf = Annotated[Rooms, Depends(_rooms)]
CallerOf = Annotated[Caller, Depends(_caller)]
EntranceOf = Annotated[Entrance, Depends(_entrance)]
