"""What a list shows of each article."""

import re
from dataclasses import dataclass
from typing import Literal

from service.core.article import Article
from service.core.search import Part, excerpt, terms
from service.newsroom import history
from service.stages.image import Image, ImageStage
from service.stages.seo import Seo, SeoStage
from service.store.listing import Listed, Page

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


def of(page: Page, q: str | None) -> Cards:
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
