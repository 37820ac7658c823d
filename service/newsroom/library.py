"""The articles of a workspace: listed, counted, and what a list shows of each."""

import asyncio
import re
from dataclasses import dataclass
from typing import Literal

from service.core.article import Article
from service.core.caller import Caller
from service.core.events import ArticleStatus
from service.core.run import Stored
from service.core.search import Part, excerpt, terms
from service.newsroom import history
from service.stages.image import Image, ImageStage
from service.stages.seo import Seo, SeoStage
from service.store.articles import Articles
from service.store.listing import Listed, Page, Sort, Wanted

_marks = re.compile(r"^#{1,6} ", re.MULTILINE)
STAGES = (SeoStage.name, ImageStage.name)
Field = Literal["text", "title", "topic"]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Where a search found the article, and the text around it."""

    field: Field
    parts: list[Part]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    article: Article
    tags: list[str]
    standfirst: str | None
    image_url: str | None
    found: Excerpt | None


@dataclass(frozen=True, slots=True)
class Cards:
    cards: list[Card]
    total: int
    cursor: str | None


class Library:
    def __init__(self, store: Articles) -> None:
        self._store = store

    async def page(
        self, caller: Caller, wanted: Wanted, *, limit: int, after: str | None = None, sort: Sort = "newest"
    ) -> Cards:
        """A page of the articles that are wanted, and how many there are in all."""
        found = await self._store.page(caller.workspace, wanted, limit=limit, after=after, sort=sort, stages=STAGES)
        return await asyncio.to_thread(_cards, found, wanted.q)  # long texts take a moment

    async def tags(self, caller: Caller) -> list[tuple[str, int]]:
        """All tags with the number of their articles."""
        return await self._store.tags(caller.workspace)

    async def languages(self, caller: Caller) -> list[tuple[str, int]]:
        """All languages that articles have, with the number of those."""
        return await self._store.languages(caller.workspace)

    async def statuses(self, caller: Caller) -> dict[ArticleStatus, int]:
        """The number of articles by status."""
        return await self._store.counts(caller.workspace)

    async def active(self, caller: Caller) -> list[Stored]:
        return await self._store.active(caller.workspace)


def _cards(page: Page, q: str | None) -> Cards:
    asked = terms(q or "")
    return Cards([_card(listed, asked) for listed in page.listed], page.total, page.cursor)


def _card(listed: Listed, asked: list[str]) -> Card:
    outputs = {record.stage: history.output(record) for record in listed.stage_runs}
    seo, image = outputs.get(SeoStage.name), outputs.get(ImageStage.name)
    return Card(
        article=listed.article,
        tags=listed.tags,
        standfirst=seo.meta_description if isinstance(seo, Seo) else None,
        image_url=image.url if isinstance(image, Image) else None,
        found=_found(listed.article, asked) if asked else None,
    )


def _prose(article: Article) -> str:
    """The text without its title, which the card shows, and without marks of headings."""
    return _marks.sub("", article.content.removeprefix(f"# {article.title}")).lstrip()


def _found(article: Article, asked: list[str]) -> Excerpt | None:
    """The text shows most; the title and the topic are on the card anyway."""
    fields: tuple[tuple[Field, str], ...] = (
        ("text", _prose(article)),
        ("title", article.title),
        ("topic", article.topic),
    )
    excerpts = (Excerpt(field, parts) for field, text in fields if (parts := excerpt(text, asked)))
    return next(excerpts, None)
