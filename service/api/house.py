"""What the routes work with, as app.py has put it together."""

import asyncio
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from service.conversations.hub import Talks
from service.core.tally import Times
from service.log.memory import Channels
from service.newsroom.watch import Watch
from service.queue.in_process import InProcessDispatcher
from service.settings import Settings
from service.stages.desk import Tools
from service.store.articles import Articles
from service.store.conversations import Conversations
from service.store.intake import Intake
from service.store.library import Library
from service.store.pictures import Pictures


@dataclass(slots=True)
class House:
    settings: Settings
    store: Articles
    intake: Intake
    library: Library
    pictures: Pictures
    tools: Tools
    conversations: Conversations
    channels: Channels
    dispatcher: InProcessDispatcher
    watch: Watch
    talks: Talks
    serving: asyncio.Task[None]
    lag: Times  # of the event loop
    draining: bool = False


async def _house(connection: HTTPConnection) -> House:  # FastAPI calls what is not async in a thread
    return connection.app.state.house


HouseOf = Annotated[House, Depends(_house)]
