"""Looking through the articles, and changing them."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path, Query

from service.api.guards import demand_json
from service.api.house import HouseOf
from service.api.problems import may
from service.api.schemas import (
    ArticleOut,
    ArticlePage,
    ChangedOut,
    EditRequest,
    OutlineRequest,
    RestoreRequest,
    RewriteRequest,
    TaskOut,
    VersionOut,
    VersionSummary,
    article_out,
)
from service.core import words
from service.core.article import Article, Edit, Version
from service.core.brief import Rewrite
from service.core.errors import BadInput, Conflict, NotFound, QueueFull, UnsupportedMediaType
from service.core.events import ArticleStatus, Heading, Outline
from service.core.sections import sections
from service.newsroom import history
from service.store.library import Sort

router = APIRouter(prefix="/articles", tags=["library"])

CURSOR = r"^[0-9a-f-]{36}$"
NO_NUL = r"^[^\x00]*$"
Number = Annotated[int, Path(ge=1, le=2**31)]
_change_errors = may(NotFound, Conflict, UnsupportedMediaType, BadInput)


@router.get("/", responses=may(BadInput))
async def page(
    house: HouseOf,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(pattern=CURSOR, description="`next_cursor` of the page before")] = None,
    status: ArticleStatus | None = None,
    q: Annotated[
        str | None, Query(min_length=1, max_length=200, pattern=NO_NUL, description="part of the topic or title")
    ] = None,
    sort: Sort = "newest",
) -> ArticlePage:
    found = await house.library.page(limit=limit + 1, after=cursor, status=status, q=q, sort=sort)
    more = len(found) > limit
    articles = [article_out(article) for article in found[:limit]]
    return ArticlePage(articles=articles, next_cursor=articles[-1].id if more else None)


@router.get("/active/tasks")
async def active_tasks(house: HouseOf) -> list[TaskOut]:
    """What is being written right now."""
    return [
        TaskOut(
            id=active.article.id,
            topic=active.article.topic,
            started_at=active.article.started_at,
            progress=history.progress_of(active),
            stages=sorted({record.stage for record in active.stage_runs if record.status == "started"}),
        )
        for active in await house.library.active()
    ]


@router.patch("/{article_id}", responses=_change_errors, dependencies=[Depends(demand_json)])
async def edit(article_id: str, change: EditRequest, house: HouseOf) -> ChangedOut:
    """Change title or content of version `version`; 409 if the article has moved on since."""
    if change.title is None and change.content is None:
        raise BadInput("body", "must change title or content")
    count = words.count(change.content or "")
    edited = Edit(base=change.version, title=change.title, content=change.content, words=count)
    article = await house.library.edit(article_id, edited)
    return _changed(house, article)


@router.post("/{article_id}/retry", status_code=202, responses=may(NotFound, Conflict, QueueFull))
async def retry(article_id: str, house: HouseOf) -> ArticleOut:
    """Go on with a failed or cancelled article, from what is stored of it."""
    article = await house.intake.retry(article_id)
    house.channels.drop(article_id)
    house.dispatcher.submit()
    return article_out(article)


@router.post("/{article_id}/outline", status_code=202, responses=_change_errors, dependencies=[Depends(demand_json)])
async def outline(article_id: str, seen: OutlineRequest, house: HouseOf) -> ArticleOut:
    """Write on, by this outline; only while the article awaits its review."""
    article = await house.store.get(article_id)
    brief = msgspec.structs.replace(history.decode_brief(article.brief), review_outline=False)
    headings = [Heading(title=h.title, covers=h.covers, leaves=h.leaves) for h in seen.sections]
    article = await house.intake.go_on(
        article_id,
        brief=msgspec.json.encode(brief).decode(),
        outline=msgspec.json.encode(Outline(title=seen.title, sections=headings)).decode(),
    )
    house.dispatcher.submit()
    return article_out(article)


@router.post(
    "/{article_id}/sections/{number}/rewrite",
    status_code=202,
    responses=may(NotFound, Conflict, UnsupportedMediaType, BadInput, QueueFull),
    dependencies=[Depends(demand_json)],
)
async def rewrite(article_id: str, number: Number, wanted: RewriteRequest, house: HouseOf) -> ArticleOut:
    """Write one section anew, the n-th heading of level two, by an instruction; 409 if the article has moved on."""
    article = await house.store.get(article_id)
    if article.version == wanted.version and number > len(sections(article.content)):
        raise NotFound("the article has no such section")
    work = msgspec.json.encode(Rewrite(section=number, instruction=wanted.instruction)).decode()
    article = await house.intake.rework(article_id, base=wanted.version, work=work)
    house.channels.drop(article_id)
    house.dispatcher.submit()
    return article_out(article)


@router.get("/{article_id}/versions", responses=may(NotFound))
async def versions(article_id: str, house: HouseOf) -> list[VersionSummary]:
    return [
        VersionSummary(version=v.version, title=v.title, words=v.words, reason=v.reason, created_at=v.created_at)
        for v in await house.library.versions(article_id)
    ]


@router.get("/{article_id}/versions/{number}", responses=may(NotFound, BadInput))
async def version(article_id: str, number: Number, house: HouseOf) -> VersionOut:
    return _version(await house.library.version(article_id, number))


@router.post("/{article_id}/versions/{number}/restore", responses=_change_errors, dependencies=[Depends(demand_json)])
async def restore(article_id: str, number: Number, change: RestoreRequest, house: HouseOf) -> ChangedOut:
    """Make an earlier version's title and content a new version; 409 if the article has moved on."""
    old = await house.library.version(article_id, number)
    restored = Edit(base=change.version, title=old.title, content=old.content, words=old.words, reason="restored")
    article = await house.library.edit(article_id, restored)
    return _changed(house, article)


def _changed(house: HouseOf, article: Article) -> ChangedOut:
    house.channels.drop(article.id)  # whoever still watched the run before sees the new one from the store
    return ChangedOut(**article_out(article).model_dump(), content=article.content)


def _version(version: Version) -> VersionOut:
    return VersionOut(
        version=version.version,
        title=version.title,
        words=version.words,
        reason=version.reason,
        created_at=version.created_at,
        content=version.content,
    )
