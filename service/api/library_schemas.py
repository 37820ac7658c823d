"""The JSON of the library: lists, tags, several articles at once, saved briefs."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from service.api.schemas import ArticleOut, BriefRequest, Strict, Topic, article_out, line
from service.core.brief import MIN_WORDS, Brief, clean_line
from service.core.events import ArticleStatus
from service.core.search import Part
from service.newsroom import history
from service.newsroom.library import Card
from service.store.briefs import SavedBrief
from service.store.tags import MOST as MAX_TAGS

MAX_TAG = 40
MAX_AT_ONCE = 200
MAX_NAME = 80
ID = r"^[0-9a-f-]{36}$"

Tag = Annotated[str, AfterValidator(partial(clean_line, limit=MAX_TAG)), line(MAX_TAG, "characters")]
Name = Annotated[str, AfterValidator(partial(clean_line, limit=MAX_NAME)), line(MAX_NAME, "characters")]
Ids = Annotated[list[Annotated[str, Field(pattern=ID)]], Field(min_length=1, max_length=MAX_AT_ONCE)]


class PartOut(BaseModel):
    text: str
    found: bool = Field(description="whether the search found this part")


class ExcerptOut(BaseModel):
    """Where a search found the article: plain text in parts, one after the other."""

    field: Literal["text", "title", "topic"]
    parts: list[PartOut]


class CardOut(ArticleOut):
    language: str | None = Field(description="as the brief asked for it; null for the topic's own")
    standfirst: str | None
    image_url: str | None
    tags: list[str]
    found: ExcerptOut | None = Field(description="only in a search")


class ArticlePage(BaseModel):
    articles: list[CardOut]
    total: int = Field(description="the number of articles on all pages")
    next_cursor: str | None


class TagsBody(Strict):
    """An article's tags."""

    tags: list[Tag] = Field(max_length=MAX_TAGS, description="each counts once, whatever its case")


class TagOut(BaseModel):
    tag: str
    articles: int


class StatusCount(BaseModel):
    status: ArticleStatus
    articles: int


class LanguageCount(BaseModel):
    language: str
    articles: int


class FiltersOut(BaseModel):
    """By what articles can be filtered: all that is there, with the number of its articles."""

    statuses: list[StatusCount]
    languages: list[LanguageCount] = Field(description="those of all articles, as asked for or as their texts tell")
    tags: list[TagOut]


def _change(schema: dict[str, Any]) -> None:
    schema["anyOf"] = [{"required": [side], "properties": {side: {"minItems": 1}}} for side in ("add", "remove")]


class ChangeTagsRequest(Strict):
    """Tags to add to articles and to remove from them; their other tags stay."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_change)

    ids: Ids
    add: list[Tag] = Field([], max_length=MAX_TAGS)
    remove: list[Tag] = Field([], max_length=MAX_TAGS)


class TaggedOut(BaseModel):
    """One article's tags; if they could not be changed, `tags` is null, and `code` and `message` say why."""

    id: str
    tags: list[str] | None
    code: str | None
    message: str | None


class DeleteRequest(Strict):
    ids: Ids


class DeletedOut(BaseModel):
    """What became of one article. `code` and `message` say why it could not be deleted."""

    id: str
    deleted: bool
    code: str | None
    message: str | None


class SaveRequest(Strict):
    name: Name
    brief: BriefRequest


class RenameRequest(Strict):
    name: Name


class StartRequest(Strict):
    topic: Topic | None = None


class GivenOut(BaseModel):
    url: str | None = None
    text: str | None = None
    title: str | None = None


class BriefOut(BaseModel):
    """A brief as `/articles/create` takes it."""

    topic: str
    tone: str
    target_audience: str
    min_words: int
    language: str | None = None
    research: bool
    sources: list[GivenOut]
    review_outline: bool
    seo_optimize: bool
    include_image: bool


class AskedOut(BaseModel):
    """What an article was written from. The quick flow takes nothing but the topic."""

    flow: str
    brief: BriefOut


class SavedBriefOut(BaseModel):
    id: str
    name: str
    brief: BriefOut
    created_at: datetime


def card_out(card: Card) -> CardOut:
    found = card.found
    return CardOut(
        **article_out(card.article).model_dump(),
        language=history.decode_brief(card.article.brief).language,
        standfirst=card.standfirst,
        image_url=card.image_url,
        tags=card.tags,
        found=None if found is None else ExcerptOut(field=found.field, parts=[_part(part) for part in found.parts]),
    )


def _part(part: Part) -> PartOut:
    return PartOut(text=part.text, found=part.found)


def saved_out(saved: SavedBrief) -> SavedBriefOut:
    brief = _brief_out(history.decode_brief(saved.brief))
    return SavedBriefOut(id=saved.id, name=saved.name, brief=brief, created_at=saved.created_at)


def asked_out(brief: Brief) -> AskedOut:
    return AskedOut(flow=brief.flow, brief=_brief_out(brief))


def _brief_out(brief: Brief) -> BriefOut:
    return BriefOut(
        topic=brief.topic,
        tone=brief.tone,
        target_audience=brief.target_audience,
        min_words=brief.min_words or MIN_WORDS,
        language=brief.language,
        research=brief.research,
        sources=[GivenOut(url=source.url, text=source.text, title=source.title) for source in brief.sources],
        review_outline=brief.review_outline,
        seo_optimize=brief.seo_optimize,
        include_image=brief.include_image,
    )
