"""What the routes work with, as app.py has put it together."""

import asyncio
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from service.jobs.dispatcher import InProcessDispatcher
from service.jobs.watch import Watch
from service.settings import Settings
from service.store.articles import Articles
from service.store.intake import Intake
from service.store.library import Library
from service.store.pictures import Pictures
from service.streams.channels import Channels
from service.writing.desk import Tools


@dataclass(slots=True)
class House:
    settings: Settings
    store: Articles
    intake: Intake
    library: Library
    pictures: Pictures
    tools: Tools
    channels: Channels
    dispatcher: InProcessDispatcher
    watch: Watch
    serving: asyncio.Task[None]
    draining: bool = False


async def _house(connection: HTTPConnection) -> House:  # FastAPI calls what is not async in a thread
    return connection.app.state.house


HouseOf = Annotated[House, Depends(_house)]
