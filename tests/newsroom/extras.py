"""What tests do with what goes with a text: its picture and its search fields."""

import asyncio
from typing import Any

from sqlalchemy import select

from service.core.article import Edit
from service.core.caller import LOCAL
from service.core.errors import PressroomError
from service.demo import picture
from service.newsroom import results
from service.newsroom.library import Card
from service.stages.seo import Seo
from service.store.listing import Wanted
from service.store.renewals import Renewal
from service.store.tables import pictures
from tests.fakes import writes
from tests.newsroom.conftest import Desk

PNG, OTHER = picture.png(1), picture.png(2)
FIELDS = Seo(title="Bees", meta_description="All of them.", keywords=["bees"], slug="bees")
ANSWER = '```yaml\nseo_title: "{title}"\nmeta_description: "Said."\nkeywords: ["bees"]\nslug: "bees"\n```'


def seo_too(messages: list[Any]) -> str:
    asked = messages[1].content
    return ANSWER.format(title="Found") if "seo_title" in asked else writes(messages)


class Painter:
    """Paints when it is let."""

    def __init__(self) -> None:
        self.prompts: list[str] = []
        self.lets = asyncio.Event()
        self.fails: PressroomError | Exception | None = None

    async def paint(self, prompt: str) -> bytes | str:
        self.prompts.append(prompt)
        await self.lets.wait()
        if self.fails is not None:
            raise self.fails
        return PNG


async def painting(painter: Painter, calls: int = 1) -> None:
    async with asyncio.timeout(60):
        while len(painter.prompts) < calls:
            await asyncio.sleep(0.002)


async def over(desk: Desk, article_id: str, stage: str = "image") -> Renewal:
    async with asyncio.timeout(60):
        while (renewal := await desk.newsroom.renewal(LOCAL, article_id, stage)).running:
            await asyncio.sleep(0.002)
    return renewal


async def result(desk: Desk, article_id: str) -> results.Result:
    return results.of(await desk.newsroom.stored(LOCAL, article_id))


async def card(desk: Desk, article_id: str) -> Card:
    cards = await desk.newsroom.library.page(LOCAL, Wanted(), limit=10)
    return next(card for card in cards.cards if card.article.id == article_id)


async def kept(desk: Desk, article_id: str) -> list[bytes]:
    """All pictures of the article that are stored."""
    query = select(pictures.c.data).where(pictures.c.article_id == article_id)
    return await desk.store._database.read(lambda connection: list(connection.scalars(query)))


async def finished(desk: Desk, **wanted: Any) -> str:
    article_id = await desk.create(**wanted)
    await desk.view(article_id)
    return article_id


async def edited(desk: Desk, article_id: str, base: int, content: str = "Wasps.") -> None:
    await desk.newsroom.edit(LOCAL, article_id, Edit(base=base, title=None, content=content))
