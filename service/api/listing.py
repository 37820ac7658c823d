"""Listing articles; tags; deleting several."""

import re
from datetime import UTC, date, datetime, time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BeforeValidator

from service.api.guards import demand_json
from service.api.library_schemas import (
    MAX_TAG,
    ArticlePage,
    ChangeTagsRequest,
    DeletedOut,
    DeleteRequest,
    FiltersOut,
    LanguageCount,
    StatusCount,
    TaggedOut,
    TagOut,
    TagsBody,
    card_out,
)
from service.api.problems import may
from service.api.rooms import CallerOf, RoomsOf
from service.api.schemas import LANGUAGE
from service.core.errors import BadInput, NotFound, PressroomError, UnsupportedMediaType
from service.core.events import ArticleStatus
from service.core.sentences import Unfit
from service.messages import say
from service.store.listing import Sort, Wanted

router = APIRouter(prefix="/articles", tags=["library"])

CURSOR = r"^(title:)?[0-9a-f-]{36}$"
NO_NUL = r"^[^\x00]*$"
_errors = may(NotFound, UnsupportedMediaType, BadInput)


def _iso(value: Any) -> Any:
    """Only YYYY-MM-DD: pydantic would also take seconds since 1970."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        raise Unfit("wrong_form")
    return value


Day = Annotated[date, BeforeValidator(_iso)]


@router.get("/", responses=may(BadInput))
async def page(
    rooms: RoomsOf,
    caller: CallerOf,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(pattern=CURSOR, description="`next_cursor` of the previous page")] = None,
    q: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=200,
            pattern=NO_NUL,
            description="words to find in title, topic or text, or a phrase in double quotes; case and accents don't "
            "matter. Words of three or more letters are found within other words, shorter ones where a word begins",
        ),
    ] = None,
    status: ArticleStatus | None = None,
    language: Annotated[str | None, Query(pattern=LANGUAGE, description="`pt` includes `pt-BR`")] = None,
    tag: Annotated[str | None, Query(min_length=1, max_length=MAX_TAG, pattern=NO_NUL)] = None,
    since: Annotated[Day | None, Query(description="created on that day (UTC) or later")] = None,
    until: Annotated[Day | None, Query(description="created on that day (UTC) or earlier")] = None,
    sort: Sort = "newest",
) -> ArticlePage:
    """The articles that match all that is given. In a search, those found by their title come first."""
    wanted = Wanted(
        q=q,
        status=status,
        language=language,
        tag=tag,
        since=None if since is None else datetime.combine(since, time.min, UTC),
        until=None if until is None else datetime.combine(until, time.max, UTC),
    )
    found = await rooms.newsroom.library.page(caller, wanted, limit=limit, after=cursor, sort=sort)
    return ArticlePage(articles=[card_out(card) for card in found.cards], total=found.total, next_cursor=found.cursor)


@router.get("/tags")
async def tags(rooms: RoomsOf, caller: CallerOf) -> list[TagOut]:
    """All tags with the number of their articles, in alphabetical order."""
    return [TagOut(tag=tag, articles=count) for tag, count in await rooms.newsroom.library.tags(caller)]


@router.get("/filters")
async def filters(rooms: RoomsOf, caller: CallerOf) -> FiltersOut:
    """The statuses, languages and tags that there are, each with the number of its articles."""
    statuses, languages = await rooms.newsroom.library.statuses(caller), await rooms.newsroom.library.languages(caller)
    return FiltersOut(
        statuses=[StatusCount(status=status, articles=count) for status, count in sorted(statuses.items())],
        languages=[LanguageCount(language=language, articles=count) for language, count in languages],
        tags=await tags(rooms, caller),
    )


@router.post("/tags", responses=may(UnsupportedMediaType, BadInput), dependencies=[Depends(demand_json)])
async def change_tags(wanted: ChangeTagsRequest, rooms: RoomsOf, caller: CallerOf) -> list[TaggedOut]:
    """Add tags to articles, and remove tags from them. One that can't be changed does not keep the others."""
    if not wanted.add and not wanted.remove:
        raise BadInput("body", "nothing_changed")
    ids = list(dict.fromkeys(wanted.ids))
    changed = await rooms.newsroom.change_tags(caller, ids, add=wanted.add, remove=wanted.remove)
    return [_tagged(article_id, became) for article_id, became in changed.items()]


@router.put("/{article_id}/tags", responses=_errors, dependencies=[Depends(demand_json)])
async def tag(article_id: str, wanted: TagsBody, rooms: RoomsOf, caller: CallerOf) -> TagsBody:
    """Make these the article's tags; the article stays the same version."""
    return TagsBody(tags=await rooms.newsroom.tag(caller, article_id, wanted.tags))


@router.post("/delete", responses=may(UnsupportedMediaType, BadInput), dependencies=[Depends(demand_json)])
async def delete(wanted: DeleteRequest, rooms: RoomsOf, caller: CallerOf) -> list[DeletedOut]:
    """Stop the articles where necessary, and remove them. One that can't be deleted does not keep the others."""
    ended = await rooms.newsroom.delete_all(caller, list(dict.fromkeys(wanted.ids)))
    return [_deleted(article_id, error) for article_id, error in ended.items()]


def _tagged(article_id: str, became: list[str] | PressroomError) -> TaggedOut:
    if isinstance(became, PressroomError):
        return TaggedOut(id=article_id, tags=None, code=became.code, message=say(became.sentence))
    return TaggedOut(id=article_id, tags=became, code=None, message=None)


def _deleted(article_id: str, error: PressroomError | None) -> DeletedOut:
    if error is None:
        return DeletedOut(id=article_id, deleted=True, code=None, message=None)
    return DeletedOut(id=article_id, deleted=False, code=error.code, message=say(error.sentence))
